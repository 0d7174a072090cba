"""What a till asks for, what may speak against it, and what the voucher gives there."""

from dataclasses import dataclass
from datetime import datetime

from loyalty.discounts import Basket
from loyalty.models import Purchase, RefusalReason, Voucher
from loyalty.offer_terms import discount_on_purchase, quote
from loyalty.voucher_refusals import VoucherRefused
from profiles.models import Brand, Member, Store


@dataclass(frozen=True)
class AtTill:
    """A till's request about a code. ``member`` is whose card it read, when it read one.

    ``occurred_at`` is the moment at the counter. ``basket`` is what lies there before vouchers;
    ``value_minor`` is what the till says it gave; ``purchase`` what it reported earlier.
    """

    source: str
    key: str
    code: str
    request_hash: str
    occurred_at: datetime
    store: Store | None = None
    brand: Brand | None = None
    member: Member | None = None
    basket: Basket | None = None
    value_minor: int | None = None
    purchase: Purchase | None = None
    replayed: bool = False

    def __post_init__(self) -> None:
        """Raise ValueError for a value below zero."""
        if self.value_minor is not None and self.value_minor < 0:
            raise ValueError("A voucher gives no less than nothing.")


def existing(voucher: Voucher | None, brand: Brand | None) -> Voucher:
    """Return the voucher. Raises VoucherRefused when there is none for this brand."""
    if voucher is None:
        raise VoucherRefused(RefusalReason.UNKNOWN)
    if brand is not None and voucher.offer.brand_id != brand.pk:
        raise VoucherRefused(RefusalReason.OTHER_BRAND)
    return voucher


def check(voucher: Voucher, asked: AtTill) -> None:
    """Raise VoucherRefused when it is not theirs, void, or not valid at that moment."""
    if reason := _not_theirs(voucher, asked) or _not_valid(voucher, asked.occurred_at):
        raise VoucherRefused(reason)


def worth(voucher: Voucher, asked: AtTill) -> int:
    """Return the discount in minor units: of the basket, else as the till says.

    Without either, what follows from the purchase and the offer. Raises VoucherRefused when the
    basket does not meet the offer's terms.
    """
    if asked.basket is not None:
        (discount,) = quote([voucher.offer], asked.basket)
        if discount.against:
            raise VoucherRefused(discount.against)
        return discount.minor
    if asked.purchase and asked.purchase.currency != voucher.offer.currency:
        raise VoucherRefused(RefusalReason.OTHER_CURRENCY)
    return told(voucher, asked)


def told(voucher: Voucher, asked: AtTill) -> int:
    """Return what the till gave: what it says, else what the offer gives on the purchase."""
    if asked.value_minor is not None:
        return asked.value_minor
    return discount_on_purchase(voucher.offer, asked.purchase)


def holder_id(voucher: Voucher, asked: AtTill) -> int | None:
    """Whose use it is: the voucher's member, else whom the till identified."""
    return voucher.member_id or (asked.member.pk if asked.member else None)


def _not_theirs(voucher: Voucher, asked: AtTill) -> RefusalReason | None:
    if voucher.member_id is None:
        waits = voucher.pool is not None and not voucher.pool.is_bearer
        return RefusalReason.NOT_ASSIGNED if waits else None
    # One account is one household: they may use each other's.
    household = Member.objects.filter(pk=voucher.member_id).values_list("account_id", flat=True)
    if asked.member and asked.member.account_id != household.get():
        return RefusalReason.OTHER_MEMBER
    return None


def _not_valid(voucher: Voucher, at: datetime) -> RefusalReason | None:
    if voucher.voided_at:
        return RefusalReason.VOID
    if at < voucher.offer.valid_from:
        return RefusalReason.NOT_YET
    return RefusalReason.EXPIRED if at >= voucher.ends_at else None
