"""What the codes a customer shows would give on a basket, in stacking order; uses nothing.

A code that gives nothing is told apart in no way from one that does not exist, and trying codes
here is counted like trying them in earnest.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.db import transaction

from loyalty.discounts import Basket, Discount
from loyalty.models import Voucher
from loyalty.offer_terms import quote
from loyalty.voucher_checks import AtTill, check, existing, holder_id
from loyalty.voucher_codes import read_code
from loyalty.voucher_limits import check_limits, is_free, why_not_free
from loyalty.voucher_refusals import VoucherRefused, recording, turn_away_guessers


@dataclass(frozen=True)
class Quoted:
    """What one code gives; None of both for a code that gives nothing."""

    code: str
    voucher: Voucher | None = None
    discount: Discount | None = None


def quote_codes(asked: AtTill, codes: Sequence[str], basket: Basket) -> list[Quoted]:
    """Return what each code gives, those that give something first, in their order.

    ``asked`` is the till's request, its ``code`` aside. The same code twice counts once.
    """
    found: dict[int, tuple[str, Voucher]] = {}
    refused = []
    for code in codes:
        voucher = _voucher(replace(asked, code=code))
        if voucher is None or voucher.pk in found:
            refused.append(Quoted(code))
        else:
            found[voucher.pk] = (code, voucher)
    ordered = sorted(found.values(), key=_order)
    discounts = quote([voucher.offer for _code, voucher in ordered], basket)
    quoted = [
        Quoted(code, voucher, discount) if discount.against is None else Quoted(code)
        for (code, voucher), discount in zip(ordered, discounts, strict=True)
    ]
    return sorted(quoted + refused, key=lambda one: one.voucher is None)


def _voucher(asked: AtTill) -> Voucher | None:
    try:
        with recording(asked.source, asked.code, asked.store):
            return _usable(asked)
    except VoucherRefused:
        return None


def _usable(asked: AtTill) -> Voucher:
    turn_away_guessers(asked.source)
    code = read_code(asked.code)
    found = Voucher.objects.select_related("offer", "pool").filter(code=code).first()
    voucher = existing(found, asked.brand)
    check(voucher, asked)
    if not is_free(voucher):
        raise VoucherRefused(why_not_free(voucher))
    with transaction.atomic():  # the limits are read under their locks
        check_limits(voucher.offer, holder_id(voucher, asked))
    return voucher


def _order(found: tuple[str, Voucher]) -> tuple[int, int]:
    """As discounts are applied, so that each comes out beside its voucher."""
    offer = found[1].offer
    return offer.stacking_order, offer.pk
