"""Whatever happened: the liability of a day is what a replay up to it gives, and months add up."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loyalty import closed_months_trigger, ledger, liability, months
from loyalty.models import Entry, Hold, Wallet
from profiles.models import Account
from tests import cast

START = datetime(2026, 1, 1, 8, tzinfo=UTC)
DAYS = 120
STEP = st.tuples(
    st.sampled_from(["earn", "redeem", "overdraw", "hold", "end", "reverse", "adjust", "settle"]),
    st.integers(1, 60),  # points
    st.integers(0, 9),  # days since the step before
    st.integers(1, 40),  # days that something lasts, or which earlier entry is meant
)
STORY = st.lists(STEP, min_size=1, max_size=14)
Step = tuple[str, int, int, int]


class Undo(Exception):
    """Rolls a story back."""


def tell(account: Account, story: list[Step], until: datetime | None = None, skip: int = 0) -> None:
    """Do what the story says after ``skip`` steps, each at its moment, up to ``until``."""
    now = START
    for number, (verb, points, pause, other) in enumerate(story):
        now += timedelta(days=pause, minutes=1)
        if until and now > until:
            return
        if number < skip:
            continue
        try:
            step(account, verb, points, other, f"{account.pk}:{number}", now)
        except (ledger.NotEnoughPoints, ledger.NotReversible):
            continue


def step(account: Account, verb: str, points: int, other: int, key: str, now: datetime) -> None:
    """One verb of the ledger."""
    span = timedelta(days=other)
    if verb == "earn":
        wait = timedelta(days=points % 3)
        parcels = [
            ledger.Parcel(points, now + wait, now + wait + span),
            ledger.Parcel(points, now),
        ]
        ledger.earn(account, parcels, "t", key, occurred_at=now, now=now)
    elif verb in {"redeem", "overdraw"}:
        ledger.redeem(account, points, "t", key, overdraw=verb == "overdraw", now=now)
    elif verb == "hold":
        ledger.hold(account, points, "t", key, expires_at=now + span, now=now)
    elif verb == "end":
        end(account, key, other, now)
    elif verb == "reverse":
        entries = Entry.objects.filter(wallet__account=account, kind__in=["earn", "redeem"])
        if entry := entries.order_by("-pk")[other % 3 : other % 3 + 1].first():
            ledger.reverse(entry, "t", key, now=now)
    elif verb == "adjust":
        points = points if other % 2 else -points
        ledger.adjust(account, points, "t", key, reason="So", overdraw=True, now=now)
    else:
        ledger.settle(account, now)


def end(account: Account, key: str, other: int, now: datetime) -> None:
    """Capture or release a hold."""
    if hold := Hold.objects.filter(wallet__account=account, state="open").first():
        (ledger.capture if other % 2 else ledger.release)(hold, "t", key, now=now)


def replayed(club: cast.Club, story: list[Step], at: datetime) -> tuple[int, int, int]:
    """Held, pending and net points of an account to which only that much happened."""
    found = (0, 0, 0)
    try:
        with transaction.atomic():
            account = Account.objects.create(brand=club.brand)
            tell(account, story, at)
            ledger.settle(account, at)
            wallet = Wallet.objects.get(account=account)
            net = wallet.active + wallet.pending + wallet.held - wallet.debt
            found = (wallet.held, wallet.pending, net)
            raise Undo
    except Undo:
        return found


def fresh(story: list[Step], club: cast.Club) -> Account:
    """An account that lived the story."""
    account = Account.objects.create(brand=club.brand)
    tell(account, story)
    return account


@pytest.mark.django_db
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(story=STORY, day=st.integers(0, DAYS))
def test_the_liability_of_any_day_is_what_a_replay_gives(
    club: cast.Club, story: list[Step], day: int
) -> None:
    at = START + timedelta(days=day)
    try:
        with transaction.atomic():
            expected = replayed(club, story, at)
            account = fresh(story, club)
            for _later in range(2):
                owed = liability.as_of(club.brand, at)
                assert (owed.held, owed.pending, owed.outstanding - owed.debt) == expected
                assert sum(owed.by_expiry.values()) == sum(owed.by_age.values())
                assert sum(owed.by_age.values()) == owed.outstanding
                ledger.settle(account, START + timedelta(days=400))
            raise Undo
    except Undo:
        pass


@pytest.mark.django_db
@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(story=STORY, closing=st.integers(0, 13))
def test_months_add_up_and_stay_as_they_were_closed(
    club: cast.Club, story: list[Step], closing: int
) -> None:
    closed_months_trigger.install(connection)
    try:
        with transaction.atomic():
            account = Account.objects.create(brand=club.brand)
            tell(account, story[:closing])
            january = date(2026, 1, 1)
            first = months.next_to_close(club.brand)
            closed = months.close(club.brand, january, now=START + timedelta(days=60))
            assert first in {january, None}
            tell(account, story, skip=closing)
            assert months.report(club.brand, january).figures() == closed.figures
            check_chain(club)
            raise Undo
    except Undo:
        pass


def check_chain(club: cast.Club) -> None:
    """Each month opens with what the one before left, and that is what was owed."""
    left = 0
    for number in range(1, 7):
        month = date(2026, number, 1)
        report = months.report(club.brand, month)
        assert report.opening.points == left
        left = report.closing.points
        booked = liability.at_month_end(club.brand, month)
        assert booked.outstanding + booked.not_booked - booked.debt == left
