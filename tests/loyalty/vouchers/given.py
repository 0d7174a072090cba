"""Vouchers to begin with, and a till's requests about them."""

from itertools import count
from typing import Any

from django.utils import timezone

from loyalty import vouchers
from loyalty.models import Offer, RefusalReason, Voucher, VoucherUse
from loyalty.voucher_checks import AtTill
from loyalty.voucher_refusals import VoucherRefused
from profiles.models import Member

_numbers = count(1)


def given(offer: Offer, member: Member) -> Voucher:
    """The member's voucher of a campaign."""
    vouchers.issue([offer.pk], [member.pk])
    return Voucher.objects.select_related("offer").get(
        offer=offer, member=member, origin="campaign"
    )


def asked(code: str, key: str = "", **facts: Any) -> AtTill:
    """A request of the till; without a key, one of its own."""
    key = key or f"key-{next(_numbers)}"
    defaults = {"occurred_at": timezone.now(), "request_hash": f"hash of {code}"}
    return AtTill("till-1", key, code, **{**defaults, **facts})


def use(voucher: Voucher, key: str = "", **facts: Any) -> VoucherUse:
    """Use a voucher."""
    return vouchers.use_once(asked(voucher.code, key, **facts))


def refusal(act: Any, *args: Any, **facts: Any) -> RefusalReason | None:
    """Why something was refused; None when it was not."""
    try:
        act(*args, **facts)
    except VoucherRefused as refused:
        return refused.reason
    return None
