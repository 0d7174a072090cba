"""Recording one kind of event each: purchases together, everything else one by one."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from loyalty import ledger, purchases, returns, till_accounts, vouchers
from loyalty.counter import NotRecordable, find_store, latest_moment
from loyalty.models import OfflineEvent, Purchase
from loyalty.offline.words import Kind, Line, Outcome, State
from loyalty.purchases import LineData, PurchaseData
from loyalty.returns import ReturnData
from loyalty.till_answers import use_hash
from loyalty.voucher_checks import AtTill
from loyalty.worklist import Fact, open_item
from profiles.models import Account, Member

REASON = "Redeemed at an offline till"


def record_purchases(events: Sequence[OfflineEvent], now: datetime) -> list[Outcome | Exception]:
    """Record purchases of one till; returns an outcome or an error for each, in order."""
    till = events[0].till
    data = [_purchase(event) for event in events]
    found = purchases.record_many(till.brand, till.source, data, now=now)
    return [one.error or Outcome(State.RECORDED, one.points) for one in found]


def record_one(event: OfflineEvent, now: datetime) -> Outcome:
    """Record what is no purchase. Raises any of ``loyalty.offline.problems.PROBLEMS``."""
    if event.occurred_at > latest_moment(event.till.brand, now):
        raise NotRecordable("The moment lies in the future: the clock of the till is wrong.")
    if event.kind == Kind.RETURN:
        return _record_return(event, now)
    if event.kind == Kind.POINTS_REDEEMED:
        return _record_points(event, now)
    return _record_voucher(event)


def line_key(event: OfflineEvent) -> str:
    """Under which the worklist knows the event."""
    return f"offline:{event.pk}"


def _record_return(event: OfflineEvent, now: datetime) -> Outcome:
    till = event.till
    (found,) = returns.record_many(till.brand, till.source, [_return(event)], now=now)
    if found.error:
        raise found.error
    if found.refund is None:
        return Outcome(State.WAITING, detail="It waits for its purchase.")
    return Outcome(State.RECORDED, found.refund.points_back)


def _record_points(event: OfflineEvent, now: datetime) -> Outcome:
    till, points = event.till, int(event.body["points"])
    account, _member = _whose(event)
    entry = ledger.redeem(
        account,
        points,
        till.source,
        event.key,
        reason=REASON,
        occurred_at=event.occurred_at,
        overdraw=True,
        now=now,
    )
    debts = entry.postings.filter(ledger_account=ledger.On.DEBT)
    missing = -sum(debts.values_list("amount", flat=True))
    if not missing:
        return Outcome(State.RECORDED, points)
    facts: dict[str, Fact] = {"points": points, "missing": missing, "till": till.source}
    open_item(
        till.brand,
        Line.OVERDRAFT,
        till.source,
        line_key(event),
        account=account,
        entry=entry,
        facts=facts,
        now=now,
    )
    return Outcome(State.RECORDED, points, "overdraft", f"{missing} points became debt.")


def _record_voucher(event: OfflineEvent) -> Outcome:
    till, body = event.till, event.body
    member = _whose(event)[1] if body["card"] or body["account"] else None
    use = vouchers.record_offline(
        AtTill(
            source=till.source,
            key=event.key,
            code=body["code"],
            request_hash=use_hash(body["code"], body["value_minor"], body["purchase_external_id"]),
            occurred_at=event.occurred_at,
            store=find_store(till.brand, store_code(event)),
            brand=till.brand,
            member=member,
            value_minor=body["value_minor"],
            purchase=_bought(event),
            replayed=True,
        )
    )
    if not use.over_limit:
        return Outcome(State.RECORDED)
    holder = use.member or use.voucher.member
    open_item(
        till.brand,
        Line.VOUCHER_OVER_LIMIT,
        till.source,
        line_key(event),
        account=holder.account if holder else None,
        purchase=use.purchase,
        facts={"offer": use.voucher.offer.key, "against": use.against, "till": till.source},
    )
    return Outcome(State.RECORDED, code="voucher_over_limit", detail="Staff will look at it.")


def _whose(event: OfflineEvent) -> tuple[Account, Member | None]:
    told = event.body["account"]
    return till_accounts.find(event.till.brand, UUID(told) if told else None, event.body["card"])


def _bought(event: OfflineEvent) -> Purchase | None:
    number = event.body["purchase_external_id"]
    found = Purchase.objects.filter(source=event.till.source, external_id=number)
    return found.first() if number else None


def store_code(event: OfflineEvent) -> str:
    """The store that was named, else the one of the till."""
    store = event.till.store
    return event.body["store_code"] or (store.code if store else "")


def _purchase(event: OfflineEvent) -> PurchaseData:
    body: dict[str, Any] = event.body
    return PurchaseData(
        external_id=body["external_id"],
        occurred_at=datetime.fromisoformat(body["occurred_at"]),
        currency=body["currency"],
        lines=tuple(LineData(**line) for line in body["lines"]),
        card=body["card"],
        store_code=store_code(event),
    )


def _return(event: OfflineEvent) -> ReturnData:
    body = event.body | {
        "store_code": store_code(event),
        "bought_at": event.body["bought_at"] or "",
    }
    return ReturnData.from_json(body)
