"""How often a voucher and its offer may be used: the lock, the claims, and giving a use back.

Sole writer of the counters (``Voucher.uses``, ``OfferTally``). Whoever changes a voucher, or a
reservation of it, holds the voucher's lock; then, in this order, the tally of everyone and the
tally of the member, where the offer has such a limit. Under these locks live reservations are
counted by their own end, so a reservation that ran out needs no job to stop counting. SQLite
ignores row locks: its transactions hold the one write lock from their begin.
"""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from loyalty.models import (
    Offer,
    OfferTally,
    RefusalReason,
    Voucher,
    VoucherReservation,
    VoucherUse,
)
from loyalty.voucher_refusals import VoucherRefused

Reservations = QuerySet[VoucherReservation]


def lock(code: str) -> Voucher | None:
    """Return the voucher of a code (as stored), locked until the transaction ends."""
    return _locked().filter(code=code).first()


def lock_again(voucher_id: int) -> Voucher:
    """Return a voucher that is known to exist, locked until the transaction ends."""
    return _locked().get(pk=voucher_id)


def live_reservations(now: datetime, besides: int | None = None) -> Reservations:
    """Reservations that hold a use at this moment, all ``besides`` one."""
    state = VoucherReservation.State.OPEN
    live = VoucherReservation.objects.filter(state=state, expires_at__gt=now)
    return live if besides is None else live.exclude(pk=besides)


def claim(voucher: Voucher, besides: int | None = None) -> bool:
    """Take one of a locked voucher's uses that nobody has reserved; False when none is left."""
    reserved = live_reservations(timezone.now(), besides).filter(voucher=voucher).count()
    left = Voucher.objects.filter(pk=voucher.pk, max_uses__gt=F("uses") + reserved, voided_at=None)
    return left.update(uses=F("uses") + 1) == 1


def is_free(voucher: Voucher) -> bool:
    """Whether a locked voucher has a use that is neither taken nor reserved."""
    reserved = live_reservations(timezone.now()).filter(voucher=voucher).count()
    return voucher.uses + reserved < voucher.max_uses


def why_not_free(voucher: Voucher) -> RefusalReason:
    """Tell which of the reasons a failed claim had."""
    if voucher.voided_at:
        return RefusalReason.VOID
    is_used = voucher.uses >= voucher.max_uses
    return RefusalReason.USED if is_used else RefusalReason.RESERVED


def claim_limits(offer: Offer, member_id: int | None, besides: int | None = None) -> None:
    """Count a use against the offer's limits. Raises VoucherRefused when one is reached."""
    now = timezone.now()
    if not offer.has_limits:
        _count_on(offer, member_id)
        return
    for limit, tallied in _limits(offer, member_id):
        if limit is None:
            _tallies(offer, tallied).update(uses=F("uses") + 1)
            continue
        tally = lock_tally(offer, tallied)
        room = limit - _reserved(offer, tallied, now, besides)
        if not OfferTally.objects.filter(pk=tally.pk, uses__lt=room).update(uses=F("uses") + 1):
            raise VoucherRefused(RefusalReason.LIMIT_REACHED)


def check_limits(offer: Offer, member_id: int | None) -> None:
    """Raise VoucherRefused unless the offer's limits allow a reservation; holds their locks."""
    now = timezone.now()
    for limit, tallied in _limits(offer, member_id):
        if limit is None:
            continue
        if lock_tally(offer, tallied).uses + _reserved(offer, tallied, now) >= limit:
            raise VoucherRefused(RefusalReason.LIMIT_REACHED)


def give_back(use: VoucherUse) -> None:
    """Count a use off its locked voucher and the limits of the offer."""
    Voucher.objects.filter(pk=use.voucher_id, uses__gt=0).update(uses=F("uses") - 1)
    offer = use.voucher.offer
    for member_id in {None, use.member_id}:
        _tallies(offer, member_id).filter(uses__gt=0).update(uses=F("uses") - 1)


def lock_tally(offer: Offer, member_id: int | None) -> OfferTally:
    """Return an offer's tally, locked; a new one begins with the uses there are."""
    tally = _tallies(offer, member_id).first()
    if tally is None:
        new = OfferTally(offer=offer, member_id=member_id, uses=_used(offer, member_id))
        # Another may open it at the same moment: the first one stands.
        OfferTally.objects.bulk_create([new], ignore_conflicts=True)
    return _tallies(offer, member_id).select_for_update().get()


def _locked() -> QuerySet[Voucher]:
    return Voucher.objects.select_for_update(of=("self",)).select_related("offer")


def _limits(offer: Offer, member_id: int | None) -> Iterator[tuple[int | None, int | None]]:
    """The limits with whom each is about: everyone (None) first, then the member."""
    if offer.per_member_limit and member_id is None:
        raise VoucherRefused(RefusalReason.MEMBER_NEEDED)
    yield offer.overall_limit, None
    if member_id is not None:
        yield offer.per_member_limit, member_id


def _count_on(offer: Offer, member_id: int | None) -> None:
    """Count a use where a limit was set before, and may be set again."""
    whose = Q(member=None) | Q(member_id=member_id) if member_id else Q(member=None)
    OfferTally.objects.filter(whose, offer=offer).update(uses=F("uses") + 1)


def _tallies(offer: Offer, member_id: int | None) -> QuerySet[OfferTally]:
    everyone = Q(member=None)
    whose = everyone if member_id is None else Q(member_id=member_id)
    return OfferTally.objects.filter(whose, offer=offer)


def _reserved(
    offer: Offer, member_id: int | None, now: datetime, besides: int | None = None
) -> int:
    live = live_reservations(now, besides).filter(offer=offer)
    return (live if member_id is None else live.filter(member_id=member_id)).count()


def _used(offer: Offer, member_id: int | None) -> int:
    uses = VoucherUse.objects.filter(voucher__offer=offer, is_counted=True, reversal=None)
    if member_id is not None:
        theirs = Q(member=None, voucher__member_id=member_id)
        uses = uses.filter(Q(member_id=member_id) | theirs)
    return uses.count()
