"""Vouchers at the till: using one, telling what happened offline, undoing a use.

However many tills send the same code at once, a voucher is used at most ``max_uses`` times, and
an offer as often as its limits allow: the use is claimed by a conditional UPDATE whose row count
decides. There is one refusal for every reason, so that nobody learns from it whether a code
exists; the reason is recorded for the service desk once the refused transaction is undone.

The tables have one writer each: ``voucher_issuing`` and ``voucher_pools`` vouchers,
``voucher_limits`` their counters, ``voucher_uses`` uses, ``voucher_reservations`` reservations,
``voucher_refusals`` refusals, and this module reversals.
"""

from collections.abc import Callable
from datetime import datetime

from django.db import IntegrityError, transaction

from loyalty import voucher_uses
from loyalty.discounts import Basket
from loyalty.idempotency import check_same_body
from loyalty.models import (
    Purchase,
    Refund,
    RefusalReason,
    Voucher,
    VoucherUse,
    VoucherUseReversal,
)
from loyalty.voucher_checks import AtTill, check, existing, holder_id, told, worth
from loyalty.voucher_codes import grouped, new_code, read_code
from loyalty.voucher_issuing import issue, issue_one, issue_pairs, reissue, release, void
from loyalty.voucher_limits import claim as _claim
from loyalty.voucher_limits import claim_limits, give_back, lock_again, why_not_free
from loyalty.voucher_limits import lock as _lock
from loyalty.voucher_refusals import VoucherRefused, recording, turn_away_guessers, why_refused
from profiles.models import Brand, Member, Store

__all__ = [
    "AtTill",
    "NotReturnable",
    "VoucherRefused",
    "grouped",
    "issue",
    "issue_one",
    "issue_pairs",
    "new_code",
    "record_offline",
    "redeem",
    "reissue",
    "release",
    "reverse_use",
    "use_once",
    "void",
    "why_refused",
]


class NotReturnable(Exception):
    """The offer does not give its vouchers back when the purchase is returned."""


def redeem(
    source: str,
    key: str,
    code: str,
    request_hash: str,
    occurred_at: datetime,
    store: Store | None = None,
    purchase: Purchase | None = None,
    replayed: bool = False,
    *,
    brand: Brand | None = None,
    value_minor: int | None = None,
    member: Member | None = None,
    basket: Basket | None = None,
) -> VoucherUse:
    """Use a voucher once; see use_once, which takes all of this as one request."""
    return use_once(
        AtTill(
            source=source,
            key=key,
            code=code,
            request_hash=request_hash,
            occurred_at=occurred_at,
            store=store,
            purchase=purchase,
            replayed=replayed,
            brand=brand,
            value_minor=value_minor,
            member=member,
            basket=basket,
        )
    )


def use_once(asked: AtTill) -> VoucherUse:
    """Use a voucher once; repeated under its key, return the first use.

    ``occurred_at`` decides whether it is valid: a till may have been slow. The value (minor
    units) follows from the basket, else from what the till says, else from the purchase and the
    offer. Raises VoucherRefused, KeyReused.
    """
    return _once(asked, _redeem)


def record_offline(asked: AtTill) -> VoucherUse:
    """Keep what a till accepted while it was offline; repeated under its key, the first record.

    What would have been refused is kept all the same, with ``over_limit`` set and the reason in
    ``against``; it takes one of the voucher's uses where one is left. Raises VoucherRefused only
    when the brand has no such code (or the source guesses), KeyReused.
    """
    return _once(asked, _record_offline)


def reverse_use(
    use: VoucherUse,
    source: str,
    key: str,
    request_hash: str = "",
    *,
    refund: Refund | None = None,
) -> VoucherUseReversal:
    """Undo a use whose purchase was returned: the voucher has one more use, the limits too.

    A use is undone once, whatever the key. Raises NotReturnable, KeyReused.
    """
    with transaction.atomic():
        voucher = lock_again(use.voucher_id)
        same_key = VoucherUseReversal.objects.filter(source=source, idempotency_key=key).first()
        if same_key:
            asked = f"{use.pk} {request_hash}"
            check_same_body(f"{same_key.use_id} {same_key.request_hash}", asked)
            return same_key
        if earlier := VoucherUseReversal.objects.filter(use=use).first():
            return earlier
        if not voucher.offer.comes_back:
            raise NotReturnable
        if use.is_counted:
            give_back(use)
        return VoucherUseReversal.objects.create(
            use=use, refund=refund, source=source, idempotency_key=key, request_hash=request_hash
        )


def _once(asked: AtTill, act: Callable[[AtTill], VoucherUse]) -> VoucherUse:
    with recording(asked.source, asked.code, asked.store):
        try:
            with transaction.atomic():
                return _find(asked) or act(asked)
        except IntegrityError:
            # The same key at the same moment with another code: the other request won.
            earlier = _find(asked)
            if earlier is None:
                raise
            return earlier


def _find(asked: AtTill) -> VoucherUse | None:
    return voucher_uses.find(asked.source, asked.key, asked.request_hash)


def _redeem(asked: AtTill) -> VoucherUse:
    turn_away_guessers(asked.source)
    found = _lock(read_code(asked.code))
    # A repetition may have waited for the lock while the first request took the last use.
    if earlier := _find(asked):
        return earlier
    voucher = existing(found, asked.brand)
    check(voucher, asked)
    value = worth(voucher, asked)
    _claim_all(voucher, asked)
    return voucher_uses.write(voucher, asked, value)


def _record_offline(asked: AtTill) -> VoucherUse:
    turn_away_guessers(asked.source)
    found = _lock(read_code(asked.code))
    if earlier := _find(asked):
        return earlier
    voucher = existing(found, asked.brand)
    against = _first_refusal(lambda: check(voucher, asked), lambda: worth(voucher, asked))
    not_left = _first_refusal(lambda: _claim_apart(voucher, asked))
    value = _value_offline(voucher, asked)
    reason = against or not_left
    return voucher_uses.write(voucher, asked, value, against=reason, is_counted=not_left is None)


def _claim_all(voucher: Voucher, asked: AtTill) -> None:
    if not _claim(voucher):
        raise VoucherRefused(why_not_free(voucher))
    claim_limits(voucher.offer, holder_id(voucher, asked))


def _claim_apart(voucher: Voucher, asked: AtTill) -> None:
    """Claim everything or nothing; the transaction around it goes on."""
    with transaction.atomic():
        _claim_all(voucher, asked)


def _first_refusal(*steps: Callable[[], object]) -> RefusalReason | None:
    try:
        for step in steps:
            step()
    except VoucherRefused as refused:
        return refused.reason
    return None


def _value_offline(voucher: Voucher, asked: AtTill) -> int:
    """What was given at the counter is a fact: what the till says goes before the arithmetic."""
    if asked.value_minor is not None or asked.basket is None:
        return told(voucher, asked)
    try:
        return worth(voucher, asked)
    except VoucherRefused:
        return 0
