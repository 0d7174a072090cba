"""Approving, scheduling and awaiting the demo's campaigns, by the same functions as staff use."""

import time

from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from campaigns import approval, lifecycle
from campaigns.models import OPEN_STATES, Campaign, Delivery
from portal.demo.problems import DemoProblem
from portal.demo.processes import Processes
from portal.demo.progress import Progress
from profiles.models import MemberListEntry, User

PATIENCE = 180  # seconds without a single mail more
State = Campaign.State
STUCK = (State.DRAFT, State.PAUSED, State.OVERDUE)


class NotSent(DemoProblem):
    """A campaign went back to draft, was paused, or stands still; the message says why."""


def schedule_all(progress: Progress) -> int:
    """Have every draft edited by the marketer, approved by the approver and sent now."""
    marketer = User.objects.get(username="marketer")
    approver = User.objects.get(username="approver")
    drafts = list(Campaign.objects.filter(state=State.DRAFT).order_by("business_at"))
    for campaign in progress.counted("Approving", drafts, len(drafts), "campaigns"):
        with transaction.atomic():
            approval.record_edit(campaign, marketer)
            approval.approve(campaign, approver)
            lifecycle.schedule(campaign, timezone.now())
    return len(drafts)


def await_all(progress: Progress, processes: Processes) -> None:
    """Return when no campaign has an open delivery left. Raises NotSent."""
    total = sum(_planned(campaign) for campaign in Campaign.objects.select_related("segment"))
    with progress.count("Sending", total, "mails") as counter:
        counted, moved_at = 0, time.monotonic()
        while True:
            processes.check()
            finished, settled = _all_finished(), _settled()
            if settled > counted:
                moved_at = time.monotonic()
            counter.update(settled - counted)
            counted = settled
            if finished:
                return
            if time.monotonic() - moved_at > PATIENCE:
                raise NotSent(f"No mail was sent for {PATIENCE} s; {_open()} are waiting.")
            time.sleep(0.5)


def _planned(campaign: Campaign) -> int:
    """How many mails are to be expected: the frozen audience, or else the imported list."""
    frozen: int = campaign.deliveries.count()
    if frozen or campaign.segment is None:
        return frozen
    rule = campaign.segment.rules[0].value
    return _entries(int(rule["member_list"]))


def _entries(member_list: int) -> int:
    return MemberListEntry.objects.filter(member_list=member_list).count()


def _all_finished() -> bool:
    states = dict(Campaign.objects.order_by().values_list("state").annotate(Count("pk")))
    if any(states.get(state) for state in STUCK):
        raise NotSent(_reasons())
    return not states.get(State.SCHEDULED) and not _open()


def _reasons() -> str:
    stuck = Campaign.objects.filter(state__in=STUCK)
    return "\n".join(f"{c.name} is {c.state}: {c.state_reason}" for c in stuck)


def _open() -> int:
    return Delivery.objects.filter(state__in=OPEN_STATES).count()


def _settled() -> int:
    return Delivery.objects.exclude(state__in=OPEN_STATES).count()
