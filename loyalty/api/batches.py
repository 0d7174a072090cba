"""Events of a till that was offline, up to a thousand at once; each gets its own outcome."""

from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Router, Schema
from pydantic import Field

from loyalty import offline
from loyalty.api.access import Till, TillAuth
from loyalty.api.fields import (
    AnyMoment,
    Body,
    CardNumber,
    Code,
    EventKey,
    Minor,
    NumberOrNone,
    Points,
    StoreCode,
)
from loyalty.api.problems import answered_with
from loyalty.api.purchases import PurchaseFacts, ReturnFacts
from loyalty.models import TillScope
from loyalty.offline import Happened, Outcome

router = Router(auth=TillAuth(TillScope.BATCHES), tags=["batches"])


class PurchaseEvent(PurchaseFacts):
    """A basket, as ``/purchases`` takes it; its number is its key."""

    type: Literal["purchase"]

    @property
    def key(self) -> str:
        """By what it is known again."""
        return self.external_id


class ReturnEvent(ReturnFacts):
    """Goods brought back, as ``/returns`` takes them; it may come before its purchase."""

    type: Literal["return"]

    @property
    def key(self) -> str:
        """By what it is known again."""
        return self.external_id


class PointsEvent(Body):
    """Points the till gave away. What the account lacks becomes debt."""

    type: Literal["points_redeemed"]
    key: EventKey
    occurred_at: AnyMoment
    account: UUID | None = None
    card: CardNumber = ""
    points: Points


class VoucherEvent(Body):
    """A voucher the till took. One that was used too often is recorded all the same."""

    type: Literal["voucher_used"]
    key: EventKey
    occurred_at: AnyMoment
    code: Code
    account: UUID | None = None
    card: CardNumber = ""
    store_code: StoreCode = ""
    purchase_external_id: NumberOrNone = ""
    value_minor: Minor | None = None


Event = Annotated[
    PurchaseEvent | ReturnEvent | PointsEvent | VoucherEvent, Field(discriminator="type")
]


class BatchIn(Body):
    """What happened, in any order."""

    events: list[Event] = Field(min_length=1, max_length=1_000)


class OutcomeOut(Schema):
    """What became of one event. A ``problem`` is kept, and staff will look at it.

    ``points`` were earned, taken back or redeemed.
    """

    type: str
    key: str
    outcome: Literal["recorded", "waiting", "problem"]
    points: int
    code: str
    detail: str


class BatchOut(Schema):
    """An outcome for each event, in the order in which they were sent."""

    outcomes: list[OutcomeOut]


@router.post("/batches", response=answered_with(BatchOut))
def record_batch(request: Till, body: BatchIn) -> BatchOut:
    """Record what happened offline. Send it again until it is answered: it counts once."""
    done = offline.record_batch(request.auth, [_happened(event) for event in body.events])
    return BatchOut(
        outcomes=[_told(event, outcome) for event, outcome in zip(body.events, done, strict=True)]
    )


def _happened(event: Any) -> Happened:
    facts = event.model_dump(mode="json", exclude={"type"})
    return Happened(event.type, event.key, event.occurred_at, facts)


def _told(event: Any, outcome: Outcome) -> OutcomeOut:
    told = {"type": event.type, "key": event.key, "outcome": outcome.state}
    facts = {"points": outcome.points, "code": outcome.code, "detail": outcome.detail}
    return OutcomeOut.model_validate(told | facts)
