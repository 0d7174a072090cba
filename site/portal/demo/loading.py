"""Loading the demo club, once; a club that is there is left as it is."""

from dataclasses import asdict
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone

from campaigns import approval_workflow
from loyalty import tiers, till_keys
from loyalty.vouchers import issue_pairs
from portal.club_pages import create_club_pages
from portal.demo import club, history
from portal.demo.booklets import booklets
from portal.demo.campaigns import create_campaigns
from portal.demo.dates import Shift, weeks_to_last_week
from portal.demo.members import create_members
from portal.demo.models import DemoLoad
from portal.demo.problems import DemoProblem
from portal.demo.progress import Progress
from portal.demo.report import expected
from portal.demo.rewards import take_rewards
from portal.demo.shopping_data import ShoppingData
from profiles.models import Brand

REPLAYED_PER_MINUTE = 1_000_000  # a year of redemptions in one go


class NotADemo(DemoProblem):
    """The database holds a club that is not the demo's; nothing was changed."""


def load_once(progress: Progress, data: ShoppingData) -> DemoLoad:
    """Load the demo club unless it is there. Raises NotADemo for a database with another club."""
    there = DemoLoad.objects.first()
    if there:
        progress.say("-- The demo club is loaded already")
        return there
    if Brand.objects.exists():
        raise NotADemo("This database holds a club already: the demo wants one of its own.")
    with transaction.atomic():
        return load(data, progress)


def load(data: ShoppingData, progress: Progress, now: datetime | None = None) -> DemoLoad:
    """Load the club out of the data, moved by whole weeks to end in the week before ``now``."""
    shift = _shift(data, now or timezone.now())
    first_mail = shift.mail_at(min(data.campaigns["start_date"]).date())
    with progress.step("Opening the club and letting its members in"):
        brand, topics = club.create_club(first_mail - timedelta(days=1_000))
        members = create_members(brand, topics, data, first_mail)
    loaded = history.load_history(brand, data, shift, progress)
    with progress.step(f"Booking points for {loaded.purchases:,} purchases"):
        earned = history.earn_points(brand)
    with progress.step("Letting households climb the tiers"):
        climbed = tiers.recompute(brand)
    with progress.step("Taking rewards"):
        rewards_taken = take_rewards(brand, timezone.now())
    with progress.step("Preparing campaigns and offers"):
        coupons, offers = create_campaigns(brand, topics["weekly-offers"], data, members, shift)
    with progress.step("Choosing each household's coupons"):
        pairs = [(offers[key], members[house]) for house, key in booklets(data, coupons)]
    vouchers = issue_pairs(progress.counted("Issuing vouchers", pairs, len(pairs), "vouchers"))
    facts = {
        "members": len(members),
        "purchases_earned": earned,
        "households_on_tiers": climbed,
        "rewards_taken": rewards_taken,
        "vouchers": vouchers,
        "loaded": asdict(loaded),
        "dirt": data.dirt.as_dict(),
        "expected": expected(data),
    }
    return _remember(brand, shift, facts)


def _shift(data: ShoppingData, now: datetime) -> Shift:
    zone = ZoneInfo(club.ZONE)
    last = data.transactions["transaction_timestamp"].max().to_pydatetime()
    local_now = now.astimezone(zone).replace(tzinfo=None)
    return Shift(weeks_to_last_week(last, local_now), zone)


def _remember(brand: Brand, shift: Shift, facts: dict[str, object]) -> DemoLoad:
    approval_workflow.ensure()
    create_club_pages(brand)
    _key, till_key = till_keys.create(brand, history.SOURCE, calls_per_minute=REPLAYED_PER_MINUTE)
    return DemoLoad.objects.create(
        shift_weeks=shift.weeks,
        facts=facts,
        sign_ins={"staff": club.create_staff(), "till_key": till_key},
    )
