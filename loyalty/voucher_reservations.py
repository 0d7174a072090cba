"""Reserve, capture, release: a till sets a use aside while its customer is still paying.

A live reservation counts like a use. One that ran out holds nothing from that moment on, whether
or not anything ran: it is captured only while a use is still free. Sole writer of reservations;
who writes one holds its voucher's lock.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from loyalty import voucher_limits, voucher_uses
from loyalty.idempotency import KeyReused, check_same_body
from loyalty.models import Purchase, Voucher, VoucherReservation, VoucherUse
from loyalty.voucher_checks import AtTill, check, existing, holder_id, worth
from loyalty.voucher_codes import read_code
from loyalty.voucher_refusals import VoucherRefused, recording, turn_away_guessers
from profiles.models import Brand

LASTS = timedelta(minutes=15)
State = VoucherReservation.State


class ReservationClosed(Exception):
    """The reservation was captured or released already; its till knows it, so this is told."""


@dataclass(frozen=True)
class Request:
    """Who asks, under which key, and the hash of what was asked."""

    source: str
    key: str
    body_hash: str = ""


@dataclass(frozen=True)
class Told:
    """What the till tells of the use it made of a reservation."""

    value_minor: int | None
    purchase: Purchase | None
    occurred_at: datetime


def reserve(asked: AtTill, lasts: timedelta = LASTS) -> VoucherReservation:
    """Set a use aside; the same key gives the same reservation, whatever became of it.

    Raises VoucherRefused, KeyReused.
    """
    with recording(asked.source, asked.code, asked.store):
        try:
            with transaction.atomic():
                return _find(asked) or _reserve(asked, lasts)
        except IntegrityError:
            # The same key at the same moment with another code: the other request won.
            earlier = _find(asked)
            if earlier is None:
                raise
            return earlier


def find(brand: Brand, public_id: UUID) -> VoucherReservation | None:
    """Return the brand's reservation of this number."""
    ours = VoucherReservation.objects.filter(offer__brand=brand, public_id=public_id)
    return ours.select_related("voucher", "store").first()


def is_live(reservation: VoucherReservation, now: datetime | None = None) -> bool:
    """Whether it holds a use."""
    return reservation.state == State.OPEN and (now or timezone.now()) < reservation.expires_at


def capture(
    reservation: VoucherReservation,
    request: Request,
    *,
    value_minor: int | None = None,
    purchase: Purchase | None = None,
    occurred_at: datetime | None = None,
) -> VoucherUse:
    """Turn a reservation into a use; the same key gives the same use.

    The value (minor units) is what the till says it gave, else what was reserved. Raises
    VoucherRefused when it was voided, or ran out and nothing is free; ReservationClosed; KeyReused.
    """
    with recording(request.source, reservation.voucher.code, reservation.store):
        try:
            with transaction.atomic():
                if earlier := _find_use(request):
                    return earlier
                voucher = _close(reservation, State.CAPTURED)
                told = Told(value_minor, purchase, occurred_at or timezone.now())
                return _capture(reservation, voucher, request, told)
        except (IntegrityError, ReservationClosed):
            earlier = _find_use(request)
            if earlier is None:
                raise
            return earlier


def release(reservation: VoucherReservation, request: Request) -> VoucherReservation:
    """Let a reservation go; releasing it again changes nothing.

    Raises ReservationClosed when it was captured, KeyReused when the key released another one.
    """
    try:
        with transaction.atomic():
            return _release(reservation, request)
    except IntegrityError:
        raise KeyReused("This idempotency key released another reservation.") from None


def _find(asked: AtTill) -> VoucherReservation | None:
    same_key = VoucherReservation.objects.filter(source=asked.source, idempotency_key=asked.key)
    earlier = same_key.select_related("voucher__offer").first()
    if earlier:
        check_same_body(earlier.request_hash, asked.request_hash)
    return earlier


def _find_use(request: Request) -> VoucherUse | None:
    return voucher_uses.find(request.source, request.key, request.body_hash)


def _reserve(asked: AtTill, lasts: timedelta) -> VoucherReservation:
    turn_away_guessers(asked.source)
    found = voucher_limits.lock(read_code(asked.code))
    # A repetition may have waited for the lock while the first request was served.
    if earlier := _find(asked):
        return earlier
    voucher = existing(found, asked.brand)
    check(voucher, asked)
    if not voucher_limits.is_free(voucher):
        raise VoucherRefused(voucher_limits.why_not_free(voucher))
    value = worth(voucher, asked)
    voucher_limits.check_limits(voucher.offer, holder_id(voucher, asked))
    now = timezone.now()
    return VoucherReservation.objects.create(
        voucher=voucher,
        offer=voucher.offer,
        member_id=holder_id(voucher, asked),
        store=asked.store,
        source=asked.source,
        idempotency_key=asked.key,
        request_hash=asked.request_hash,
        value_minor=value,
        currency=voucher.offer.currency,
        reserved_at=now,
        expires_at=now + lasts,
    )


def _close(reservation: VoucherReservation, state: State, **facts: str) -> Voucher:
    """Close an open reservation under its voucher's lock; returns the voucher."""
    voucher = voucher_limits.lock_again(reservation.voucher_id)
    still_open = VoucherReservation.objects.filter(pk=reservation.pk, state=State.OPEN)
    if not still_open.update(state=state, closed_at=timezone.now(), **facts):
        raise ReservationClosed("This reservation was captured or released before.")
    return voucher


def _capture(
    reservation: VoucherReservation, voucher: Voucher, request: Request, told: Told
) -> VoucherUse:
    if not voucher_limits.claim(voucher):
        raise VoucherRefused(voucher_limits.why_not_free(voucher))
    voucher_limits.claim_limits(voucher.offer, reservation.member_id)
    asked = AtTill(
        source=request.source,
        key=request.key,
        code=voucher.code,
        request_hash=request.body_hash,
        occurred_at=told.occurred_at,
        store=reservation.store,
        purchase=told.purchase,
    )
    reservation.refresh_from_db(fields=["state", "closed_at"])
    value = reservation.value_minor if told.value_minor is None else told.value_minor
    return voucher_uses.write(voucher, asked, value, reservation=reservation)


def _release(reservation: VoucherReservation, request: Request) -> VoucherReservation:
    voucher_limits.lock_again(reservation.voucher_id)
    same_key = VoucherReservation.objects.filter(
        source=reservation.source, closing_key=request.key
    ).first()
    if same_key:
        asked = f"{reservation.pk} {request.body_hash}"
        check_same_body(f"{same_key.pk} {same_key.closing_hash}", asked)
        return same_key
    reservation.refresh_from_db()
    if reservation.state == State.OPEN:
        facts = {"closing_key": request.key, "closing_hash": request.body_hash}
        _close(reservation, State.RELEASED, **facts)
        reservation.refresh_from_db()
    if reservation.state == State.CAPTURED:
        raise ReservationClosed("This reservation was captured before.")
    return reservation
