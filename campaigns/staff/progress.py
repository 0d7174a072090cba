"""Live progress: what is in each state, how fast it goes, what it waits for."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from django.db.models import QuerySet
from django.utils import timezone

from campaigns import lifecycle, switch
from campaigns.models import Campaign, Delivery, SendingRules, SendingSwitch
from campaigns.sending_rules import rules_of
from campaigns.staff import rate
from campaigns.staff.durations import clock, counted, in_words
from campaigns.staff.steps import state_word

State = Delivery.State
IN_HAND = (State.CLAIMED, State.HANDING_OFF)
LEFT = (State.PLANNED, *IN_HAND, State.DEFERRED)
DONE = (State.ACCEPTED, State.REJECTED, State.UNKNOWN)


@dataclass(frozen=True)
class Figure:
    """One number of the page; ``shown_as`` is the report's word for the members behind it."""

    label: str
    number: int
    hint: str
    shown_as: str = ""


class Progress:
    """How far a campaign that has started has come."""

    def __init__(self, campaign: Campaign, *, anew: bool = False) -> None:
        self.campaign = campaign
        self.now = timezone.now()
        self.counts = rate.counts_of(campaign, anew=anew)
        self.left = self._sum(LEFT)
        self.done = self._sum(DONE)
        self.total = self.left + self.done
        self.is_moving = campaign.state == Campaign.State.SENDING and self.left > 0
        self.state_word = state_word(campaign)

    @property
    def is_live(self) -> bool:
        """Whether it is worth looking again: a paused campaign finishes the batch in flight."""
        paused = self.campaign.state == Campaign.State.PAUSED
        return self.is_moving or (paused and self._sum(IN_HAND) > 0)

    @property
    def percent(self) -> float:
        """Mails with an outcome among those that are to be sent."""
        return 100 * self.done / self.total if self.total else 0.0

    @cached_property
    def stop(self) -> SendingSwitch | None:
        """Who stopped all sending, while it is stopped."""
        return switch.stopped()

    @cached_property
    def per_second(self) -> float | None:
        """Mails accepted a second, over the last minute."""
        accepted = self.counts.get(State.ACCEPTED, 0)
        return rate.per_second(self.campaign, accepted) if self.is_moving else None

    @property
    def figures(self) -> list[Figure]:
        """Every delivery in one of eight numbers."""
        counts = self.counts
        return [
            Figure("Sent", counts.get("accepted", 0), "accepted by the server", "accepted"),
            Figure("To go", counts.get("planned", 0), "planned"),
            Figure("In hand", self._sum(IN_HAND), "with a worker now"),
            Figure("Put off", counts.get("deferred", 0), "tried again later", "deferred"),
            Figure("Refused", counts.get("rejected", 0), "not tried again", "rejected"),
            Figure("Unknown", counts.get("unknown", 0), "may have arrived", "unknown"),
            Figure("Skipped", counts.get("skipped", 0), "each for one reason", "skipped"),
            Figure("Held out", counts.get("held_out", 0), "to measure the effect", "held_out"),
        ]

    @property
    def sentence(self) -> str:
        """What is going on, in one or two sentences."""
        campaign = self.campaign
        if not self.left:
            return "Every mail has an outcome."
        if campaign.state == Campaign.State.PAUSED:
            return campaign.state_reason or "Paused: nothing more is handed over until you resume."
        if self.stop:
            return "Nothing goes until somebody releases all sending."
        return " ".join(filter(None, [campaign.state_reason, self._pace()]))

    @cached_property
    def trial(self) -> str:
        """How far the trial of a staged start is, and what the rest waits for; empty if none."""
        if self.campaign.wave or not self.is_moving:
            return ""
        waiting = self._planned(lifecycle.TRIAL).count()
        others = self.counts.get("planned", 0) - waiting
        if others <= 0:
            return ""
        first = f"Trial: {self.total - others:,} of {self.total:,} mails go first"
        first += f", {waiting:,} of them still to go." if waiting else "."
        return f"{first} {_the_rest(self.campaign, others, rules_of(self.campaign.brand))}"

    @cached_property
    def waits_until(self) -> datetime | None:
        """When the next mail may go, if none may before; None when some may now."""
        if self._sum(IN_HAND) or not self.is_moving:
            return None
        moments = [self._first_planned(), self._first_deferred()]
        first = min(filter(None, moments), default=None)
        return first if first and first > self.now else None

    def _pace(self) -> str:
        if self.waits_until:
            return f"Waits until {clock(self.waits_until)}."
        if not self.campaign.wave and not self._planned(lifecycle.TRIAL).exists():
            return ""
        if self.per_second is None:
            return "On its way; the rate is being measured."
        if not self.per_second:
            return "No mail was accepted lately."
        left = timedelta(seconds=self.left / self.per_second)
        return f"{_speed(self.per_second)}, {in_words(left)} left."

    def _planned(self, wave: int) -> QuerySet[Delivery]:
        return Delivery.objects.filter(campaign=self.campaign, state=State.PLANNED, wave=wave)

    def _first_planned(self) -> datetime | None:
        waves = [self._planned(wave) for wave in range(self.campaign.wave + 1)]
        found = [rows.order_by("not_before").values_list("not_before", flat=True) for rows in waves]
        return min(filter(None, (rows.first() for rows in found)), default=None)

    def _first_deferred(self) -> datetime | None:
        if not self.counts.get(State.DEFERRED):
            return None
        rows = Delivery.objects.filter(campaign=self.campaign, state=State.DEFERRED)
        return rows.order_by("deferred_until").values_list("deferred_until", flat=True).first()

    def _sum(self, states: tuple[str, ...]) -> int:
        return sum(self.counts.get(state, 0) for state in states)


def _speed(per_second: float) -> str:
    """Mails a second, or a minute when they are few."""
    if per_second >= 2:
        return f"{per_second:,.0f} mails a second"
    number = max(1, round(per_second * rate.MINUTE))
    return f"{counted(number, 'mail')} a minute"


def _the_rest(campaign: Campaign, others: int, rules: SendingRules) -> str:
    wait = timedelta(minutes=rules.first_wait_minutes)
    when = f"{rules.first_wait_minutes:,} minutes after the last of them"
    if campaign.wave_ended_at:
        when = f"at {clock(campaign.wave_ended_at + wait)}"
    return (
        f"The other {others:,} follow {when} if no more than {rules.failed_percent:g} % are "
        f"refused, {rules.bounced_percent:g} % bounce and {rules.complained_percent:g} % complain."
    )
