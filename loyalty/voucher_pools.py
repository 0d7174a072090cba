"""Pools of codes: made or imported ahead, assigned to members one by one.

Two at once never get the same code: a code is taken under its row's lock, those that others hold
are passed over (SKIP LOCKED; SQLite has one writer anyhow), and the conditional UPDATE decides.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from loyalty.models import Offer, Voucher, VoucherPool
from loyalty.voucher_codes import new_code

CHUNK = 5_000
MOST_AT_ONCE = 1_000_000

Pair = tuple[int, int]


class NoCodesLeft(Exception):
    """The pools of the offer have no code, or too few, that belong to nobody."""


def create(offer: Offer, name: str, *, is_bearer: bool = False) -> VoucherPool:
    """Open an empty pool of an offer."""
    return VoucherPool.objects.create(offer=offer, name=name, is_bearer=is_bearer)


@transaction.atomic
def generate(pool: VoucherPool, count: int) -> int:
    """Add fresh codes of 80 random bits; returns how many. Raises ValueError beyond a million."""
    if not 0 < count <= MOST_AT_ONCE:
        raise ValueError(f"Between one and {MOST_AT_ONCE:,} codes can be made at once.")
    for start in range(0, count, CHUNK):
        add(pool, [new_code() for _ in range(min(CHUNK, count - start))])
    return count


def add(pool: VoucherPool, codes: Iterable[str]) -> None:
    """Add codes as they are stored. Raises IntegrityError when one exists."""
    uses, now = pool.offer.uses_per_voucher, timezone.now()
    Voucher.objects.bulk_create(
        Voucher(
            offer_id=pool.offer_id,
            pool=pool,
            code=code,
            origin=Voucher.Origin.POOL,
            max_uses=uses,
            issued_at=now,
        )
        for code in codes
    )


def left(pool: VoucherPool) -> int:
    """Return how many codes of a pool belong to nobody; for a bearer pool, all that are good."""
    return pool.vouchers.filter(member=None, voided_at=None).count()


def offers_with_codes_to_assign() -> set[int]:
    """Return the numbers of the offers that give codes of a pool, even of an empty one."""
    return set(VoucherPool.objects.filter(is_bearer=False).values_list("offer_id", flat=True))


def take_one(offer: Offer, facts: dict[str, Any]) -> Voucher:
    """Give the next code of an offer's pools away, with these facts. Raises NoCodesLeft."""
    while voucher := _next(offer.pk, 1).first() or _wait_for(offer.pk, 1).first():
        if _claim(voucher, facts):
            return Voucher.objects.select_related("offer").get(pk=voucher.pk)
    raise NoCodesLeft("No code is left.")


def _claim(voucher: Voucher, facts: dict[str, Any]) -> bool:
    free = Voucher.objects.filter(pk=voucher.pk, member=None, voided_at=None)
    return free.update(issued_at=timezone.now(), **facts) == 1


def assign_pairs(pairs: Iterable[Pair], now: datetime) -> int:
    """Give codes of pools to (offer id, member id) pairs for a campaign; all, or NoCodesLeft."""
    wanted: dict[int, list[int]] = {}
    for offer_id, member_id in sorted(pairs):
        wanted.setdefault(offer_id, []).append(member_id)
    for offer_id, members in wanted.items():
        codes = _take(offer_id, len(members))
        _assign(list(zip(codes, members, strict=True)), now)
    return sum(len(members) for members in wanted.values())


def _take(offer_id: int, count: int) -> list[int]:
    free = _next(offer_id, count)
    codes = list(free.values_list("pk", flat=True))
    if len(codes) < count:
        # Some may be held by a transaction that is undone: wait and see.
        codes = list(_wait_for(offer_id, count).values_list("pk", flat=True))
    if len(codes) < count:
        missing = f"{count - len(codes):,} voucher codes are missing in the pool of an offer."
        raise NoCodesLeft(missing)
    return codes


def _next(offer_id: int, count: int) -> QuerySet[Voucher]:
    return _free(offer_id).select_for_update(skip_locked=True, of=("self",))[:count]


def _wait_for(offer_id: int, count: int) -> QuerySet[Voucher]:
    return _free(offer_id).select_for_update(of=("self",))[:count]


def _free(offer_id: int) -> QuerySet[Voucher]:
    pools = list(VoucherPool.objects.filter(offer_id=offer_id, is_bearer=False))
    free = Voucher.objects.filter(pool__in=pools, member=None, voided_at=None)
    return free.order_by("pool_id", "pk")


def _assign(codes: list[tuple[int, int]], now: datetime) -> None:
    campaign = Voucher.Origin.CAMPAIGN.value
    at = connection.ops.adapt_datetimefield_value(now)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "UPDATE loyalty_voucher SET member_id = u.m, origin = %s, issued_at = %s"
                " FROM unnest(%s::bigint[], %s::bigint[]) AS u(pk, m) WHERE id = u.pk",
                [campaign, at, *map(list, zip(*codes, strict=True))],
            )
            return
        cursor.executemany(
            "UPDATE loyalty_voucher SET member_id = %s, origin = %s, issued_at = %s WHERE id = %s",
            [(member, campaign, at, pk) for pk, member in codes],
        )
