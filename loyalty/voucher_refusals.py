"""Refusals at the till: one for every reason outwards, with the reason kept for the service desk.

A source that keeps trying codes that do not exist is refused everything for a while; the tries of
one that is refused are recorded only where the code is real, so that nobody can fill the table.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from loyalty import rate_limits
from loyalty.models import RefusalReason, Voucher, VoucherRefusal
from loyalty.voucher_codes import code_hash, read_code
from profiles.models import Store

REFUSAL = "This voucher cannot be used."
GUESSES, GUESSING_SECONDS = 20, 600  # unknown codes a source may try
SCOPE = "voucher guesses"


class VoucherRefused(Exception):
    """No voucher to be used under this code, now and here.

    Its text is the same for every reason. ``reason`` is for staff and for what is recorded; it
    must not reach a till.
    """

    def __init__(self, reason: RefusalReason = RefusalReason.UNKNOWN) -> None:
        super().__init__(REFUSAL)
        self.reason = reason


@contextmanager
def recording(source: str, code: str, store: Store | None = None) -> Iterator[None]:
    """Record the refusal that comes out, after its transaction was undone, and let it go on.

    It must stand outside of any transaction that the refusal undoes.
    """
    try:
        yield
    except VoucherRefused as refused:
        _record(refused.reason, source, code, store)
        raise


def turn_away_guessers(source: str) -> None:
    """Raise VoucherRefused for a source of too many unknown codes.

    Codes tried at the very same moment pass together: at most as many as there are processes.
    """
    if rate_limits.is_spent(SCOPE, source, GUESSES, GUESSING_SECONDS):
        raise VoucherRefused(RefusalReason.THROTTLED)


def why_refused(code: str) -> list[VoucherRefusal]:
    """Return when, where and why a code was refused, the latest first; for the service desk."""
    refusals = VoucherRefusal.objects.filter(code_hash=code_hash(code))
    return list(refusals.select_related("store", "voucher").order_by("-at", "-pk"))


def forget(before: datetime) -> int:
    """Delete refusals older than a moment; returns how many."""
    deleted, _by_model = VoucherRefusal.objects.filter(at__lt=before).delete()
    return deleted


def _record(reason: RefusalReason, source: str, code: str, store: Store | None) -> None:
    if reason == RefusalReason.UNKNOWN:
        rate_limits.spend(SCOPE, source, GUESSES, GUESSING_SECONDS)
    voucher = Voucher.objects.filter(code=read_code(code)).first()
    if voucher is None and reason == RefusalReason.THROTTLED:
        return
    VoucherRefusal.objects.create(
        reason=reason, source=source, store=store, voucher=voucher, code_hash=code_hash(code)
    )
