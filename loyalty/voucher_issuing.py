"""Vouchers come and go: issued in bulk or singly, released, voided, replaced by another.

A campaign gives each member one voucher of an offer. Offers with a pool of codes to assign give
those; all others get fresh codes. What a tally counts is changed by ``voucher_limits`` alone.
"""

from collections.abc import Iterable
from datetime import datetime
from itertools import islice, product

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from loyalty import voucher_limits, voucher_pools
from loyalty.idempotency import KeyReused
from loyalty.models import Offer, Voucher
from loyalty.voucher_codes import new_code
from profiles.models import Member, User

CHUNK = 5_000  # pairs a statement; SQLite allows 32,766 parameters

# What a campaign's voucher is born with; columns that may be null stay so.
_INTO = """INSERT INTO loyalty_voucher (offer_id, member_id, code, max_uses, issued_at,
    origin, source, issue_key, uses, void_reason, void_note)"""
_BORN_WITH = "'campaign', '', '', 0, '', ''"
_INSERT = f"{_INTO} VALUES (%s, %s, %s, %s, %s, {_BORN_WITH}) ON CONFLICT DO NOTHING"
_INSERT_ON_POSTGRESQL = f"""{_INTO} SELECT fresh.*, %s, {_BORN_WITH}
    FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::smallint[]) AS fresh
    ON CONFLICT DO NOTHING"""  # noqa: S608 - constants

Pair = tuple[int, int]
Known = tuple[int, bool]
Origin = Voucher.Origin
Reason = Voucher.VoidReason


class NotReissuable(Exception):
    """The voucher has no use left, or was replaced already."""


def issue(offer_ids: Iterable[int], member_ids: Iterable[int]) -> int:
    """Give each member one voucher of each offer; see issue_pairs."""
    return issue_pairs(product(offer_ids, member_ids))


@transaction.atomic
def issue_pairs(pairs: Iterable[Pair]) -> int:
    """Give vouchers to (offer id, member id) pairs; a pair that has one keeps it.

    A released voucher comes back with its old code. Returns how many are new. Raises NoCodesLeft,
    and gives none to anyone, when an offer's pool has too few codes.
    """
    uses = dict(Offer.objects.values_list("pk", "uses_per_voucher"))
    pooled = voucher_pools.offers_with_codes_to_assign()
    now, waiting, new = timezone.now(), iter(pairs), 0
    while chunk := set(islice(waiting, CHUNK)):
        known = _known(chunk)
        _bring_back(known.values())
        wanted = chunk - known.keys()
        out_of_pools = {pair for pair in wanted if pair[0] in pooled}
        new += voucher_pools.assign_pairs(out_of_pools, now)
        # Two campaigns may promise the same offer at once: the first to arrive gives the code.
        new += _insert([(o, m, new_code(), uses[o]) for o, m in wanted - out_of_pools], now)
    return new


def issue_one(
    offer: Offer,
    member: Member,
    *,
    source: str,
    key: str,
    valid_until: datetime | None = None,
    by: User | None = None,
) -> Voucher:
    """Give a member one more voucher of an offer; the same source and key give the same one.

    Raises NoCodesLeft when the offer gives codes of a pool and it is empty, and KeyReused when
    the key issued another offer's voucher, or another member's.
    """
    facts = {"member": member, "source": source, "issue_key": key}
    facts |= {"valid_until": valid_until, "issued_by": by}
    try:
        with transaction.atomic():
            return _issued(offer, member, source, key) or _issue_one(offer, facts)
    except IntegrityError:
        # The same key at the same moment: the other request won.
        earlier = _issued(offer, member, source, key)
        if earlier is None:
            raise
        return earlier


def release(offer_ids: Iterable[int], member_ids: Iterable[int]) -> int:
    """Void the unused campaign vouchers of these members for these offers; returns how many."""
    members, voided = iter(member_ids), 0
    offers = list(offer_ids)
    while chunk := list(islice(members, CHUNK)):
        unused = Voucher.objects.filter(
            offer__in=offers, member__in=chunk, origin=Origin.CAMPAIGN, uses=0, voided_at=None
        )
        voided += unused.update(voided_at=timezone.now(), void_reason=Reason.RELEASED)
    return voided


def void(
    voucher: Voucher, reason: str = Reason.CANCELLED, *, note: str = "", by: User | None = None
) -> bool:
    """Void a voucher from now on; False when it was void already. Its past uses stay."""
    still_good = Voucher.objects.filter(pk=voucher.pk, voided_at=None)
    return bool(
        still_good.update(
            voided_at=timezone.now(), void_reason=reason, void_note=note[:200], voided_by=by
        )
    )


@transaction.atomic
def reissue(
    voucher: Voucher,
    *,
    note: str = "",
    by: User | None = None,
    valid_until: datetime | None = None,
) -> Voucher:
    """Void a voucher and give its member another code for the uses that are left.

    Asked again, returns the same replacement. A live reservation of the old code can no longer be
    captured. Raises NotReissuable.
    """
    old = voucher_limits.lock_again(voucher.pk)
    if earlier := Voucher.objects.filter(replaces=old).first():
        return earlier
    left = old.max_uses - old.uses
    if not left or not void(old, Reason.REISSUED, note=note, by=by):
        raise NotReissuable("There is nothing left to replace.")
    return Voucher.objects.create(
        offer=old.offer,
        member=old.member,
        pool=old.pool,
        code=new_code(),
        origin=Origin.REISSUE,
        max_uses=left,
        valid_until=valid_until or old.valid_until,
        issued_by=by,
        replaces=old,
    )


def _issued(offer: Offer, member: Member, source: str, key: str) -> Voucher | None:
    earlier = Voucher.objects.filter(source=source, issue_key=key).select_related("offer").first()
    if earlier and (earlier.offer_id, earlier.member_id) != (offer.pk, member.pk):
        raise KeyReused("This key issued another voucher.")
    return earlier


def _issue_one(offer: Offer, facts: dict[str, object]) -> Voucher:
    if offer.pk in voucher_pools.offers_with_codes_to_assign():
        return voucher_pools.take_one(offer, facts)
    fresh = {"code": new_code(), "origin": Origin.SINGLE, "max_uses": offer.uses_per_voucher}
    return Voucher.objects.create(offer=offer, **fresh, **facts)


def _insert(rows: list[tuple[int, int, str, int]], now: datetime) -> int:
    """Insert offer, member, code and uses; a pair that was given one meanwhile keeps that.

    Plain SQL: the ORM would build an object a row and send every default with it.
    """
    if not rows:
        return 0
    at = connection.ops.adapt_datetimefield_value(now)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_INSERT_ON_POSTGRESQL, [at, *map(list, zip(*rows, strict=True))])
        else:
            cursor.executemany(_INSERT, [(*row, at) for row in rows])
        return int(cursor.rowcount)


def _known(pairs: set[Pair]) -> dict[Pair, Known]:
    """Return number and "was released" of the campaign vouchers that some of the pairs have."""
    offers, members = ({pair[side] for pair in pairs} for side in (0, 1))
    there = Voucher.objects.filter(offer__in=offers, member__in=members, origin=Origin.CAMPAIGN)
    rows = there.values_list("offer_id", "member_id", "pk", "voided_at")
    found = {(offer, member): (pk, bool(voided)) for offer, member, pk, voided in rows}
    return {pair: found[pair] for pair in pairs & found.keys()}


def _bring_back(known: Iterable[Known]) -> None:
    """Let released vouchers hold again; what was voided for another reason stays void."""
    if voided := [pk for pk, was_voided in known if was_voided]:
        released = Voucher.objects.filter(
            pk__in=voided, uses=0, void_reason__in=["", Reason.RELEASED]
        )
        released.update(voided_at=None, void_reason="")
