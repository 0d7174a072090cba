"""What a till or shop reports of a purchase, and what becomes of it. Money is in minor units."""

from dataclasses import dataclass
from datetime import datetime

from loyalty.idempotency import body_hash
from loyalty.models import Purchase
from profiles.models import Member


@dataclass(frozen=True)
class LineData:
    """One article; amounts are what was paid for all of them, in minor units, after discount."""

    sku: str
    quantity: int
    amount_minor: int
    discount_minor: int = 0


@dataclass(frozen=True)
class PurchaseData:
    """A basket as reported. The buyer is known by card or is a member; ``store_code`` may be ""."""

    external_id: str
    occurred_at: datetime
    currency: str
    lines: tuple[LineData, ...]
    card: str = ""
    member: Member | None = None
    store_code: str = ""


@dataclass(frozen=True)
class Outcome:
    """What became of one reported purchase: recorded (now or before), or why it was not.

    ``error`` is a KeyReused or a NotRecordable; ``points`` are what it earned.
    """

    external_id: str
    purchase: Purchase | None = None
    points: int = 0
    repeated: bool = False
    error: Exception | None = None


def fingerprint(data: PurchaseData) -> str:
    """The hash by which the same basket is known again when it is sent twice."""
    lines = [
        [line.sku, line.quantity, line.amount_minor, line.discount_minor] for line in data.lines
    ]
    buyer = data.member.pk if data.member else data.card
    moment = data.occurred_at.isoformat()
    return body_hash(
        "basket", data.external_id, moment, data.currency, buyer, data.store_code, lines
    )
