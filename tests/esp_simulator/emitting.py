"""``POST /emit``: tells a club's webhook what became of the mails that were accepted."""

import re
from collections import Counter
from dataclasses import fields
from typing import Any

from tests.esp_simulator.events import TOLD, Rates, tell
from tests.esp_simulator.orders import BadOrder
from tests.esp_simulator.posting import Manner, post_events
from tests.esp_simulator.simulator import Simulator

MANNER = {each.name for each in fields(Manner)}
SELECTION = {"webhook", "rates", "only", "recipients", "since", "late"}


def emit(simulator: Simulator, told: Any) -> dict[str, Any]:
    """Post events on the acceptances from number ``since`` on, and tell what was posted.

    ``only`` names kinds, ``recipients`` is a pattern of addresses, ``rates`` changes some of
    ``Rates``, the rest is ``Manner``. The answer has the number of distinct events per kind, the
    statuses of the posts, and ``until``: the ``since`` of the next time. Raises BadOrder.
    """
    if not isinstance(told, dict) or "webhook" not in told or set(told) - SELECTION - MANNER:
        raise BadOrder(f"webhook, and any of {', '.join(sorted(SELECTION | MANNER))}")
    only = set(told.get("only", TOLD))
    if not only <= set(TOLD):
        raise BadOrder(f"only any of {', '.join(TOLD)}")
    try:
        rates, manner = Rates(**told.get("rates", {})), Manner(**_of(told, MANNER))
    except TypeError as error:
        raise BadOrder(str(error)) from None
    until = len(simulator.record.taken)
    pattern = re.compile(told.get("recipients", ""))
    mails = [
        m for m in simulator.record.taken[told.get("since", 0) : until] if pattern.search(m.to)
    ]
    events = tell(mails, rates, seed=manner.seed, late=told.get("late", 0))
    chosen = [(kind, event) for kind, event in events if kind in only]
    posts = post_events(
        told["webhook"], [event for _kind, event in chosen], simulator.signing_key, manner
    )
    return {"kinds": Counter(kind for kind, _event in chosen), "posts": posts, "until": until}


def _of(told: dict[str, Any], names: set[str]) -> dict[str, Any]:
    return {name: value for name, value in told.items() if name in names}
