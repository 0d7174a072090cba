"""The end of a switch-over: signed off by two people, or undone as a whole."""

from collections.abc import Iterable
from typing import Final

from django.db import transaction
from django.utils import timezone

from loyalty import ledger
from loyalty.models import (
    Entry,
    Purchase,
    PurchaseLine,
    SwitchFile,
    SwitchOver,
    TierStanding,
    Voucher,
)
from loyalty.month_figures import OPENING_SOURCE
from loyalty.switch_over.controls import reconcile, totals
from loyalty.switch_over.purchases import source_of
from loyalty.switch_over.starting import require_open
from loyalty.tiers import refresh
from profiles.models import Account, User

State = SwitchOver.State
SIGN: Final = "loyalty.sign_switch_over"


class NotReconciled(Exception):
    """Both sides' totals differ; the first argument lists how."""


class MayNotSign(ValueError):
    """The person may not sign a switch-over off."""


def sign_off(switch: SwitchOver, by: User, second: User, control: Iterable[str]) -> SwitchOver:
    """Both signatures at once. Raises what ``sign`` and ``countersign`` raise; nothing then stays.

    From then on nothing is loaded or undone.
    """
    with transaction.atomic():
        return countersign(sign(switch, by, control), second)


@transaction.atomic
def sign(switch: SwitchOver, by: User, control: Iterable[str]) -> SwitchOver:
    """The first signature: both sides' totals agree, and are kept until a second person signs.

    Raises NotOpen, MayNotSign, NotReconciled when a total differs, UnreadableFile.
    """
    locked = require_open(switch)
    _require_may_sign(by)
    if differences := reconcile(locked, control):
        raise NotReconciled(differences)
    locked.figures, locked.signed_by = figures(locked), by
    locked.save()
    return locked


@transaction.atomic
def countersign(switch: SwitchOver, second: User) -> SwitchOver:
    """The second signature, for the very totals of the first: ends the switch-over for good.

    Raises NotOpen, MayNotSign, ValueError when nobody signed before, when it is the same person, or
    when totals changed since.
    """
    locked = require_open(switch)
    _require_may_sign(second)
    if locked.signed_by_id in (None, second.pk):
        raise ValueError("A second person has to sign.")
    if locked.figures != figures(locked):
        raise ValueError("Totals changed since the first signature: compare them again.")
    locked.second = second
    return _close(locked, State.SIGNED_OFF)


def figures(switch: SwitchOver) -> dict[str, int]:
    """The totals as they are kept with the signatures: ``points,all`` and how many."""
    return {f"{what},{which}": n for (what, which), n in sorted(totals(switch).items())}


def _require_may_sign(user: User) -> None:
    if not user.has_perm(SIGN):
        raise MayNotSign(f"{user} may not sign a switch-over off.")


@transaction.atomic
def undo(switch: SwitchOver) -> SwitchOver:
    """Take a rehearsal back as a whole: points, counters, tiers, vouchers, purchases.

    Raises NotOpen; ProtectedError when a voucher or purchase of it was used since.
    """
    require_open(switch)
    for entry in _entries(switch):
        _reverse(switch, entry)
    _undo_tiers(switch)
    Voucher.objects.filter(source=OPENING_SOURCE, issue_key__startswith=f"{switch.pk}:").delete()
    purchases = Purchase.objects.filter(source=source_of(switch))
    PurchaseLine.objects.filter(purchase__in=purchases).delete()
    purchases.delete()
    switch.signed_by, switch.figures = None, {}
    return _close(switch, State.UNDONE)


def _entries(switch: SwitchOver) -> Iterable[Entry]:
    entries = Entry.objects.filter(
        source=OPENING_SOURCE,
        idempotency_key__startswith=f"{switch.pk}:",
        kind=Entry.Kind.ADJUST,
    )
    return entries.select_related("wallet__account").order_by("pk").iterator()


def _reverse(switch: SwitchOver, entry: Entry) -> None:
    key = f"undo:{switch.pk}:{entry.pk}"
    if entry.qualifying:
        ledger.take_back(entry, {}, OPENING_SOURCE, key, qualifying=entry.qualifying)
        return
    try:
        ledger.reverse(entry, OPENING_SOURCE, key, reason="Rehearsal undone")
    except ledger.NotReversible:
        return  # a later file had taken all of it back


def _undo_tiers(switch: SwitchOver) -> None:
    rows = switch.rows.filter(kind=SwitchFile.Kind.TIERS, expires_at__isnull=False)
    held = TierStanding.objects.filter(account__in=rows.values("account"))
    held.update(granted=None, granted_until=None)
    for account in Account.objects.filter(pk__in=rows.values("account")):
        refresh(account)


def _close(switch: SwitchOver, state: State) -> SwitchOver:
    switch.state, switch.closed_at = state, timezone.now()
    switch.save()
    return switch
