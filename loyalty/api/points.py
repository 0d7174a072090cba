"""Points at the till: what they are worth, redeeming them, setting them aside while one pays."""

from datetime import datetime, timedelta
from typing import Annotated, Self

from django.utils import timezone
from ninja import Path, Router, Schema
from pydantic import Field

from loyalty import ledger
from loyalty.api.access import Till, TillAuth, account_of, answer_once
from loyalty.api.fields import Currency, IdempotencyKey, Minor, Points, Whose
from loyalty.api.problems import Unknown, answered_with
from loyalty.counter import NotRecordable
from loyalty.models import Entry, Hold, LoyaltyRules, TillKey, TillScope
from profiles.models import Account, Brand

router = Router(auth=TillAuth(TillScope.POINTS), tags=["points"])
REASON = "Redeemed at the till"
HoldNumber = Annotated[int, Path(ge=1, le=2**63 - 1)]


class QuoteIn(Whose):
    """What is to be paid, and how many points the member wants to use at most."""

    currency: Currency
    total_minor: Minor
    points: Points | None = None


class QuoteOut(Schema):
    """The points there are, and those that may be used here with their worth."""

    balance: int
    points: int
    worth_minor: int
    currency: str


class RedeemPointsIn(Whose):
    """So many points."""

    points: Points


class HoldIn(RedeemPointsIn):
    """So many points, set aside for some minutes."""

    minutes: int = Field(15, ge=1, le=1_440, strict=True)


class PointsOut(Schema):
    """What was redeemed, what it is worth, and what is left."""

    entry: int
    points: int
    worth_minor: int
    currency: str
    balance: int

    @classmethod
    def of(cls, entry: Entry, points: int, account: Account) -> Self:
        """Describe a redemption."""
        brand = account.brand
        return cls(
            entry=entry.pk,
            points=points,
            worth_minor=LoyaltyRules.of(brand).worth_minor(points),
            currency=brand.currency,
            balance=ledger.balance(account),
        )


class HoldOut(Schema):
    """Points that are set aside until they are captured, released or the time is over."""

    hold: int
    points: int
    worth_minor: int
    currency: str
    expires_at: datetime | None


class ReleasedOut(Schema):
    """Points that are the member's again."""

    hold: int
    points: int
    balance: int


@router.post("/quote", response=answered_with(QuoteOut))
def quote_points(request: Till, body: QuoteIn) -> QuoteOut:
    """Tell how many points can be used for this basket. Changes nothing."""
    brand = request.auth.brand
    if body.currency != brand.currency:
        raise NotRecordable("Points are not worth anything in this currency.")
    account = account_of(request.auth, body)
    balance = ledger.balance(account)
    points = min(balance, body.points or balance)
    points, worth = usable(LoyaltyRules.of(brand), points, body.total_minor)
    return QuoteOut(balance=balance, points=points, worth_minor=worth, currency=brand.currency)


@router.post("/redeem", response=answered_with(PointsOut))
def redeem_points(request: Till, body: RedeemPointsIn, key: IdempotencyKey) -> PointsOut:
    """Spend points, those that lapse first before others. 409 when there are not enough."""
    till = request.auth

    def redeem() -> PointsOut:
        account = account_of(till, body)
        entry = ledger.redeem(account, body.points, till.source, key, reason=REASON)
        return PointsOut.of(entry, body.points, account)

    return answer_once(request, key, "points/redeem", body, redeem, PointsOut)


@router.post("/hold", response=answered_with(HoldOut))
def hold_points(request: Till, body: HoldIn, key: IdempotencyKey) -> HoldOut:
    """Set points aside while the customer pays; capture or release them by the hold's number."""
    till = request.auth

    def hold() -> HoldOut:
        account = account_of(till, body)
        ends = timezone.now() + timedelta(minutes=body.minutes)
        made = ledger.hold(account, body.points, till.source, key, reason=REASON, expires_at=ends)
        return _told(made, till.brand)

    return answer_once(request, key, "points/hold", body, hold, HoldOut)


@router.post("/hold/{hold_id}/capture", response=answered_with(PointsOut))
def capture_hold(request: Till, hold_id: HoldNumber, key: IdempotencyKey) -> PointsOut:
    """Redeem what was set aside. 409 once the hold is over."""
    till = request.auth

    def capture() -> PointsOut:
        held = _hold(till, hold_id)
        entry = ledger.capture(held, till.source, key)
        return PointsOut.of(entry, held.points, _owner(held))

    return answer_once(request, key, f"points/capture/{hold_id}", None, capture, PointsOut)


@router.post("/hold/{hold_id}/release", response=answered_with(ReleasedOut))
def release_hold(request: Till, hold_id: HoldNumber, key: IdempotencyKey) -> ReleasedOut:
    """Give back what was set aside. 409 once the hold is over."""
    till = request.auth

    def release() -> ReleasedOut:
        held = _hold(till, hold_id)
        ledger.release(held, till.source, key)
        left = ledger.balance(_owner(held))
        return ReleasedOut(hold=held.pk, points=held.points, balance=left)

    return answer_once(request, key, f"points/release/{hold_id}", None, release, ReleasedOut)


def usable(rules: LoyaltyRules, points: int, total_minor: int) -> tuple[int, int]:
    """Of so many points, those that a total can take, with their worth in minor units.

    No more points than the worth needs: worth is rounded down, so a few would be for nothing.
    """
    worth = min(rules.worth_minor(points), total_minor)
    if not worth:
        return 0, 0
    return -(-worth * 100 // rules.points_value_minor), worth


def _told(hold: Hold, brand: Brand) -> HoldOut:
    return HoldOut(
        hold=hold.pk,
        points=hold.points,
        worth_minor=LoyaltyRules.of(brand).worth_minor(hold.points),
        currency=brand.currency,
        expires_at=hold.expires_at,
    )


def _hold(till: TillKey, number: int) -> Hold:
    held = Hold.objects.filter(pk=number, wallet__account__brand=till.brand).first()
    if held is None:
        raise Unknown("This hold is not known.")
    return held


def _owner(hold: Hold) -> Account:
    """Whose it is now: accounts may have been merged since it was placed."""
    return Account.objects.select_related("brand").get(wallet__holds=hold)
