"""What tills send and get about vouchers."""

from datetime import datetime
from typing import Any, Self
from uuid import UUID

from ninja import Schema
from pydantic import Field

from loyalty.api.fields import BasketIn, Body, Code, Minor, Moment, NumberOrNone, StoreCode, Whose
from loyalty.models import Offer, VoucherReservation, VoucherUse
from loyalty.voucher_quotes import Quoted
from profiles.localised import localise


class VoucherQuoteIn(Whose):
    """The codes the customer shows, and what lies on the counter."""

    codes: list[Code] = Field(min_length=1, max_length=20)
    basket: BasketIn
    store_code: StoreCode = ""


class VoucherIn(Whose):
    """A voucher's code as typed or scanned. With a basket we work out what it gives."""

    code: Code
    store_code: StoreCode = ""
    basket: BasketIn | None = None


class RedeemIn(VoucherIn):
    """``occurred_at`` only from a till that was slow; ``value_minor`` is what the till gave."""

    occurred_at: Moment | None = None
    purchase_external_id: NumberOrNone = ""
    value_minor: Minor | None = None


class CaptureIn(Body):
    """What became of a reservation; without a value, what was reserved."""

    purchase_external_id: NumberOrNone = ""
    value_minor: Minor | None = None


class DiscountOut(Schema):
    """What one code gives on the basket; ``by_line`` follows the basket's lines."""

    code: str
    usable: bool
    title: str = ""
    kind: str = ""
    value_minor: int = 0
    by_line: list[int] = []

    @classmethod
    def of(cls, quoted: Quoted, language: str) -> Self:
        """Describe one code; one that gives nothing without saying why."""
        if quoted.voucher is None or quoted.discount is None:
            return cls(code=quoted.code, usable=False)
        offer = quoted.voucher.offer
        return cls(
            code=quoted.code,
            usable=True,
            title=localise(offer.title, language),
            kind=offer.kind,
            value_minor=quoted.discount.minor,
            by_line=list(quoted.discount.by_line),
        )


class VoucherQuoteOut(Schema):
    """The discounts in the order in which they are applied, then the codes that give nothing."""

    total_minor: int
    discount_minor: int
    to_pay_minor: int
    discounts: list[DiscountOut]


class OfferOut(Schema):
    """What the till gives. Nothing in it tells whose voucher it is."""

    offer: str
    title: str
    kind: str
    amount_minor: int | None
    percent: int | None
    currency: str
    value_minor: int


class RedeemOut(OfferOut):
    """A use of a voucher."""

    occurred_at: datetime

    @classmethod
    def of(cls, use: VoucherUse, language: str) -> Self:
        """Describe a use in the language of the shop."""
        return cls(**_offer(use.voucher.offer, use, language), occurred_at=use.occurred_at)


class ReservedOut(OfferOut):
    """A use that is set aside until it is captured, released or the time is over."""

    reservation: UUID
    expires_at: datetime

    @classmethod
    def of(cls, made: VoucherReservation, language: str) -> Self:
        """Describe a reservation in the language of the shop."""
        facts = _offer(made.voucher.offer, made, language)
        return cls(**facts, reservation=made.public_id, expires_at=made.expires_at)


class ReleasedOut(Schema):
    """A reservation that was let go."""

    reservation: UUID
    released: bool = True


def _offer(offer: Offer, given: VoucherUse | VoucherReservation, language: str) -> dict[str, Any]:
    return {
        "offer": offer.key,
        "title": localise(offer.title, language),
        "kind": offer.kind,
        "amount_minor": offer.amount_minor,
        "percent": offer.percent,
        "currency": given.currency,
        "value_minor": given.value_minor,
    }
