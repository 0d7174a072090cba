"""First times and totals: however late, mixed or repeated the reports, one and the same end."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from campaigns import feedback, reports
from campaigns.feedback import Report
from campaigns.models import Campaign, Delivery, HourlyTotal, Response
from campaigns.reports import Share
from profiles.models import Member
from tests import cast
from tests.cast import Club

MONDAY = datetime(2026, 11, 16, 9, tzinfo=UTC)


def _sent(club: Club, *names: str, **facts: Any) -> list[Delivery]:
    members = [cast.member(club, name) for name in names]
    return _mails(cast.campaign(club), members, **facts)


def _mails(campaign: Campaign, members: list[Member], **facts: Any) -> list[Delivery]:
    sent: dict[str, Any] = {"state": "accepted", "accepted_at": MONDAY, "tracked": True, **facts}
    return [
        Delivery.objects.create(campaign=campaign, member=member, business_at=MONDAY, **sent)
        for member in members
    ]


def _report(delivery: Delivery, minutes: int, **facts: Any) -> Report:
    told: dict[str, Any] = {"kind": "opened", "actor": "human", "source": "web", **facts}
    key = f"{delivery.pk}:{minutes}:{told['kind']}:{told['actor']}"
    at = MONDAY + timedelta(minutes=minutes)
    return Report(delivery_id=delivery.pk, key=key, occurred_at=at, **told)


def _totals(campaign: Campaign) -> list[tuple[Any, ...]]:
    rows = HourlyTotal.objects.filter(campaign=campaign).exclude(events=0).order_by("kind", "hour")
    return list(rows.values_list("kind", "hour", "events", "firsts", "firsts_simulated"))


def test_an_earlier_report_that_comes_late_takes_the_place_of_the_first(club: Club) -> None:
    (delivery,) = _sent(club, "Ana")
    for minutes in (200, 10, 100):
        assert feedback.record(_report(delivery, minutes))
    delivery.refresh_from_db()
    assert delivery.first_opened_at == MONDAY + timedelta(minutes=10)
    assert [
        (at.hour, events, firsts) for _kind, at, events, firsts, _sim in _totals(delivery.campaign)
    ] == [
        (9, 1, 1),
        (10, 1, 0),
        (12, 1, 0),
    ]


@pytest.mark.parametrize("simulated_first", [True, False])
def test_what_is_simulated_stays_apart_when_first_times_move(
    club: Club, simulated_first: bool
) -> None:
    (delivery,) = _sent(club, "Ana")
    feedback.record(_report(delivery, 100, simulated=not simulated_first))
    feedback.record(_report(delivery, 10, simulated=simulated_first))
    figures = reports.figures(delivery.campaign)
    assert figures["opened"].number == 1
    assert figures.simulated["opened"] == int(simulated_first)
    assert all(total.firsts_simulated >= 0 for total in HourlyTotal.objects.all())


def test_a_machine_before_the_reader_is_not_the_first(club: Club) -> None:
    (delivery,) = _sent(club, "Ana")
    feedback.record(_report(delivery, 0, actor="machine", simulated=True))
    feedback.record(_report(delivery, 90))
    feedback.record(_report(delivery, 0, actor="unknown"))
    figures = reports.figures(delivery.campaign)
    assert (figures["opened"].number, figures.simulated["opened"]) == (1, 0)
    assert Response.objects.count() == 3


def test_a_report_on_no_delivery_is_refused(db: None) -> None:
    unknown = Report(delivery_id=1, kind="opened", key="1", occurred_at=MONDAY, source="web")
    assert feedback.record(unknown) is False
    assert not HourlyTotal.objects.exists()


@pytest.mark.parametrize(("kind", "state"), [("clicked", "accepted"), ("redeemed", "unknown")])
def test_an_answer_proves_the_hand_off_and_a_redemption_does_not(
    club: Club, kind: str, state: str
) -> None:
    (delivery,) = _sent(club, "Ana", state="unknown", accepted_at=None)
    feedback.record(_report(delivery, 5, kind=kind))
    delivery.refresh_from_db()
    assert delivery.state == state
    assert reports.figures(delivery.campaign).adds_up


def test_more_answers_than_hand_offs_still_make_a_report(club: Club) -> None:
    ana, _gloria = _sent(club, "Ana", "Gloria", state="unknown", accepted_at=None)
    Delivery.objects.filter(pk=ana.pk).update(state="accepted", accepted_at=MONDAY)
    for delivery in Delivery.objects.all():
        feedback.record(_report(delivery, 5, kind="redeemed"))
    share = reports.figures(ana.campaign)["redeemed"]
    assert (share.number, share.of) == (2, 1)
    assert share.interval is not None
    assert share.interval[1] == 100.0


@pytest.mark.parametrize(
    ("number", "of", "low", "high"),
    [(0, 10, 0.0, 27.75), (5, 10, 23.66, 76.34), (10, 10, 72.25, 100.0), (214, 1133, 16.71, 21.27)],
)
def test_the_interval_is_wilsons(number: int, of: int, low: float, high: float) -> None:
    interval = Share("opened", number, "trackable", of).interval
    assert interval is not None
    assert list(interval) == pytest.approx([low, high], abs=0.01)


HITS = st.tuples(
    st.sampled_from(["Ana", "Gloria"]),
    st.sampled_from(["opened", "clicked", "delivered"]),
    st.integers(0, 300),
    st.sampled_from(["human", "machine", "unknown"]),
)


class TestStories(TestCase):
    """Invented stories of two mails, told in order and told badly."""

    @settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.data())
    def test_told_badly_it_ends_like_told_in_order(self, data: st.DataObject) -> None:
        """Shuffled and partly repeated reports give the first times and totals of a clean run."""
        hits = data.draw(st.lists(HITS, max_size=8, unique_by=lambda hit: hit[2]))
        again = data.draw(st.lists(st.sampled_from(hits), max_size=4)) if hits else []
        badly = data.draw(st.permutations(hits + again))
        club = cast.club()
        clean = _sent(club, "Ana", "Gloria")
        bad = _mails(cast.campaign(club, name="Week 48"), [one.member for one in clean])
        _tell(clean, sorted(hits, key=lambda hit: hit[2]))
        _tell(bad, badly)
        assert _totals(bad[0].campaign) == _totals(clean[0].campaign)
        assert reports.reconcile(bad[0].campaign) == {}
        assert _first_times(bad) == _first_times(clean)


def _tell(deliveries: list[Delivery], hits: list[tuple[str, str, int, str]]) -> None:
    mails = dict(zip(["Ana", "Gloria"], deliveries, strict=True))
    for name, kind, minutes, actor in hits:
        # Every third minute is the simulator's.
        simulated = minutes % 3 == 0
        feedback.record(_report(mails[name], minutes, kind=kind, actor=actor, simulated=simulated))


def _first_times(deliveries: list[Delivery]) -> list[tuple[Any, ...]]:
    columns = feedback.FIRST_TIMES.values()
    rows = Delivery.objects.filter(pk__in=[one.pk for one in deliveries])
    return list(rows.order_by("pk").values_list(*columns))
