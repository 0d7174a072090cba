"""What tills and shops send and get. Money is in minor units (cents); moments carry a zone."""

from datetime import datetime, timedelta
from typing import Annotated, Self

from django.utils import timezone
from ninja import Schema
from pydantic import AfterValidator, AwareDatetime, ConfigDict, Field

from loyalty.models import Purchase, VoucherUse
from profiles.localised import localise

CLOCK_SKEW = timedelta(minutes=5)  # how far ahead a till's clock may be


def _not_ahead(moment: datetime) -> datetime:
    if moment > timezone.now() + CLOCK_SKEW:
        raise ValueError("must not lie in the future")
    return moment


Moment = Annotated[AwareDatetime, AfterValidator(_not_ahead)]
Minor = Annotated[int, Field(ge=0, le=10**9, strict=True)]
Code = Annotated[str, Field(max_length=32)]


class Body(Schema):
    """A request's body: nothing but what is named here, and no NUL, which no database keeps."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class LineIn(Body):
    """One article: what was paid for all pieces together, after its discount."""

    sku: str = Field(min_length=1, max_length=40, pattern=r"^[^\x00]+$")
    quantity: int = Field(ge=1, le=10_000, strict=True)
    amount_minor: Minor
    discount_minor: Minor = 0


class PurchaseIn(Body):
    """A basket. Its number is the idempotency key: sent again, it is recorded once."""

    external_id: str = Field(min_length=1, max_length=64, pattern=r"^[^\x00]+$")
    card: Code = Field(min_length=1, pattern=r"^[^\x00]+$")
    store_code: str = Field("", max_length=32, pattern=r"^[^\x00]*$")
    occurred_at: Moment
    currency: str = Field(pattern=r"^[A-Z]{3}$")
    lines: list[LineIn] = Field(min_length=1, max_length=1_000)


class RedeemIn(Body):
    """A voucher's code as typed or scanned. ``occurred_at`` only from a till that was offline."""

    code: Code = Field(min_length=1, pattern=r"^[^\x00]+$")
    store_code: str = Field("", max_length=32, pattern=r"^[^\x00]*$")
    occurred_at: Moment | None = None
    purchase_external_id: str = Field("", max_length=64, pattern=r"^[^\x00]*$")
    value_minor: Minor | None = None


class PurchaseOut(Schema):
    """What was recorded, and the points it earned."""

    external_id: str
    total_minor: int
    currency: str
    points: int

    @classmethod
    def of(cls, purchase: Purchase, points: int) -> Self:
        """Describe a recorded purchase."""
        return cls(
            external_id=purchase.external_id,
            total_minor=purchase.total_minor,
            currency=purchase.currency,
            points=points,
        )


class RedeemOut(Schema):
    """What the till gives: the offer. Nothing in it tells whose voucher it was."""

    offer: str
    title: str
    kind: str
    amount_minor: int | None
    percent: int | None
    currency: str
    value_minor: int
    occurred_at: datetime

    @classmethod
    def of(cls, use: VoucherUse, language: str) -> Self:
        """Describe a use in the language of the shop."""
        offer = use.voucher.offer
        return cls(
            offer=offer.key,
            title=localise(offer.title, language),
            kind=offer.kind,
            amount_minor=offer.amount_minor,
            percent=offer.percent,
            currency=use.currency,
            value_minor=use.value_minor,
            occurred_at=use.occurred_at,
        )


class Problem(Schema):
    """Why a request was refused."""

    detail: str
