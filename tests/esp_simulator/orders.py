"""What the simulator is told to do, changed by ``POST /control`` while it runs.

``answers`` is a script, one entry per call; when it is used up, ``otherwise`` answers every call.
An entry is a status (``"202"``, ``"429"``), ``"timeout"`` (the request is read and never
answered) or ``"drop"`` (the connection is closed instead). ``"202"`` means: by the rules. Anything
else takes nothing, unless it ends in ``_taken``: then the mails are accepted first, if they keep
the rules, and the caller is told, or not told, whatever the entry says.
"""

import re
import threading
from dataclasses import dataclass, field, fields, replace
from typing import Any

_ANSWER = re.compile(r"(\d{3}|timeout|drop)(_taken|_not_taken)?")


class BadOrder(ValueError):
    """An order that the simulator does not understand."""


@dataclass(frozen=True)
class Answer:
    """How one call is answered, and whether its mails are taken."""

    what: str
    takes: bool


@dataclass(frozen=True)
class Orders:
    """Everything that can be told. ``delay`` (seconds) comes before the mails are on record,
    ``delay_after`` between the record and the answer; ``refuse`` is a pattern of recipients whose
    addresses are called invalid; without ``bodies`` the log leaves out the contents of mails.
    """

    answers: list[str] = field(default_factory=list)
    otherwise: str = "202"
    refuse: str = ""
    delay: float = 0.0
    delay_after: float = 0.0
    key: str = "SG.simulator"
    bodies: bool = True

    def __post_init__(self) -> None:
        for each in [*self.answers, self.otherwise]:
            read_answer(each)
        re.compile(self.refuse)


def read_answer(text: str) -> Answer:
    """Read one entry of a script. Raises BadOrder."""
    match = _ANSWER.fullmatch(text)
    if match is None:
        raise BadOrder(f"no such answer: {text}")
    what, suffix = match.groups()
    return Answer(what, takes=suffix == "_taken" or (what == "202" and suffix is None))


class Foreman:
    """Holds the orders in force; many threads ask, some change them."""

    def __init__(self, orders: Orders) -> None:
        self._orders = orders
        self._lock = threading.Lock()

    def change(self, told: Any) -> Orders:
        """Put new values in place of old ones. Raises BadOrder."""
        known = {each.name for each in fields(Orders)}
        if not isinstance(told, dict) or not set(told) <= known:
            raise BadOrder(f"orders are {', '.join(sorted(known))}")
        with self._lock:
            try:
                self._orders = replace(self._orders, **told)
            except (TypeError, re.error) as error:
                raise BadOrder(str(error)) from None
            return self._orders

    def next_call(self) -> tuple[Answer, Orders]:
        """Take the next entry off the script; the orders are those of this moment."""
        with self._lock:
            orders = self._orders
            text = orders.answers[0] if orders.answers else orders.otherwise
            self._orders = replace(orders, answers=orders.answers[1:])
        return read_answer(text), orders
