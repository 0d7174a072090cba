"""Replaying the recorded redemptions at the till endpoint, as a till would report them."""

import json
from collections.abc import Iterable, Iterator

from loyalty.models import Voucher
from portal.demo.calls import Call, Caller
from portal.demo.models import DemoLoad
from portal.demo.problems import DemoProblem
from portal.demo.progress import Progress
from portal.demo.redemptions import Redemption

ENDPOINT = "/api/vouchers/redeem"
OK = 200


class Refused(DemoProblem):
    """The till endpoint refused recorded redemptions; the message says how many and why."""


def replay(load: DemoLoad, recorded: list[Redemption], caller: Caller, progress: Progress) -> int:
    """Send every redemption; one that was sent before gets the same answer. Raises Refused."""
    refused = []
    calls = _calls(recorded, _codes(recorded), load.sign_ins["till_key"])
    with progress.count("Replaying redemptions", len(recorded), "redemptions") as bar:
        for answer in caller.each(calls):
            bar.update()
            if answer.status != OK:
                refused.append(f"{answer.status}: {answer.text[:200]}")
    if refused:
        raise Refused(f"{len(refused)} of {len(recorded)} were refused, the first: {refused[0]}")
    return len(recorded)


def _calls(
    recorded: Iterable[Redemption], codes: dict[tuple[str, int], str], till_key: str
) -> Iterator[Call]:
    for redemption in recorded:
        body = {
            "code": codes[redemption.offer_key, redemption.household],
            "store_code": redemption.store,
            "occurred_at": redemption.at.isoformat(),
            "purchase_external_id": redemption.basket,
        }
        headers = {
            "Authorization": f"Bearer {till_key}",
            "Idempotency-Key": f"redemption-{redemption.number}",
            "Content-Type": "application/json",
        }
        yield Call("POST", ENDPOINT, headers, json.dumps(body).encode())


def _codes(recorded: Iterable[Redemption]) -> dict[tuple[str, int], str]:
    """Return the vouchers' codes by offer key and household."""
    households = sorted({str(redemption.household) for redemption in recorded})
    vouchers = Voucher.objects.filter(member__account__external_id__in=households)
    rows = vouchers.values_list("offer__key", "member__account__external_id", "code")
    return {(key, int(household)): code for key, household, code in rows}
