"""The clock jumps by two hours, or the day has 23 or 25: each mail goes once, and in time."""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from celery import Celery
from django.db.models import Max
from django.utils import timezone

from campaigns import lifecycle, slots, tasks, transports
from campaigns.journal import Journal
from campaigns.models import Campaign, Delivery
from campaigns.outcomes import Outcome
from campaigns.transports import Outgoing
from config.beat import SteadyScheduler
from config.celery import app
from tests import cast
from tests.campaigns.engine.batches import dead_worker
from tests.campaigns.mails import Double
from tests.cast import Club
from tests.faults.crowd import crowd

SIZE = 40
AT_TEN = datetime(2026, 11, 16, 10, tzinfo=UTC)
TWO_HOURS = timedelta(hours=2)
PATIENCE = timedelta(minutes=5)
ZONES = ["Europe/Madrid", "Europe/London", "America/New_York", "Pacific/Auckland", ""]


class Counting(Double):
    """A transport that takes everything and counts."""

    def __init__(self) -> None:
        self.taken: Counter[int] = Counter()
        self.at: dict[int, datetime] = {}

    def send(
        self, batch: Sequence[Outgoing], _deadline: float, journal: Journal
    ) -> Iterator[Outcome]:
        """Accept each mail."""
        for mail in batch:
            journal.begin([mail.delivery_id])
            self.taken[mail.delivery_id] += 1
            self.at[mail.delivery_id] = timezone.now()
            yield Outcome(mail.delivery_id, Delivery.State.ACCEPTED)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """The machine's clock, which moves only when told to, or when somebody sleeps."""
    with time_machine.travel(AT_TEN, tick=False) as moved, pytest.MonkeyPatch.context() as patch:
        patch.setattr(time, "sleep", lambda seconds: moved.shift(timedelta(seconds=seconds)))
        yield moved


@pytest.fixture
def server(
    monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path, clock: time_machine.Traveller
) -> Iterator[Counting]:
    """What takes all mail; tasks run at once, one connection is allowed."""
    settings.REGULARS_JOURNALS = tmp_path
    settings.REGULARS_CONNECTIONS = 1
    counting = Counting()
    monkeypatch.setattr(transports, "current", lambda: counting)
    app.conf.task_always_eager = True
    yield counting
    app.conf.task_always_eager = False


def _turn(clock: time_machine.Traveller, step: timedelta) -> None:
    """What beat and the workers do, and then some time passes."""
    tasks.reap()
    tasks.tick()
    clock.shift(step)


@pytest.mark.parametrize(
    "jumps",
    [[TWO_HOURS], [-TWO_HOURS], [TWO_HOURS, -TWO_HOURS], [-TWO_HOURS, TWO_HOURS]],
    ids=["forward", "back", "forward and back", "back and forward"],
)
def test_a_jump_in_the_middle_of_a_campaign_sends_nothing_twice_and_holds_nobody_up(
    db: None, server: Counting, clock: time_machine.Traveller, jumps: list[timedelta]
) -> None:
    campaign = _begun_and_dropped()
    for jump in jumps:
        clock.shift(jump)
        _turn(clock, timedelta(seconds=2))
    ends = timezone.now() + PATIENCE
    while not lifecycle.is_finished(campaign) and timezone.now() < ends:
        _turn(clock, timedelta(seconds=2))
    assert lifecycle.progress(campaign) == {"accepted": SIZE - 1, "unknown": 1}
    assert set(server.taken.values()) == {1}
    assert len(server.taken) == SIZE - 1


def _begun_and_dropped() -> Campaign:
    """A campaign of ten mails a second, whose first worker died with a batch and a connection."""
    club = cast.club()
    crowd(club, SIZE)
    campaign = lifecycle.start(
        cast.approved(club, cast.campaign(club, rate_per_minute=600, first_percent=0))
    )
    assert slots._take() is not None
    dead_worker(campaign, begun=[0])
    return campaign


@pytest.mark.parametrize(
    "moment",
    [datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2027, 3, 28, 1, 0, tzinfo=UTC)],
    ids=["the hour that comes twice", "the hour that does not come"],
)
def test_on_both_days_when_the_clocks_change_each_mail_goes_once_at_its_hour(
    db: None, server: Counting, clock: time_machine.Traveller, moment: datetime
) -> None:
    clock.move_to(moment - timedelta(hours=27))
    campaign = _at_local_time(cast.club(), moment)
    while timezone.now() < moment + timedelta(hours=27):
        _turn(clock, timedelta(minutes=15))
    assert lifecycle.progress(campaign) == {"accepted": len(ZONES)}
    assert set(server.taken.values()) == {1}
    for row in campaign.deliveries.all():
        late = server.at[row.pk] - row.not_before
        assert timedelta(0) <= late <= timedelta(minutes=15)


def _at_local_time(club: Club, moment: datetime) -> Campaign:
    club.brand.time_zone = "Europe/Madrid"
    club.brand.save()
    for number, zone in enumerate(ZONES):
        cast.member(club, f"Member{number}", time_zone=zone)
    return cast.approved(club, cast.campaign(club, at_local_time=True), moment)


def test_a_jump_over_a_campaigns_hour_asks_and_one_back_starts_nothing_anew(
    db: None, server: Counting, clock: time_machine.Traveller
) -> None:
    club = cast.club()
    cast.gloria(club)
    campaign = cast.approved(club, cast.campaign(club), AT_TEN + TWO_HOURS / 4)
    clock.shift(TWO_HOURS)
    _turn(clock, timedelta(seconds=2))
    campaign.refresh_from_db()
    assert campaign.state == "overdue"
    clock.shift(-TWO_HOURS)
    lifecycle.start_anyway(campaign)
    _turn(clock, timedelta(hours=1))
    _turn(clock, timedelta(hours=1))
    assert list(server.taken.values()) == [1]
    assert Delivery.objects.aggregate(tries=Max("attempt")) == {"tries": 1}


@pytest.mark.parametrize("jump", [TWO_HOURS, -TWO_HOURS], ids=["forward", "back"])
def test_hints_go_on_after_a_jump(
    jump: timedelta,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    clock: time_machine.Traveller,
) -> None:
    assert app.conf.beat_scheduler == "config.beat:SteadyScheduler"
    hints: list[str] = []
    own = Celery("clock", broker="memory://", set_as_current=False)
    schedule = {"tick": 2.0, "reap": 5.0}
    own.conf.beat_schedule = {
        name: {"task": name, "schedule": seconds} for name, seconds in schedule.items()
    }
    beat = SteadyScheduler(own, schedule_filename=str(tmp_path / "beat"), max_interval=1)
    monkeypatch.setattr(beat, "apply_entry", lambda entry, **_: hints.append(entry.task))
    _twenty_seconds(beat, clock)
    before = Counter(hints)
    hints.clear()
    clock.shift(jump)
    _twenty_seconds(beat, clock)
    beat.close()
    for name, least in (("tick", 9), ("reap", 3)):
        assert least <= before[name] <= least + 2
        assert least <= Counter(hints)[name] <= least + 2


def _twenty_seconds(beat: SteadyScheduler, clock: time_machine.Traveller) -> None:
    for _second in range(20):
        while beat.tick() == 0:
            continue
        clock.shift(timedelta(seconds=1))
