"""Moving one account between tiers: after it earned, or because staff say so.

The standing's row is locked meanwhile. A step is written down and told in the same transaction.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from loyalty import signals
from loyalty.models import Tier, TierChange, TierStanding
from loyalty.tier_moves import Ladder, Reason, advance
from loyalty.tier_standing import counted, scheme_of
from loyalty.tier_windows import window_at
from profiles.models import Account, User


@dataclass(frozen=True)
class _Grant:
    """A tier that is held until a moment, why, and who says so."""

    tier: Tier
    until: datetime
    reason: Reason
    note: str = ""
    by: User | None = None


def refresh(account: Account, now: datetime | None = None) -> TierStanding | None:
    """Bring one account's standing up to ``now``; doing it twice is doing it once.

    Sends ``tier_changed`` when the tier changed. None when its brand has no tiers.
    """
    return _change(account, now or timezone.now(), None)


def on_earned(account: Account, now: datetime | None = None) -> TierStanding | None:
    """To be called after a purchase, a bonus or a return, in the same transaction.

    For a whole batch of accounts ``recompute(brand, now, among=accounts)`` does the same.
    """
    return refresh(account, now)


def grant(
    account: Account,
    tier: Tier,
    until: datetime,
    reason: str,
    by: User,
    now: datetime | None = None,
) -> TierStanding:
    """Give a tier until a moment, whatever the counter says; replaces an earlier grant.

    Raises ValueError without a reason, for a moment that has passed, or another brand's tier.
    """
    if not reason.strip():
        raise ValueError("A granted tier needs a reason.")
    return _hold(account, _Grant(tier, until, Reason.GRANTED, reason, by), now)


def import_standing(
    account: Account, tier: Tier, until: datetime, now: datetime | None = None
) -> TierStanding:
    """Take over a tier from another system, held until a moment; doing it twice is doing it once.

    Its counter belongs to the ledger: ``ledger.open_balance`` with ``qualifying`` and no parcels,
    before this. Raises ValueError as ``grant`` does.
    """
    return _hold(account, _Grant(tier, until, Reason.IMPORTED), now)


def join(origin: Account, target: Account, now: datetime | None = None) -> None:
    """Let nobody stand on ``origin`` any more; a higher tier that it was granted goes along.

    To be called when the ledger has moved what counted.
    """
    now = now or timezone.now()
    gone = TierStanding.objects.filter(account=origin).select_related("granted").first()
    stands = refresh(target, now)
    if gone is None or stands is None:
        return
    TierStanding.objects.filter(account=origin).delete()
    if not gone.granted or not gone.granted_until or gone.granted_until <= now:
        return
    if stands.tier is None or stands.tier.rank < gone.granted.rank:
        _hold(target, _Grant(gone.granted, gone.granted_until, Reason.JOINED), now)


def _hold(account: Account, given: _Grant, now: datetime | None) -> TierStanding:
    now = now or timezone.now()
    if given.until <= now or given.tier.brand_id != account.brand_id:
        raise ValueError("A tier of the account's brand can be held until a later moment.")
    held = _change(account, now, given)
    if held is None:
        raise ValueError("The brand has no tier scheme.")
    return held


@transaction.atomic
def _change(account: Account, now: datetime, given: _Grant | None) -> TierStanding | None:
    scheme = scheme_of(account)
    if scheme is None:
        return None
    held = _lock(account, now)
    window = window_at(scheme, account.opened_at, now)
    count = counted(account, window, now)
    ladder = Ladder.of(scheme.brand.tiers.all())
    before = held.tier_id
    reason = advance(held, ladder, count, window, now)
    steps = [_step(held, before, reason)] if reason else []
    if given and (held.granted_id, held.granted_until) != (given.tier.pk, given.until):
        held.granted, held.granted_until, before = given.tier, given.until, held.tier_id
        advance(held, ladder, count, window, now)
        # Written down even when the account stands as high already: somebody decided it.
        steps.append(_step(held, before, given.reason, given))
    held.save()
    _write(steps)
    return held


def _lock(account: Account, now: datetime) -> TierStanding:
    TierStanding.objects.get_or_create(account=account, defaults={"since": now})
    return TierStanding.objects.select_for_update().get(account=account)


def _step(
    held: TierStanding, before: int | None, reason: str, given: _Grant | None = None
) -> TierChange:
    return TierChange(
        account_id=held.account_id,
        from_tier_id=before,
        to_tier_id=held.tier_id,
        reason=reason,
        note=given.note if given else "",
        recorded_by=given.by if given else None,
        counter=held.counter,
        at=held.since,
    )


def _write(steps: list[TierChange]) -> None:
    for step in steps:
        step.save()
    moved = [step.pk for step in steps if step.from_tier_id != step.to_tier_id]
    if moved:
        changes = TierChange.objects.filter(pk__in=moved)
        signals.tier_changed.send(sender=TierChange, changes=changes)
