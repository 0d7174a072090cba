"""Vouchers at the till: what they give on a basket, using one, reserving one while one pays."""

from uuid import UUID

from django.utils import timezone
from ninja import Router

from loyalty import till_accounts, voucher_reservations, vouchers
from loyalty.api.access import Till, TillAuth, answer_once, purchase_of, store_code
from loyalty.api.fields import (
    BasketIn,
    IdempotencyKey,
    Whose,
)
from loyalty.api.problems import Unknown, answered_with
from loyalty.api.voucher_schemas import (
    CaptureIn,
    DiscountOut,
    RedeemIn,
    RedeemOut,
    ReleasedOut,
    ReservedOut,
    VoucherIn,
    VoucherQuoteIn,
    VoucherQuoteOut,
)
from loyalty.counter import find_store
from loyalty.discounts import Basket
from loyalty.idempotency import body_hash
from loyalty.models import TillKey, TillScope, VoucherReservation
from loyalty.offer_terms import basket_of
from loyalty.purchases import REPLAYED_SOURCES
from loyalty.till_answers import use_hash
from loyalty.voucher_checks import AtTill
from loyalty.voucher_quotes import quote_codes
from loyalty.voucher_reservations import Request
from profiles.models import Member

router = Router(auth=TillAuth(TillScope.VOUCHERS), tags=["vouchers"])


@router.post("/quote", response=answered_with(VoucherQuoteOut))
def quote_vouchers(request: Till, body: VoucherQuoteIn) -> VoucherQuoteOut:
    """Tell what the codes give together on this basket. Uses nothing."""
    till = request.auth
    basket = _basket(till, body.basket)
    quoted = quote_codes(_asked(till, body, "", basket=basket), body.codes, basket)
    discounts = [DiscountOut.of(one, till.brand.default_language) for one in quoted]
    given = sum(one.value_minor for one in discounts)
    return VoucherQuoteOut(
        total_minor=basket.total_minor,
        discount_minor=given,
        to_pay_minor=basket.total_minor - given,
        discounts=discounts,
    )


@router.post("/redeem", response=answered_with(RedeemOut))
def redeem_voucher(request: Till, body: RedeemIn, key: IdempotencyKey) -> RedeemOut:
    """Use a voucher once. Whatever speaks against it, the refusal is the same 404."""
    till = request.auth

    def redeem() -> RedeemOut:
        asked = _asked(
            till,
            body,
            key,
            code=body.code,
            request_hash=use_hash(body.code, body.value_minor, body.purchase_external_id),
            occurred_at=body.occurred_at or timezone.now(),
            purchase=purchase_of(till, body.purchase_external_id),
            value_minor=body.value_minor,
            replayed=till.source in REPLAYED_SOURCES,
            basket=_basket(till, body.basket) if body.basket else None,
        )
        return RedeemOut.of(vouchers.use_once(asked), till.brand.default_language)

    return answer_once(request, key, "vouchers/redeem", body, redeem, RedeemOut)


@router.post("/reserve", response=answered_with(ReservedOut))
def reserve_voucher(request: Till, body: VoucherIn, key: IdempotencyKey) -> ReservedOut:
    """Set a use aside while the customer pays. Every refusal is the same 404."""
    till = request.auth

    def reserve() -> ReservedOut:
        asked = _asked(
            till,
            body,
            key,
            code=body.code,
            request_hash=use_hash(body.code),
            basket=_basket(till, body.basket) if body.basket else None,
        )
        made = voucher_reservations.reserve(asked)
        return ReservedOut.of(made, till.brand.default_language)

    return answer_once(request, key, "vouchers/reserve", body, reserve, ReservedOut)


@router.post("/{reservation}/capture", response=answered_with(RedeemOut))
def capture_voucher(
    request: Till, reservation: UUID, body: CaptureIn, key: IdempotencyKey
) -> RedeemOut:
    """Turn a reservation into a use. 409 once it was captured or released."""
    till, what = request.auth, f"vouchers/capture/{reservation}"

    def capture() -> RedeemOut:
        use = voucher_reservations.capture(
            _reservation(till, reservation),
            Request(till.source, key, body_hash(what, body.model_dump(mode="json"))),
            value_minor=body.value_minor,
            purchase=purchase_of(till, body.purchase_external_id),
        )
        return RedeemOut.of(use, till.brand.default_language)

    return answer_once(request, key, what, body, capture, RedeemOut)


@router.post("/{reservation}/release", response=answered_with(ReleasedOut))
def release_voucher(request: Till, reservation: UUID, key: IdempotencyKey) -> ReleasedOut:
    """Let a reservation go. 409 once it was captured."""
    till, what = request.auth, f"vouchers/release/{reservation}"

    def release() -> ReleasedOut:
        asked = Request(till.source, key, body_hash(what))
        voucher_reservations.release(_reservation(till, reservation), asked)
        return ReleasedOut(reservation=reservation)

    return answer_once(request, key, what, None, release, ReleasedOut)


def _asked(till: TillKey, body: VoucherQuoteIn | VoucherIn, key: str, **facts: object) -> AtTill:
    given = {
        "code": "",
        "request_hash": "",
        "occurred_at": timezone.now(),
        "store": find_store(till.brand, store_code(till, body.store_code)),
        "brand": till.brand,
        "member": _member(till, body),
    }
    return AtTill(source=till.source, key=key, **(given | facts))  # type: ignore[arg-type]


def _member(till: TillKey, whose: Whose) -> Member | None:
    """Who stands there, when the till says so; of an account of several, any of them."""
    if not whose.card and whose.account is None:
        return None
    account, member = till_accounts.find(till.brand, whose.account, whose.card)
    return member or account.members.order_by("pk").first()


def _basket(till: TillKey, body: BasketIn) -> Basket:
    rows = [(line.sku, line.quantity, line.amount_minor) for line in body.lines]
    return basket_of(till.brand, body.currency, rows)


def _reservation(till: TillKey, number: UUID) -> VoucherReservation:
    found = voucher_reservations.find(till.brand, number)
    if found is None:
        raise Unknown("This reservation is not known.")
    return found
