"""Any order of earning, spending, reversing and waiting keeps the books right.

Hypothesis invents stories; a model in plain Python, which knows only parcels of points, says what
may be spent. Reversed earnings, which make debt, are told in stories of their own.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from loyalty import ledger
from loyalty.models import Entry
from loyalty.statement import statement
from profiles.models import Account, Member
from tests.loyalty.books import MARCH, check_books

POINTS = st.integers(5, 60)
# A few lengths only, so that waiting often ends just when something matures or lapses.
PENDING = st.sampled_from([0, 0, 0, 10])
DAYS = st.sampled_from([3, 10, 20])
EARNING = st.tuples(st.just("earn"), POINTS, PENDING, st.sampled_from([10, 20, 30, None]))
SPENDING = st.tuples(st.just("redeem"), st.integers(1, 15))
UNDOING = st.tuples(st.just("undo"), st.integers(0, 3))
TAKING_BACK = st.tuples(st.just("take back"), st.integers(0, 3))
SETTLING = st.tuples(st.just("settle"))
WAITING = st.tuples(st.just("wait"), DAYS)
OFTEN = (EARNING, EARNING, SPENDING, SPENDING, WAITING, WAITING)
PLAIN = st.lists(st.one_of(*OFTEN, UNDOING, SETTLING), min_size=12, max_size=24)
WITH_DEBT = st.lists(st.one_of(*OFTEN, UNDOING, TAKING_BACK), min_size=12, max_size=24)

few = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@dataclass
class Parcel:
    """Points of one earning, as the model sees them."""

    points: int
    available: datetime
    expires: datetime | None

    def counts(self, now: datetime) -> bool:
        """Whether the points may be spent now."""
        return self.available <= now and (self.expires is None or now < self.expires)


@dataclass
class Story:
    """An account, the clock, the model's parcels and what may be undone."""

    account: Account
    now: datetime = MARCH
    parcels: list[Parcel] = field(default_factory=list)
    spent: list[tuple[Entry, list[tuple[Parcel, int]]]] = field(default_factory=list)
    earned: list[Entry] = field(default_factory=list)
    told: list[tuple[datetime, int]] = field(default_factory=list)
    steps: int = 0

    def tell(self, what: str, *how: int) -> None:
        """Do one thing, a second later than the last."""
        self.steps += 1
        self.now += timedelta(seconds=1)
        getattr(self, what.replace(" ", "_"))(*how)

    @property
    def key(self) -> str:
        """A key for this step."""
        return f"{self.account.pk}:{self.steps}"

    def spendable(self) -> int:
        """What the model says may be spent."""
        return sum(parcel.points for parcel in self.parcels if parcel.counts(self.now))

    def earn(self, points: int, pending: int, valid: int | None) -> None:
        """Earn points that wait and lapse after some days."""
        available = self.now + timedelta(days=pending)
        expires = None if valid is None else available + timedelta(days=valid)
        for _again in range(2):
            entry = ledger.earn(
                self.account,
                points,
                "story",
                self.key,
                occurred_at=self.now,
                available_at=available,
                expires_at=expires,
                now=self.now,
            )
        self.earned.append(entry)
        self.parcels.append(Parcel(points, available, expires))

    def redeem(self, points: int) -> None:
        """Spend points; the ledger refuses exactly when the model does."""
        if points > ledger.balance(self.account, self.now):
            with pytest.raises(ledger.NotEnoughPoints):
                ledger.redeem(self.account, points, "story", self.key, now=self.now)
            return
        for _again in range(2):
            entry = ledger.redeem(self.account, points, "story", self.key, now=self.now)
        self.spent.append((entry, self._spend(points)))

    def _spend(self, points: int) -> list[tuple[Parcel, int]]:
        taken = []
        open_parcels = [parcel for parcel in self.parcels if parcel.counts(self.now)]
        far = datetime.max.replace(tzinfo=MARCH.tzinfo)
        for parcel in sorted(open_parcels, key=lambda parcel: parcel.expires or far):
            amount = min(points, parcel.points)
            parcel.points -= amount
            points -= amount
            taken.append((parcel, amount))
        return taken

    def undo(self, which: int) -> None:
        """Reverse a redemption: its points go back where they came from."""
        if self.spent:
            entry, taken = self.spent.pop(which % len(self.spent))
            ledger.reverse(entry, "story", self.key, now=self.now)
            for parcel, amount in taken:
                parcel.points += amount

    def take_back(self, which: int) -> None:
        """Reverse an earning, whatever became of its points."""
        if self.earned:
            entry = self.earned.pop(which % len(self.earned))
            ledger.reverse(entry, "story", self.key, now=self.now)

    def settle(self) -> None:
        """Run the job that books what time has changed, twice."""
        ledger.settle(self.account, self.now)
        ledger.settle(self.account, self.now)

    def wait(self, days: int) -> None:
        """Let days pass."""
        self.now += timedelta(days=days)


def _story(gloria: Member) -> Story:
    return Story(Account.objects.create(brand=gloria.brand))


@few
@given(PLAIN)
@example([("earn", 10, 0, 30), ("earn", 10, 0, 10), ("redeem", 5), ("wait", 20)])
def test_the_ledger_agrees_with_the_model(gloria: Member, steps: list[tuple[str, int]]) -> None:
    story = _story(gloria)
    for step in steps:
        story.tell(*step)
        balance = ledger.balance(story.account, story.now)
        assert balance == story.spendable()
        story.told.append((story.now, balance))
    _check(story)
    for at, balance in story.told:
        assert ledger.balance(story.account, at) == balance
        lines = statement(story.account, at)
        assert (lines[0].balance if lines else 0) == balance


@few
@given(WITH_DEBT)
def test_debt_keeps_the_books_right(gloria: Member, steps: list[tuple[str, int]]) -> None:
    story = _story(gloria)
    for step in steps:
        story.tell(*step)
        _check(story)


def _check(story: Story) -> None:
    if Entry.objects.filter(wallet__account=story.account).exists():
        check_books(story.account)
        wallet = story.account.wallet
        wallet.refresh_from_db()
        assert not (wallet.active and wallet.debt)


def test_reversing_everything_leaves_nothing(gloria: Member) -> None:
    """Worked example: 100 earned, 30 spent, both undone in either order."""
    for order in (0, 1):
        story = _story(gloria)
        earned = ledger.earn(story.account, 100, "test", f"e{order}", occurred_at=MARCH)
        spent = ledger.redeem(story.account, 30, "test", f"r{order}")
        for number, entry in enumerate([earned, spent][:: 1 if order else -1]):
            ledger.reverse(entry, "test", f"u{order}{number}")
        assert ledger.balance(story.account) == 0
        check_books(story.account)
        assert story.account.wallet.debt == 0


def test_an_entry_is_reversed_once(gloria: Member) -> None:
    earned = ledger.earn(gloria.account, 100, "test", "e", occurred_at=MARCH)
    undone = ledger.reverse(earned, "test", "u")
    assert ledger.reverse(earned, "test", "u") == undone
    with pytest.raises(ledger.NotReversible):
        ledger.reverse(earned, "test", "another key")
    with pytest.raises(ledger.NotReversible):
        ledger.reverse(undone, "test", "third")
