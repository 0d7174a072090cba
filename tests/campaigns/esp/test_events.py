"""The events of the simulated ESP, posted to a listening club over real HTTP."""

from collections import Counter
from math import ceil
from typing import Any

import pytest
from django.urls import reverse
from pytest_django.live_server_helper import LiveServer

from campaigns import dispatch, lifecycle, reports
from campaigns.models import Campaign, HourlyTotal, RawEvent, Response
from campaigns.webhooks.processing import process_waiting
from profiles.models import Suppression
from tests.campaigns import mails
from tests.cast import Club
from tests.esp_simulator.running import EspSimulator
from tests.faults.crowd import crowd
from tests.processes import free_port

pytestmark = pytest.mark.filterwarnings("ignore::anymail.exceptions.AnymailNotSupportedWarning")
# Everything happens to somebody among forty.
RATES = {
    "dropped": 0.1,
    "deferred": 0.3,
    "hard_bounce": 0.1,
    "soft_bounce": 0.1,
    "blocked": 0.1,
    "machine_open": 0.3,
    "open": 0.5,
    "click": 0.5,
    "spamreport": 0.15,
    "unsubscribe": 0.15,
    "group_unsubscribe": 0.15,
}
BOUNCES = ("hard_bounce", "soft_bounce", "blocked", "dropped")
FIGURES = ("accepted", "delivered", "bounced", "complained", "unsubscribed", "opened", "clicked")


@pytest.fixture
def club(django_db_serialized_rollback: None, live_server: LiveServer, club: Club) -> Club:
    """The club, with forty members, and a server that hears what the ESP tells."""
    crowd(club, 40)
    return club


@pytest.fixture
def webhook(esp: EspSimulator, live_server: LiveServer, settings: Any) -> str:
    """The address of the club's webhook; the club knows the ESP's key."""
    settings.SENDGRID_WEBHOOK_VERIFICATION_KEY = esp.public_key
    return live_server.url + reverse("campaigns:sendgrid")


def _sent(club: Club, name: str = "Week 47") -> Campaign:
    campaign = mails.started(club, name, first_percent=0)
    dispatch.drain(campaign.pk)
    return campaign


def _numbers(campaign: Campaign) -> dict[str, int]:
    figures = reports.figures(campaign)
    return {name: figures[name].number for name in FIGURES}


def _all_of(campaign: Campaign) -> tuple[Any, ...]:
    """All that a campaign's events leave behind, apart from numbers of rows and moments."""
    told = Response.objects.filter(delivery__campaign=campaign)
    totals = HourlyTotal.objects.filter(campaign=campaign)
    sums: Counter[str] = Counter()
    for kind, events, firsts in totals.values_list("kind", "events", "firsts"):
        sums[f"{kind} events"] += events
        sums[f"{kind} firsts"] += firsts
    who = Counter(told.values_list("kind", "delivery__member__email"))
    return _numbers(campaign), who, sums, reports.reconcile(campaign)


def test_events_told_five_times_and_shuffled_end_in_the_totals_of_a_clean_run(
    club: Club, esp: EspSimulator, webhook: str
) -> None:
    first = _sent(club)
    clean = esp.emit(webhook, rates=RATES, seed=4)
    # Nothing is processed before both are out: nobody is suppressed between the two.
    second = _sent(club, "Week 48")
    wild = esp.emit(
        webhook, rates=RATES, seed=4, since=clean["until"], times=5, shuffle=True, batch=17
    )
    assert set(clean["kinds"]) == {"processed", "delivered", *RATES}
    assert wild["kinds"] == clean["kinds"]
    assert set(clean["posts"] + wild["posts"]) == {204}
    assert len(wild["posts"]) == ceil(5 * sum(clean["kinds"].values()) / 17)
    assert RawEvent.objects.count() == 2 * sum(clean["kinds"].values())
    orders = [_order_of_arrival(campaign) for campaign in (first, second)]
    assert orders[0] != orders[1]
    assert Counter(orders[0]) == Counter(orders[1])
    _process(shuffled=second)
    assert not RawEvent.objects.exclude(state="done").exists()
    assert _all_of(first) == _all_of(second)
    kinds = Counter(clean["kinds"])
    assert _numbers(second) == {
        "accepted": 40,
        "delivered": kinds["delivered"],
        "bounced": sum(kinds[kind] for kind in BOUNCES),
        "complained": kinds["spamreport"],
        "unsubscribed": kinds["unsubscribe"] + kinds["group_unsubscribe"],
        "opened": 0,  # the club counts opens and clicks by its own addresses
        "clicked": 0,
    }
    suppressed = Counter(Suppression.objects.values_list("reason", flat=True))
    assert suppressed == {"hard_bounce": kinds["hard_bounce"], "complaint": kinds["spamreport"]}


def _order_of_arrival(campaign: Campaign) -> list[tuple[str, str]]:
    mine = {str(pk) for pk in campaign.deliveries.values_list("pk", flat=True)}
    stored = RawEvent.objects.order_by("pk").values_list("payload", flat=True)
    return [(told["email"], told["event"]) for told in stored if told["delivery"] in mine]


def _process(shuffled: Campaign) -> None:
    while process_waiting(100):
        pass
    assert reports.reconcile(shuffled) == {}


def test_the_same_seed_tells_the_same_story_and_the_same_events(
    club: Club, esp: EspSimulator, webhook: str
) -> None:
    _sent(club)
    told = [esp.emit(webhook, rates=RATES, seed=4) for _time in range(2)]
    assert told[0] == told[1]
    assert RawEvent.objects.count() == sum(told[0]["kinds"].values())
    assert esp.emit(webhook, rates=RATES, seed=5)["kinds"] != told[0]["kinds"]


@pytest.mark.parametrize("kind", ["processed", "delivered"])
def test_an_event_settles_what_was_left_unknown(
    club: Club, esp: EspSimulator, webhook: str, kind: str
) -> None:
    esp.control(answers=["timeout_taken"])
    campaign = _sent(club)
    assert lifecycle.progress(campaign) == {"unknown": 40}
    told = esp.emit(webhook, rates=dict.fromkeys(RATES, 0), only=[kind])
    assert (told["kinds"], told["posts"]) == ({kind: 40}, [204])
    process_waiting()
    assert lifecycle.progress(campaign) == {"accepted": 40}
    assert sorted(esp.acceptances().values()) == [1] * 40


def test_of_what_was_not_taken_no_event_ever_tells(
    club: Club, esp: EspSimulator, webhook: str
) -> None:
    esp.control(answers=["timeout_not_taken"])
    campaign = _sent(club)
    assert esp.emit(webhook) == {"kinds": {}, "posts": [], "until": 0}
    assert lifecycle.progress(campaign) == {"unknown": 40}


@pytest.mark.parametrize(
    "manner", [{"forged": True}, {"signed_ago": 3_600}, {"signed_ago": -3_600}]
)
def test_what_is_not_signed_by_the_esp_just_now_is_refused(
    club: Club, esp: EspSimulator, webhook: str, manner: dict[str, Any]
) -> None:
    _sent(club)
    told = esp.emit(webhook, batch=100, tries=2, **manner)
    assert set(told["posts"]) == {403}
    assert len(told["posts"]) % 2 == 0
    assert not RawEvent.objects.exists()


def test_events_that_come_a_day_late_count_at_their_own_time(
    club: Club, esp: EspSimulator, webhook: str
) -> None:
    campaign = _sent(club)
    esp.emit(webhook, only=["delivered"], recipients="^m7@", late=86_400)
    process_waiting()
    delivery = campaign.deliveries.get(delivered_at__isnull=False)
    assert delivery.member.email == "m7@example.com"
    assert delivery.accepted_at is not None
    assert delivery.delivered_at is not None
    assert 86_300 < (delivery.accepted_at - delivery.delivered_at).total_seconds() < 86_500


def test_a_club_that_does_not_answer_is_told_again(esp: EspSimulator, club: Club) -> None:
    _sent(club)
    told = esp.emit(f"http://127.0.0.1:{free_port()}/", only=["delivered"], tries=3)
    assert told["posts"] == [0, 0, 0]
