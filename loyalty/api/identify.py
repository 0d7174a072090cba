"""Who stands at the till: as much as a till needs to know, and nothing by which to find people."""

from typing import Any, Self
from uuid import UUID

from ninja import Router, Schema
from pydantic import Field

from loyalty import identifying, ledger, rate_limits
from loyalty.api.access import Till, TillAuth
from loyalty.api.fields import Body, CardNumber
from loyalty.api.problems import TooMany, answered_with
from loyalty.counter import NotRecordable
from loyalty.identifying import Identified, NotIdentified
from loyalty.models import LoyaltyRules, TillKey, TillScope
from loyalty.tier_standing import standing
from profiles.localised import localise
from profiles.models import Brand

router = Router(auth=TillAuth(TillScope.IDENTIFY), tags=["members"])
MISS_SCOPE, MISSES, MISS_SECONDS = "till misses", 60, 600
TEXT = r"^[^\x00]*$"


class IdentifyIn(Body):
    """Exactly one of the four. ``qr`` is what the till read off the member's phone."""

    card: CardNumber = ""
    phone: str = Field("", max_length=40, pattern=TEXT)
    email: str = Field("", max_length=254, pattern=TEXT)
    qr: str = Field("", max_length=500, pattern=TEXT)


class TierOut(Schema):
    """A tier by its key and its name in the language of the shop."""

    key: str
    name: str


class MemberOut(Schema):
    """The account for further calls, and what the till greets with; ``name`` is masked."""

    account: UUID
    name: str
    balance: int
    worth_minor: int
    currency: str
    tier: TierOut | None

    @classmethod
    def of(cls, found: Identified, brand: Brand) -> Self:
        """Describe whoever was found."""
        balance = ledger.balance(found.account)
        return cls(
            account=found.account.public_id,
            name=masked(found.member.first_name) if found.member else "",
            balance=balance,
            worth_minor=LoyaltyRules.of(brand).worth_minor(balance),
            currency=brand.currency,
            tier=_tier(found, brand),
        )


@router.post("/identify", response=answered_with(MemberOut))
def identify_member(request: Till, body: IdentifyIn) -> MemberOut:
    """Find an account by card, telephone, address or code. A blank card opens its account.

    404 when nobody is known by it, whatever the reason; 409 when a telephone is several
    accounts' and the card is needed. A till that keeps guessing gets 429 for a while.
    """
    till = request.auth
    given = body.model_dump()
    if sum(map(bool, given.values())) != 1:
        raise NotRecordable("Give exactly one of card, phone, email and qr.")
    if rate_limits.is_spent(MISS_SCOPE, till.source, MISSES, MISS_SECONDS):
        raise TooMany("Too many unknown members. Wait some minutes.")
    return MemberOut.of(_find(till, given), till.brand)


def masked(name: str) -> str:
    """Enough to greet and to check, too little to know: the first letter."""
    return f"{name[:1]}…" if name else ""


def _find(till: TillKey, given: dict[str, Any]) -> Identified:
    try:
        return identifying.identify(till.brand, **given)
    except NotIdentified:
        rate_limits.spend(MISS_SCOPE, till.source, MISSES, MISS_SECONDS)
        raise


def _tier(found: Identified, brand: Brand) -> TierOut | None:
    now = standing(found.account)
    if now is None or now.tier is None:
        return None
    return TierOut(key=now.tier.key, name=localise(now.tier.name, brand.default_language))
