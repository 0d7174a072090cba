"""Friends of friends: newcomers, who brought them, and what they bought."""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from loyalty import ledger, referrals
from loyalty.models import Purchase, Referral, ReferralRule, Refund
from profiles.models import Member
from tests import cast

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
_numbers = count(1)


def day(number: int) -> datetime:
    """Noon, so many days after the friends joined."""
    return NOW + timedelta(days=number)


def rule(club: cast.Club, **facts: Any) -> ReferralRule:
    """Two hundred points for who brings a friend, a hundred for the friend."""
    defaults = {"referrer_points": 200, "referred_points": 100, "valid_from": day(-500)}
    return ReferralRule.objects.create(brand=club.brand, **{**defaults, **facts})


def newcomer(club: cast.Club, name: str, joined_at: datetime, **facts: Any) -> Member:
    """A member who joined at that moment."""
    facts = {"created_at": joined_at, "joined_at": joined_at, **facts}
    facts.setdefault("email", f"{name.lower()}-{next(_numbers)}@{name.lower()}.example")
    return cast.member(club, name, subscribed=False, tracking=None, **facts)


def brought(
    club: cast.Club,
    referrer: Member,
    name: str,
    at: datetime = NOW,
    *,
    new_rule: bool = True,
    **terms: Any,
) -> Referral:
    """A friend who joined by the referrer's code."""
    if new_rule:
        rule(club, **terms)
    friend = newcomer(club, name, at)
    attached = referrals.attach(friend, referrals.code_of(referrer), at)
    assert attached is not None
    assert attached.state == "waiting"
    return attached


def bought(buyer: Member, euros: int, at: datetime, *, told: bool = True, **facts: Any) -> Purchase:
    """A purchase, reported as it happened."""
    defaults: dict[str, Any] = {
        "account": buyer.account,
        "member": buyer,
        "brand": buyer.account.brand,
        "source": "till-1",
        "external_id": f"b-{next(_numbers)}",
        "occurred_at": at,
        "currency": "EUR",
        "total_minor": euros * 100,
    }
    purchase = Purchase.objects.create(**{**defaults, **facts})
    if told:
        referrals.on_purchase(purchase, now=at)
    return purchase


def returned(purchase: Purchase, minor: int) -> Refund:
    """So much of a purchase was brought back."""
    return Refund.objects.create(
        account=purchase.account,
        brand=purchase.brand,
        purchase=purchase,
        source="till-1",
        external_id=f"r-{next(_numbers)}",
        occurred_at=purchase.occurred_at,
        currency=purchase.currency,
        total_minor=minor,
    )


def paid(*members: Member) -> tuple[int, ...]:
    """The points of each, a month after everything."""
    return tuple(ledger.balance(member.account, day(100)) for member in members)
