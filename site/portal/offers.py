"""What may be said of an offer at a moment: still to come, open, used, over."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import TextChoices

from loyalty.models import Offer, Voucher
from profiles import signed_links


class State(TextChoices):
    """Where an offer stands for its reader."""

    COMING = "coming"
    OPEN = "open"
    USED = "used"
    OVER = "over"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class OfferRow:
    """A voucher in the member's wallet, with the token that opens its page."""

    offer: Offer
    token: str
    state: str
    ends_at: datetime


def state_of(offer: Offer, now: datetime) -> State:
    """Where the offer stands, whoever holds it."""
    if now < offer.valid_from:
        return State.COMING
    return State.OPEN if now < offer.valid_until else State.OVER


def voucher_state(voucher: Voucher, now: datetime) -> State:
    """Where a voucher stands: used before over, for that is what its holder remembers."""
    if voucher.uses >= voucher.max_uses:
        return State.USED
    if voucher.voided_at:
        return State.WITHDRAWN
    if now < voucher.offer.valid_from:
        return State.COMING
    return State.OPEN if now < voucher.ends_at else State.OVER


def offer_rows(vouchers: Iterable[Voucher], now: datetime) -> list[OfferRow]:
    """The vouchers with their states."""
    return [
        OfferRow(
            offer=voucher.offer,
            token=signed_links.make(signed_links.OFFER, voucher.pk, 0),
            state=voucher_state(voucher, now).value,
            ends_at=voucher.ends_at,
        )
        for voucher in vouchers
    ]
