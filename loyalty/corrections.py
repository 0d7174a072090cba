"""Undoing an entry by hand: an earning that should not be, a redemption to be given back.

What it would do is worked out by doing it and rolling it back, so what staff are told is what
will happen, to the point. What a reward cost is undone by cancelling the reward: its item and its
voucher go back, too.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from loyalty import ledger, reward_closing
from loyalty.ledger.lots import current
from loyalty.models import Allocation, Entry, LoyaltyRules, Redemption, Wallet
from loyalty.month_figures import OPENING_SOURCE
from loyalty.reward_refusals import NotOpen, VoucherInUse
from loyalty.service_limits import holds
from loyalty.service_receipts import SOURCE
from loyalty.tiers import on_earned
from profiles.models import User


class NotUndoable(Exception):
    """This entry cannot be undone by hand, or not by this person; the message says why."""


@dataclass(frozen=True)
class Effect:
    """By how many points undoing changes what a wallet holds; ``debt`` is what is owed more."""

    active: int
    pending: int
    held: int
    debt: int


def why_not(entry: Entry, by: User) -> str:
    """Why a person cannot undo an entry; an empty string when they can."""
    if entry.source == OPENING_SOURCE:
        return _("It was taken over from another system: its switch-over undoes it.")
    if holds(by, current(entry.wallet).account_id):
        return _("It is your own account, or that of your household: somebody else has to.")
    if entry.kind == Entry.Kind.REDEEM:
        return _("It was given back before.") if entry.reversals.exists() else ""
    if entry.kind not in (Entry.Kind.EARN, Entry.Kind.ADJUST) or not entry.lots.exists():
        return _("Only what brought points, and redemptions, can be undone.")
    return "" if left_of(entry) else _("Nothing is left of it to take back.")


def left_of(entry: Entry) -> int:
    """The points of an earning that were not taken back yet, spent or not."""
    given = entry.lots.aggregate(points=Sum("original", default=0))["points"]
    back = Allocation.objects.filter(lot__entry=entry, part=Allocation.Part.RETURNED)
    return int(given - back.aggregate(points=Sum("amount", default=0))["points"])


def effect(entry: Entry, by: User, now: datetime | None = None) -> Effect:
    """What undoing would change, in points; nothing is written. Raises NotUndoable."""
    with transaction.atomic():
        ledger.settle(current(entry.wallet).account, now)
        before = _figures(entry)
        _undo(entry, by, "?", now)
        after = _figures(entry)
        transaction.set_rollback(True)
    return Effect(*(now_is - was for now_is, was in zip(after, before, strict=True)))


def undo(entry: Entry, by: User, reason: str, now: datetime | None = None) -> None:
    """Undo an entry, once. Raises NotUndoable, ValueError without a reason."""
    if not reason.strip():
        raise ValueError("Say why.")
    _undo(entry, by, reason.strip(), now)


def _undo(entry: Entry, by: User, reason: str, now: datetime | None) -> None:
    if no := why_not(entry, by):
        raise NotUndoable(no)
    try:
        if taken := Redemption.objects.filter(entry=entry).first():
            reward_closing.cancel(taken, by, reason, now)
        else:
            _reverse(entry, by, reason, now)
    except (ledger.NotReversible, NotOpen, VoucherInUse) as error:
        raise NotUndoable(str(error)) from None


def _reverse(entry: Entry, by: User, reason: str, now: datetime | None) -> None:
    keep = timedelta(days=LoyaltyRules.of(entry.wallet.account.brand).grace_days)
    key = f"undo:{entry.pk}"
    back = ledger.reverse(entry, SOURCE, key, reason=reason, by=by, keep=keep, now=now)
    if back.qualifying:
        on_earned(back.wallet.account, now)


def _figures(entry: Entry) -> tuple[int, int, int, int]:
    wallet = Wallet.objects.get(pk=current(entry.wallet).pk)
    return wallet.active, wallet.pending, wallet.held, wallet.debt
