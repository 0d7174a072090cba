"""What happened at a counter: which store, whose card, when; and what cannot have happened.

Amounts are in minor units. Reasons are for the till's staff and the service desk.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from loyalty.models import LoyaltyRules
from profiles import cards
from profiles.models import Brand, Store

MOST_MINOR = 10**12
MOST_PIECES = 1_000_000
MAX_ID = 64


class NotRecordable(ValueError):
    """What was reported cannot be so; the message says why."""


@dataclass(frozen=True)
class Buyer:
    """Whose card it was, or why it does not count."""

    account: int = 0
    member: int | None = None
    refused: str = ""


class Reported(Protocol):
    """What purchases and returns have in common."""

    @property
    def external_id(self) -> str:
        """The till's number of it."""

    @property
    def occurred_at(self) -> datetime:
        """When it was at the counter."""

    @property
    def currency(self) -> str:
        """ISO code."""


def find_store(brand: Brand, code: str) -> Store | None:
    """Return the brand's store of that code, None for no code; NotRecordable when unknown."""
    if not code:
        return None
    store = Store.objects.filter(brand=brand, code=code).first()
    if store is None:
        raise NotRecordable("This store is not known.")
    return store


def find_buyers(brand: Brand, numbers: Iterable[str], now: datetime) -> dict[str, Buyer]:
    """Whose cards these are, by number; unknown numbers are missing.

    A blank card opens its account: it earns before anybody registers it.
    """
    return {
        number: Buyer(
            holder.account_id or 0,
            holder.member_id,
            "This card is blocked." if holder.is_blocked else "",
        )
        for number, holder in cards.holders_of(brand, numbers, now).items()
    }


def latest_moment(brand: Brand, now: datetime) -> datetime:
    """The latest moment that a till may report: its clock may be ahead by the brand's skew."""
    return now + timedelta(minutes=LoyaltyRules.of(brand).clock_skew_minutes)


def check_report(what: Reported, latest: datetime, *texts: str) -> None:
    """Raise NotRecordable for a number, moment, currency or text that cannot be right."""
    if not 0 < len(what.external_id) <= MAX_ID:
        raise NotRecordable("The number is missing or too long.")
    if any("\x00" in text for text in (what.external_id, *texts)):
        raise NotRecordable("A text has a character that no database keeps.")
    if what.occurred_at.tzinfo is None:
        raise NotRecordable("The moment lacks its time zone.")
    if what.occurred_at > latest:
        raise NotRecordable("The moment lies in the future: the clock of the till is wrong.")
    if not (len(what.currency) == 3 and what.currency.isascii() and what.currency.isupper()):
        raise NotRecordable("The currency is not an ISO code.")


def check_pieces(quantity: int, least: int = 1) -> None:
    """Raise NotRecordable unless it is a sensible whole number of pieces."""
    if not is_whole(quantity) or not least <= quantity <= MOST_PIECES:
        raise NotRecordable("The number of pieces is not a whole number, or too big.")


def check_amount(amount: int) -> None:
    """Raise NotRecordable unless the amount is a whole number of cents, nothing or more."""
    if not is_whole(amount) or not 0 <= amount <= MOST_MINOR:
        raise NotRecordable("An amount is not a whole number of cents, or negative, or too big.")


def is_whole(number: object) -> bool:
    """Whether it is a whole number; True, False and 3.0 are none."""
    return isinstance(number, int) and not isinstance(number, bool)
