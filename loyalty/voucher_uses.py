"""Uses of vouchers, written once per request and never changed. Sole writer of them."""

from loyalty.idempotency import check_same_body
from loyalty.models import RefusalReason, Voucher, VoucherReservation, VoucherUse
from loyalty.signals import voucher_redeemed
from loyalty.voucher_checks import AtTill, holder_id


def find(source: str, key: str, request_hash: str) -> VoucherUse | None:
    """Return what this request used before, or None. Raises KeyReused for another body."""
    same_key = VoucherUse.objects.filter(source=source, idempotency_key=key)
    earlier = same_key.select_related("voucher__offer").first()
    if earlier:
        check_same_body(earlier.request_hash, request_hash)
    return earlier


def write(
    voucher: Voucher,
    asked: AtTill,
    value_minor: int,
    *,
    reservation: VoucherReservation | None = None,
    against: RefusalReason | None = None,
    is_counted: bool = True,
) -> VoucherUse:
    """Write a use whose counters were claimed, or that is kept although they could not be."""
    member_id = reservation.member_id if reservation else holder_id(voucher, asked)
    use = VoucherUse(
        voucher=voucher,
        member_id=member_id,
        reservation=reservation,
        purchase=asked.purchase,
        store=asked.store,
        source=asked.source,
        idempotency_key=asked.key,
        request_hash=asked.request_hash,
        value_minor=value_minor,
        currency=voucher.offer.currency,
        occurred_at=asked.occurred_at,
        replayed=asked.replayed,
        over_limit=against is not None,
        against=against or "",
        is_counted=is_counted,
    )
    use.save(force_insert=True)
    voucher.refresh_from_db(fields=["uses"])
    voucher_redeemed.send(sender=VoucherUse, use=use)
    return use
