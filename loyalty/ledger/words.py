"""What the ledger's verbs have in common: requests, parcels of points, errors."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from loyalty.models import Allocation, Lot, Posting

On = Posting.LedgerAccount
Part = Allocation.Part

# Ledger accounts that are the member's; the others are the club's.
MEMBERS = (On.ACTIVE, On.PENDING, On.HELD, On.DEBT)


class NotEnoughPoints(Exception):
    """The wallet holds fewer spendable points than asked for."""


class NotReversible(Exception):
    """The entry was reversed before, or is of a kind that only time or another verb undoes."""


class WalletMoved(Exception):
    """Accounts were merged at this very moment; asking again finds the new wallet."""


@dataclass(frozen=True)
class Request:
    """Who asks for an entry (source), under which key, and the hash of what was asked."""

    source: str
    key: str
    body_hash: str = ""


@dataclass(frozen=True)
class Take:
    """Points out of a lot; a negative amount gives back."""

    lot: Lot
    amount: int
    part: Part = Part.SPENT


@dataclass(frozen=True)
class Parcel:
    """Points that come in together and become a lot.

    ``shares`` are (line position, points) of the purchase's lines; they sum to ``points``.
    """

    points: int
    available_at: datetime
    expires_at: datetime | None = None
    rule_id: int | None = None
    shares: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class Earning:
    """One earning of many; ``purchase_id`` is set when a purchase brought it.

    ``taken_over`` points come from elsewhere: they are booked as ``open_balance`` books them.
    """

    account_id: int
    parcels: tuple[Parcel, ...]
    source: str
    key: str
    occurred_at: datetime
    purchase_id: int | None = None
    reason: str = ""
    qualifying: int = 0
    qualified_at: datetime | None = None
    taken_over: bool = False


def require_points(parcels: Sequence[Parcel]) -> None:
    """Raise ValueError unless every parcel holds points, for a while, as its shares say."""
    for parcel in parcels:
        require_positive(parcel.points)
        if parcel.expires_at and parcel.expires_at <= parcel.available_at:
            raise ValueError("Points must be there before they lapse.")
        if parcel.shares and sum(points for _line, points in parcel.shares) != parcel.points:
            raise ValueError("The lines' shares must sum to the points.")


def require_positive(points: int) -> None:
    """Raise ValueError unless ``points`` is a whole number above zero."""
    if not isinstance(points, int) or isinstance(points, bool) or points <= 0:
        raise ValueError("Points must be a positive whole number.")
