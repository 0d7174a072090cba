"""What becomes of a redemption: fulfilled, refused, cancelled. Part of ``loyalty.rewards``.

Locks are taken in its order: wallet, count of the stock, voucher. The state is claimed by a
conditional UPDATE whose row count decides.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from loyalty import ledger, reward_stock, voucher_limits, vouchers
from loyalty.ledger.lots import current
from loyalty.ledger.opening import lock_wallet
from loyalty.models import LoyaltyRules, Redemption, Voucher
from loyalty.reward_refusals import NotOpen, OutOfStock, VoucherInUse
from loyalty.voucher_pools import NoCodesLeft
from profiles.models import User

SOURCE = "rewards"
State = Redemption.State


def fulfil(redemption: Redemption, by: User | None, now: datetime | None = None) -> Redemption:
    """Spend what was set aside and give the voucher; done before, nothing changes.

    Raises NotOpen once it was cancelled, OutOfStock when its voucher has no code left.
    """
    now = now or timezone.now()
    with transaction.atomic():
        held = _lock(redemption)
        if held.state == State.FULFILLED:
            return held
        if held.state != State.REQUESTED or held.hold is None:
            raise NotOpen(_("This redemption was cancelled."))
        entry = ledger.capture(held.hold, SOURCE, f"{held.public_id}:capture", now=now)
        voucher = give_voucher(held, now)
        facts = {"entry": entry, "voucher": voucher, "fulfilled_at": now, "fulfilled_by": by}
        return _move(held, State.FULFILLED, **facts)


def refuse(
    redemption: Redemption, by: User | None, reason: str, now: datetime | None = None
) -> Redemption:
    """Give back what was set aside; done before, nothing changes. Raises NotOpen, ValueError."""
    with transaction.atomic():
        held = _lock(redemption)
        if held.state == State.FULFILLED:
            raise NotOpen(_("This redemption was fulfilled; cancel it instead."))
        return _cancel(held, by, reason, now or timezone.now())


def cancel(
    redemption: Redemption, by: User | None, reason: str, now: datetime | None = None
) -> Redemption:
    """Undo a redemption: points, stock and voucher; done before, nothing changes.

    Points whose lot has ended meanwhile live on for the brand's grace, or lapse. Raises
    VoucherInUse when the voucher was used or a till has it reserved, ValueError without a reason.
    """
    with transaction.atomic():
        return _cancel(_lock(redemption), by, reason, now or timezone.now())


def give_voucher(redemption: Redemption, now: datetime) -> Voucher | None:
    """Issue what a redemption promised, if it promised one. Raises OutOfStock."""
    if redemption.offer is None:
        return None
    days = redemption.reward.voucher_days
    until = now + timedelta(days=days) if days else None
    key = str(redemption.public_id)
    try:
        return vouchers.issue_one(
            redemption.offer, redemption.member, source=SOURCE, key=key, valid_until=until
        )
    except NoCodesLeft:
        raise OutOfStock from None


def _lock(redemption: Redemption) -> Redemption:
    """The redemption as it is, under the lock of the wallet that has its points now."""
    booked = redemption.entry or redemption.hold
    if booked is None:
        raise NotOpen(_("This redemption has no points."))
    lock_wallet(current(booked.wallet).account)
    rows = Redemption.objects.select_related("reward__brand", "hold", "entry", "voucher", "offer")
    return rows.select_related("member").get(pk=redemption.pk)


def _cancel(held: Redemption, by: User | None, reason: str, now: datetime) -> Redemption:
    if not reason.strip():
        raise ValueError("Cancelling needs a reason.")
    if held.state == State.CANCELLED:
        return held
    _points_back(held, by, reason, now)
    if held.is_counted:
        reward_stock.give_back(held.reward_id)
    if held.voucher:
        _void(held.voucher, by, reason)
    facts = {"cancelled_at": now, "cancelled_by": by, "cancel_reason": reason[:200]}
    return _move(held, State.CANCELLED, **facts)


def _points_back(held: Redemption, by: User | None, reason: str, now: datetime) -> None:
    if held.entry:
        keep = timedelta(days=LoyaltyRules.of(held.reward.brand).grace_days)
        facts: dict[str, Any] = {"reason": reason[:200], "by": by, "keep": keep, "now": now}
        ledger.reverse(held.entry, SOURCE, f"{held.public_id}:cancel", **facts)
    elif held.hold:
        ledger.release(held.hold, SOURCE, f"{held.public_id}:release", now=now)


def _void(given: Voucher, by: User | None, reason: str) -> None:
    """Void the voucher, or whatever replaced it. Raises VoucherInUse."""
    voucher: Voucher | None = given
    while voucher:
        locked = voucher_limits.lock_again(voucher.pk)
        reserved = voucher_limits.live_reservations(timezone.now()).filter(voucher=locked)
        if locked.uses or reserved.exists():
            raise VoucherInUse(_("Its voucher was used."))
        vouchers.void(locked, note=reason, by=by)
        voucher = Voucher.objects.filter(replaces=locked).first()


def _move(held: Redemption, state: State, **facts: Any) -> Redemption:
    """Claim the step from the state that was read. Raises NotOpen when another was faster."""
    same = Redemption.objects.filter(pk=held.pk, state=held.state)
    if not same.update(state=state, **facts):
        raise NotOpen(_("This redemption has just changed. Please look again."))
    held.refresh_from_db()
    return held
