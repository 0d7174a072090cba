"""Under which heading staff find an event that could not be recorded."""

from datetime import datetime

from django.db.models import Q

from loyalty.counter import NotRecordable, latest_moment
from loyalty.idempotency import KeyReused
from loyalty.identifying import NotIdentified
from loyalty.models import OfflineEvent
from loyalty.offline.words import Line, Problem
from loyalty.returns import MoreThanBought
from loyalty.till_accounts import UnknownAccount
from loyalty.voucher_refusals import VoucherRefused
from profiles.models import Card

# What keeps an event from being recorded; anything else is a fault of ours and goes up.
PROBLEMS = (KeyReused, NotIdentified, NotRecordable, UnknownAccount, VoucherRefused)


def problem_of(event: OfflineEvent, error: Exception, now: datetime) -> Problem:
    """Tell what was wrong, as far as the event and the cards show it."""
    detail = str(error)
    if isinstance(error, KeyReused):
        return Problem("key_reused", Line.OTHER, detail)
    if isinstance(error, VoucherRefused):
        return Problem("voucher_refused", Line.OTHER, detail)
    if event.occurred_at > latest_moment(event.till.brand, now):
        return Problem("clock_ahead", Line.CLOCK_SKEW, detail)
    if isinstance(error, MoreThanBought):
        return Problem("more_returned", Line.MORE_RETURNED, detail)
    return _of_card(event) or Problem("not_recordable", Line.OTHER, detail)


def _of_card(event: OfflineEvent) -> Problem | None:
    number = event.body.get("card")
    if not number:
        return None
    brand = event.till.brand
    ours = Q(brand=brand) | Q(account__brand=brand)
    card = Card.objects.filter(ours, number=number).first()
    if card is None:
        return Problem("unknown_card", Line.UNKNOWN_CARD, "This card is not known.")
    if card.blocked_at:
        return Problem("blocked_card", Line.BLOCKED_CARD, "This card is blocked.")
    return None
