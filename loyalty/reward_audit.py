"""What rewards and friends add to the audit: their own tables against the ledger's."""

from collections.abc import Iterator

from django.db.models import BigIntegerField, Count, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from loyalty.audit import Difference
from loyalty.ledger import On
from loyalty.models import Lot, Posting, Redemption, Referral, RewardTally

State = Redemption.State


def differences() -> Iterator[Difference]:
    """Stock that was not taken, redemptions and friends that cost or brought other points."""
    yield from _tallies()
    yield from _points()
    yield from _reversals()
    yield from _friends("referrer")
    yield from _friends("referred")


def _tallies() -> Iterator[Difference]:
    taken = Q(reward__redemptions__is_counted=True)
    kept = ~Q(reward__redemptions__state=State.CANCELLED)
    rows = RewardTally.objects.annotate(
        found=Count("reward__redemptions", filter=taken & kept)
    ).exclude(taken=F("found"))
    for pk, stored, found in rows.order_by().values_list("reward_id", "taken", "found"):
        yield Difference("stock that is taken", f"reward {pk}", stored, found)


def _points() -> Iterator[Difference]:
    spent = Posting.objects.filter(entry=OuterRef("entry"), ledger_account=On.REDEEMED)
    rows = Redemption.objects.exclude(entry=None).annotate(spent=_sum(spent, "entry", "amount"))
    for pk, stored, found in rows.exclude(points=F("spent")).values_list("pk", "points", "spent"):
        yield Difference("points of a redemption", f"redemption {pk}", stored, found)


def _reversals() -> Iterator[Difference]:
    """Points come back when, and only when, a redemption is cancelled."""
    rows = Redemption.objects.exclude(entry=None).annotate(back=Count("entry__reversals"))
    cancelled = Q(state=State.CANCELLED)
    wrong = rows.filter((cancelled & Q(back=0)) | (~cancelled & Q(back__gt=0)))
    for pk, state, back in wrong.order_by().values_list("pk", "state", "back"):
        due = int(state == State.CANCELLED)
        yield Difference("cancelled redemptions", f"redemption {pk}", back, due)


def _friends(side: str) -> Iterator[Difference]:
    lots = Lot.objects.filter(entry=OuterRef(f"{side}_entry"))
    earned = _sum(lots, "entry", "original")
    paid = Referral.objects.exclude(**{f"{side}_entry": None}).annotate(earned=earned)
    due = f"rule__{side}_points"
    wrong = paid.exclude(earned=F(due)).order_by()
    for pk, stored, found in wrong.values_list("pk", "earned", due):
        yield Difference(f"points of a {side}", f"referral {pk}", stored, found)


def _sum(rows: QuerySet[Posting] | QuerySet[Lot], by: str, column: str) -> Coalesce:
    sums = rows.order_by().values(by).annotate(_sum=Sum(column)).values("_sum")
    return Coalesce(Subquery(sums), 0, output_field=BigIntegerField())
