"""What a till reports of goods that were brought back, and what becomes of it."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Self

from loyalty.counter import NotRecordable
from loyalty.idempotency import body_hash
from loyalty.models import Refund


class UnknownPurchase(NotRecordable):
    """The return came before its purchase, or names one that never was."""


class MoreThanBought(NotRecordable):
    """More comes back of a line than is left of it."""


@dataclass(frozen=True)
class ReturnedLine:
    """How much of an article came back, and the money for it in minor units.

    A line is named by its position in the purchase, from 0, or by the article's number.
    """

    quantity: int
    amount_minor: int
    sku: str = ""
    position: int | None = None


@dataclass(frozen=True)
class ReturnData:
    """A return as reported. ``purchase_source`` is the reporting till's own when it is empty.

    ``bought_at`` and ``card`` are only for a receipt from before the switch, whose purchase nobody
    loaded: they tell by which rule and from whose points to take back.
    """

    external_id: str
    occurred_at: datetime
    currency: str
    lines: tuple[ReturnedLine, ...]
    purchase_external_id: str = ""
    purchase_source: str = ""
    store_code: str = ""
    card: str = ""
    bought_at: datetime | None = None

    def to_json(self) -> dict[str, Any]:
        """As a body that can be kept."""
        moments = {"occurred_at": self.occurred_at.isoformat()}
        moments["bought_at"] = self.bought_at.isoformat() if self.bought_at else ""
        return asdict(self) | moments

    @classmethod
    def from_json(cls, body: dict[str, Any]) -> Self:
        """Back from a body that was kept."""
        bought_at = body["bought_at"]
        facts = {
            "occurred_at": datetime.fromisoformat(body["occurred_at"]),
            "bought_at": datetime.fromisoformat(bought_at) if bought_at else None,
            "lines": tuple(ReturnedLine(**line) for line in body["lines"]),
        }
        return cls(**(body | facts))

    @property
    def fingerprint(self) -> str:
        """The hash by which the same return is known again when it is sent twice."""
        return body_hash("return", self.to_json())


@dataclass(frozen=True)
class Outcome:
    """What became of one reported return: booked, waiting for its purchase, or refused."""

    external_id: str
    refund: Refund | None = None
    repeated: bool = False
    waiting: bool = False
    error: Exception | None = None
