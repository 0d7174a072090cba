"""The end of a switch-over: signed off by two people, or undone as a whole."""

from collections.abc import Iterable

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


class NotReconciled(Exception):
    """Both sides' totals differ; the first argument lists how."""


@transaction.atomic
def sign_off(switch: SwitchOver, by: User, second: User, control: Iterable[str]) -> SwitchOver:
    """Keep the totals and who agreed to them; from then on nothing is loaded or undone.

    Raises NotOpen, ValueError when it is one person, NotReconciled when a total differs.
    """
    require_open(switch)
    if by.pk == second.pk:
        raise ValueError("A second person has to sign.")
    if differences := reconcile(switch, control):
        raise NotReconciled(differences)
    switch.figures = {f"{what},{which}": n for (what, which), n in totals(switch).items()}
    switch.signed_by, switch.second = by, second
    return _close(switch, State.SIGNED_OFF)


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
