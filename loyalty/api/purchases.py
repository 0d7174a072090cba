"""Baskets, and what comes back of them. Their numbers are the idempotency keys."""

from typing import Self

from django.db.models import Sum
from ninja import Router, Schema
from pydantic import Field

from loyalty import purchases, returns
from loyalty.api.access import Till, TillAuth, store_code
from loyalty.api.fields import (
    AnyMoment,
    Body,
    CardNumber,
    Code,
    Currency,
    Minor,
    Moment,
    Number,
    NumberOrNone,
    Pieces,
    Sku,
    StoreCode,
)
from loyalty.api.problems import answered_with
from loyalty.earn_rules import EARNING_SOURCE
from loyalty.models import Purchase, Refund, TillKey, TillScope
from loyalty.purchases import LineData, PurchaseData
from loyalty.returns import ReturnData, ReturnedLine

router = Router(auth=TillAuth(TillScope.PURCHASES), tags=["purchases"])


class LineIn(Body):
    """One article: what was paid for all pieces together, after its discount."""

    sku: Sku
    quantity: Pieces
    amount_minor: Minor
    discount_minor: Minor = 0


class PurchaseFacts(Body):
    """A basket, whenever it was. Its lines are numbered from 0 in the order given."""

    external_id: Number
    card: Code
    store_code: StoreCode = ""
    occurred_at: AnyMoment
    currency: Currency
    lines: list[LineIn] = Field(min_length=1, max_length=1_000)

    def data(self, till: TillKey) -> PurchaseData:
        """As the club records it."""
        return PurchaseData(
            external_id=self.external_id,
            occurred_at=self.occurred_at,
            currency=self.currency,
            lines=tuple(LineData(**line.model_dump()) for line in self.lines),
            card=self.card,
            store_code=store_code(till, self.store_code),
        )


class PurchaseIn(PurchaseFacts):
    """A basket. Its number is the idempotency key: sent again, it is recorded once."""

    occurred_at: Moment


class PurchaseLineOut(Schema):
    """A line as it was recorded: a return names it by its position."""

    position: int
    quantity: int
    amount_minor: int


class PurchaseOut(Schema):
    """What was recorded, and the points it earned."""

    external_id: str
    total_minor: int
    currency: str
    points: int
    lines: list[PurchaseLineOut]

    @classmethod
    def of(cls, purchase: Purchase) -> Self:
        """Describe a recorded purchase."""
        earned = purchase.entries.filter(source=EARNING_SOURCE).aggregate(
            points=Sum("lots__original")
        )
        lines = purchase.lines.order_by("position", "pk")
        return cls(
            external_id=purchase.external_id,
            total_minor=purchase.total_minor,
            currency=purchase.currency,
            points=int(earned["points"] or 0),
            lines=[
                PurchaseLineOut(
                    position=line.position, quantity=line.quantity, amount_minor=line.amount_minor
                )
                for line in lines
            ],
        )


class ReturnLineIn(Body):
    """How much of a line came back, and the money for it; named by position or by article."""

    position: int | None = Field(None, ge=0, le=999, strict=True)
    sku: str = Field("", max_length=40, pattern=r"^[^\x00]*$")
    quantity: int = Field(ge=0, le=10_000, strict=True)
    amount_minor: Minor


class ReturnFacts(Body):
    """Goods brought back. ``purchase_source`` names the till that sold them, if it was another.

    ``bought_at`` and ``card`` are for receipts from before the club knew purchases.
    """

    external_id: Number
    purchase_external_id: NumberOrNone = ""
    purchase_source: str = Field("", max_length=20, pattern=r"^[^\x00]*$")
    occurred_at: AnyMoment
    currency: Currency
    lines: list[ReturnLineIn] = Field(min_length=1, max_length=1_000)
    store_code: StoreCode = ""
    card: CardNumber = ""
    bought_at: Moment | None = None

    def data(self, till: TillKey) -> ReturnData:
        """As the club records it."""
        facts = self.model_dump(exclude={"lines", "store_code"})
        return ReturnData(
            lines=tuple(ReturnedLine(**line.model_dump()) for line in self.lines),
            store_code=store_code(till, self.store_code),
            **facts,
        )


class ReturnIn(ReturnFacts):
    """A return. Its number is the idempotency key: sent again, it is recorded once."""

    occurred_at: Moment


class ReturnOut(Schema):
    """What was recorded, and the points that were taken back."""

    external_id: str
    total_minor: int
    currency: str
    points_back: int

    @classmethod
    def of(cls, refund: Refund) -> Self:
        """Describe a recorded return."""
        return cls(
            external_id=refund.external_id,
            total_minor=refund.total_minor,
            currency=refund.currency,
            points_back=refund.points_back,
        )


@router.post("/purchases", response=answered_with(PurchaseOut))
def record_purchase(request: Till, body: PurchaseIn) -> PurchaseOut:
    """Record a basket and let it earn points. Its ``external_id`` is the idempotency key."""
    key = request.auth
    return PurchaseOut.of(purchases.record(key.brand, key.source, body.data(key)))


@router.post("/returns", response=answered_with(ReturnOut))
def record_return(request: Till, body: ReturnIn) -> ReturnOut:
    """Record what came back of a purchase; its points go back. ``external_id`` is the key.

    A return whose purchase is not known is refused here; a batch keeps it waiting.
    """
    key = request.auth
    return ReturnOut.of(returns.record(key.brand, key.source, body.data(key)))
