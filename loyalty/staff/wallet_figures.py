"""What a wallet holds right now, whether or not a job has booked what time changed."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Sum
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from loyalty import tiers
from loyalty.ledger.lots import due
from loyalty.models import Lot, Wallet
from profiles.localised import localise
from profiles.member_page import Figure


def figures(wallet: Wallet, now: datetime) -> Iterator[Figure]:
    """Points to spend, on their way, set aside, owed, next to expire; and the tier."""
    changes = list(due(wallet, now))
    active = wallet.active + sum(change.active for change in changes)
    pending = wallet.pending + sum(change.pending for change in changes)
    held = wallet.holds.filter(state="open").exclude(expires_at__lte=now)
    aside = held.aggregate(points=Sum("points", default=0))["points"]
    yield Figure(_("To spend"), f"{active:,}", _("points"))
    yield Figure(_("On their way"), f"{pending:,}", _("cannot be spent yet"))
    yield Figure(_("Set aside"), f"{aside:,}", _("for something that is not certain yet"))
    yield Figure(_("Owed"), f"{wallet.debt:,}", _("paid by what is earned next"))
    yield _next_to_expire(wallet, now)
    yield from _tier(wallet, now)


def _next_to_expire(wallet: Wallet, now: datetime) -> Figure:
    lots = Lot.objects.filter(wallet=wallet, remaining__gt=0, expires_at__gt=now)
    first = lots.order_by("expires_at").first()
    if first is None or first.expires_at is None:
        return Figure(_("Next to expire"), "0", _("nothing has an end"))
    points = lots.filter(expires_at=first.expires_at).aggregate(points=Sum("remaining"))["points"]
    day = date_format(timezone.localtime(first.expires_at), "j M Y, H:i")
    return Figure(_("Next to expire"), f"{points:,}", day)


def _tier(wallet: Wallet, now: datetime) -> Iterator[Figure]:
    stands = tiers.standing(wallet.account, now)
    if stands is None:
        return
    name = localise(stands.tier.name, "en") if stands.tier else _("none")
    note = _("%(counter)s count towards it") % {"counter": f"{stands.counter:,}"}
    if stands.grace_until:
        end = date_format(timezone.localtime(stands.grace_until), "j M Y")
        note = _("in grace until %(day)s") % {"day": end}
    yield Figure(_("Tier"), name, note)
