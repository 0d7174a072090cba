"""Who stands at the till: known by card, telephone, address or the code on the phone."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils import timezone

from profiles import addresses, cards, phones, signed_links
from profiles.models import Account, Brand, Card, Member

QR_LASTS = timedelta(minutes=5)
MANY = 50  # people with one telephone number that are looked at


class NotIdentified(ValueError):
    """Nobody is known by this. One message: a till cannot find out who is a member elsewhere."""


class Ambiguous(ValueError):
    """Several accounts share the telephone number: ask for the card."""


@dataclass(frozen=True)
class Identified:
    """Whose account it is, and who of it, and on which card, as far as that is known."""

    account: Account
    member: Member | None = None
    card: Card | None = None


def identify(
    brand: Brand,
    *,
    card: str = "",
    phone: str = "",
    email: str = "",
    qr: str = "",
    now: datetime | None = None,
) -> Identified:
    """Find an account by exactly one of the four. A blank card opens its account.

    Raises NotIdentified, Ambiguous; ValueError when not exactly one is given.
    """
    if sum(map(bool, (card, phone, email, qr))) != 1:
        raise ValueError("Give exactly one of card, phone, email and qr.")
    if "\x00" in card + phone + email + qr:
        raise _nobody()
    if phone:
        return _by_phone(brand, phone)
    if email:
        return _by_address(brand, email)
    if card or qr.isdigit():
        return _by_card(brand, card or qr, now)
    return _by_token(brand, qr)


def qr_of(member: Member, now: datetime | None = None) -> str:
    """The code that the member's phone shows to a till; it is worth nothing after five minutes."""
    expires_at = (now or timezone.now()) + QR_LASTS
    return signed_links.make(signed_links.TILL, member.pk, expires_at=expires_at)


def _by_card(brand: Brand, number: str, now: datetime | None) -> Identified:
    try:
        account, member = cards.account_of(brand, number, now)
    except (cards.UnknownCard, cards.CardBlocked):
        raise _nobody() from None
    if member and member.status in (Member.Status.LEFT, Member.Status.ERASED):
        raise _nobody()
    return Identified(account, member, Card.objects.get(number=number))


def _by_phone(brand: Brand, phone: str) -> Identified:
    key = phones.normalise(phone)
    found = list(_members(brand).filter(phone_key=key).exclude(phone="")[:MANY]) if key else []
    accounts = {member.account_id for member in found}
    if len(accounts) > 1:
        raise Ambiguous("Several members have this number. Ask for the card.")
    if not found:
        raise _nobody()
    # A family shares a telephone: the account is known, who of them it is not.
    return _known(found[0]) if len(found) == 1 else Identified(found[0].account)


def _by_address(brand: Brand, email: str) -> Identified:
    try:
        key = addresses.normalise(email)
    except addresses.InvalidAddress:
        raise _nobody() from None
    return _known(_members(brand).filter(email_key=key).first())


def _by_token(brand: Brand, token: str) -> Identified:
    try:
        (member_id,) = signed_links.read(signed_links.TILL, token)
    except (signed_links.BadLink, ValueError):
        raise _nobody() from None
    return _known(_members(brand).filter(pk=member_id).first())


def _members(brand: Brand) -> QuerySet[Member]:
    active = Member.objects.filter(account__brand=brand, status=Member.Status.ACTIVE)
    return active.select_related("account__brand").order_by("pk")


def _known(member: Member | None) -> Identified:
    if member is None:
        raise _nobody()
    card = member.cards.filter(blocked_at=None).order_by("pk").first()
    return Identified(member.account, member, card)


def _nobody() -> NotIdentified:
    return NotIdentified("No member is known by this.")
