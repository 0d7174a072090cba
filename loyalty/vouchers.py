"""Vouchers: issuing codes in bulk, redeeming one, releasing unused ones. Sole writer of them.

However many tills send the same code at once, a voucher is used at most ``max_uses`` times: the
use is claimed by a conditional UPDATE whose row count decides. There is one refusal for every
reason, so that nobody learns from it whether a code exists.
"""

from collections.abc import Iterable
from datetime import datetime
from itertools import islice, product

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from loyalty.discounts import discount_minor
from loyalty.idempotency import check_same_body
from loyalty.models import Offer, Purchase, Voucher, VoucherUse
from loyalty.signals import voucher_redeemed
from loyalty.voucher_codes import grouped, new_code, read_code
from profiles.models import Brand, Store

__all__ = ["grouped", "issue", "issue_pairs", "new_code", "redeem", "release"]

REFUSAL = "This voucher cannot be used."
CHUNK = 5_000  # pairs a statement; SQLite allows 32,766 parameters

Pair = tuple[int, int]


class VoucherRefused(Exception):
    """No voucher to be used under this code, now and here; the reason is not told."""

    def __init__(self) -> None:
        super().__init__(REFUSAL)


def issue(offer_ids: Iterable[int], member_ids: Iterable[int]) -> int:
    """Give each member one voucher of each offer; see issue_pairs."""
    return issue_pairs(product(offer_ids, member_ids))


@transaction.atomic
def issue_pairs(pairs: Iterable[Pair]) -> int:
    """Give vouchers to (offer id, member id) pairs; a pair that has one keeps it.

    A released voucher comes back with its old code. Returns how many codes are new.
    """
    uses = dict(Offer.objects.values_list("pk", "uses_per_voucher"))
    now, waiting, new = timezone.now(), iter(pairs), 0
    while chunk := set(islice(waiting, CHUNK)):
        known = _known(chunk)
        _bring_back(known.values())
        vouchers = [
            Voucher(offer_id=o, member_id=m, code=new_code(), max_uses=uses[o], issued_at=now)
            for o, m in chunk - known.keys()
        ]
        # Two campaigns may promise the same offer at once: the first to arrive gives the code.
        Voucher.objects.bulk_create(vouchers, ignore_conflicts=True)
        new += len(vouchers)
    return new


def release(offer_ids: Iterable[int], member_ids: Iterable[int]) -> int:
    """Void the unused vouchers of these members for these offers; returns how many."""
    members, voided = iter(member_ids), 0
    offers = list(offer_ids)
    while chunk := list(islice(members, CHUNK)):
        unused = Voucher.objects.filter(offer__in=offers, member__in=chunk, uses=0, voided_at=None)
        voided += unused.update(voided_at=timezone.now())
    return voided


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
) -> VoucherUse:
    """Use a voucher once; repeated under its key, return the first use.

    ``occurred_at`` decides whether the offer is valid: a till may have been offline. The value
    (minor units) is what the till gave, else what the offer says. Raises VoucherRefused, KeyReused.
    """
    use = VoucherUse(
        source=source,
        idempotency_key=key,
        request_hash=request_hash,
        occurred_at=occurred_at,
        store=store,
        purchase=purchase,
        replayed=replayed,
    )
    try:
        with transaction.atomic():
            return _find(use) or _redeem(use, read_code(code), brand, value_minor)
    except IntegrityError:
        # The same key at the same moment with another code: the other request won.
        earlier = _find(use)
        if earlier is None:
            raise
        return earlier


def _redeem(use: VoucherUse, code: str, brand: Brand | None, value: int | None) -> VoucherUse:
    voucher = _lock(code)
    # A repetition may have waited for the lock while the first request took the last use.
    if earlier := _find(use):
        return earlier
    if voucher is None or not _is_valid(voucher, use.occurred_at, brand) or not _claim(voucher):
        raise VoucherRefused
    use.voucher = voucher
    use.currency = voucher.offer.currency
    use.value_minor = discount_minor(voucher.offer, use.purchase) if value is None else value
    use.save(force_insert=True)
    voucher.refresh_from_db(fields=["uses"])
    voucher_redeemed.send(sender=VoucherUse, use=use)
    return use


def _find(use: VoucherUse) -> VoucherUse | None:
    same_key = VoucherUse.objects.filter(source=use.source, idempotency_key=use.idempotency_key)
    earlier = same_key.select_related("voucher__offer").first()
    if earlier:
        check_same_body(earlier.request_hash, use.request_hash)
    return earlier


def _lock(code: str) -> Voucher | None:
    vouchers = Voucher.objects.select_for_update(of=("self",)).select_related("offer")
    return vouchers.filter(code=code).first()


def _is_valid(voucher: Voucher, at: datetime, brand: Brand | None) -> bool:
    offer = voucher.offer
    ours = brand is None or offer.brand_id == brand.pk
    return ours and offer.valid_from <= at < offer.valid_until


def _claim(voucher: Voucher) -> bool:
    left = Voucher.objects.filter(pk=voucher.pk, uses__lt=F("max_uses"), voided_at=None)
    return left.update(uses=F("uses") + 1) == 1


def _known(pairs: set[Pair]) -> dict[Pair, tuple[int, bool]]:
    """Return number and "was released" of the vouchers that some of the pairs have."""
    offers, members = ({pair[side] for pair in pairs} for side in (0, 1))
    there = Voucher.objects.filter(offer__in=offers, member__in=members)
    rows = there.values_list("offer_id", "member_id", "pk", "voided_at")
    found = {(offer, member): (pk, bool(voided)) for offer, member, pk, voided in rows}
    return {pair: found[pair] for pair in pairs & found.keys()}


def _bring_back(known: Iterable[tuple[int, bool]]) -> None:
    if released := [pk for pk, was_released in known if was_released]:
        Voucher.objects.filter(pk__in=released, uses=0).update(voided_at=None)
