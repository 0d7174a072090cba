"""What tills send, field by field. Money is in minor units (cents); moments carry a zone."""

from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

from django.utils import timezone
from ninja import Header, Schema
from pydantic import AfterValidator, AwareDatetime, ConfigDict, Field

CLOCK_SKEW = timedelta(minutes=5)  # how far ahead a till's clock may be
FIRST_YEAR = 1990
NO_NUL, SOMETHING = r"^[^\x00]*$", r"^[^\x00]+$"


def _not_ahead(moment: datetime) -> datetime:
    if moment > timezone.now() + CLOCK_SKEW:
        raise ValueError("must not lie in the future")
    return moment


def _sensible(moment: datetime) -> datetime:
    if not FIRST_YEAR <= moment.year < 9999:
        raise ValueError("is no moment of a till's life")
    return moment


AnyMoment = Annotated[AwareDatetime, AfterValidator(_sensible)]
Moment = Annotated[AnyMoment, AfterValidator(_not_ahead)]
Minor = Annotated[int, Field(ge=0, le=10**9, strict=True)]
Pieces = Annotated[int, Field(ge=1, le=10_000, strict=True)]
Points = Annotated[int, Field(ge=1, le=10**9, strict=True)]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
Code = Annotated[str, Field(min_length=1, max_length=32, pattern=SOMETHING)]
CardNumber = Annotated[str, Field(max_length=32, pattern=NO_NUL)]
Sku = Annotated[str, Field(min_length=1, max_length=40, pattern=SOMETHING)]
StoreCode = Annotated[str, Field(max_length=32, pattern=NO_NUL)]
Number = Annotated[str, Field(min_length=1, max_length=64, pattern=SOMETHING)]
NumberOrNone = Annotated[str, Field(max_length=64, pattern=NO_NUL)]
EventKey = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[\x21-\x7e]+$")]
IdempotencyKey = Annotated[
    str,
    Header(alias="Idempotency-Key", min_length=1, max_length=80, pattern=r"^[\x21-\x7e]+$"),
]


class Body(Schema):
    """A request's body: nothing but what is named here, and no NUL, which no database keeps."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class Whose(Body):
    """Whose points or vouchers: the account as ``identify`` told it, or a card."""

    account: UUID | None = None
    card: CardNumber = ""


class BasketLine(Body):
    """So many pieces of one article, and what they cost together."""

    sku: Sku
    quantity: Pieces
    amount_minor: Minor


class BasketIn(Body):
    """What lies on the counter, before vouchers."""

    currency: Currency
    lines: list[BasketLine] = Field(min_length=1, max_length=1_000)
