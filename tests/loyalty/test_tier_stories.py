"""Whatever happens to accounts, recomputing all at once writes what refreshing each one writes."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from loyalty import ledger, tier_recomputing, tiers
from loyalty.models import Tier, TierChange, TierScheme, TierStanding
from profiles.models import Account, User
from tests import cast

START = datetime(2024, 2, 27, 22, 30, 0, 250_000, tzinfo=UTC)
OPENINGS = [datetime(2020, 2, 29, 9, tzinfo=UTC), datetime(2023, 12, 31, 23, 30, tzinfo=UTC)]
STANDING = ("account", "tier__key", "counter", "counted_since", "since", "grace_until", "warned_at",
            "granted__key", "granted_until")  # fmt: skip
CHANGE = ("account", "from_tier__key", "to_tier__key", "reason", "note", "counter", "at")

steps = st.one_of(
    st.tuples(st.just("earn"), st.integers(0, 1), st.integers(1, 130)),
    st.tuples(st.just("return"), st.integers(0, 1), st.integers(1, 60)),
    st.tuples(st.just("grant"), st.integers(0, 1), st.integers(1, 90)),
    st.tuples(st.just("wait"), st.integers(0, 36), st.integers(0, 45)),
    st.tuples(st.just("warn"), st.just(0), st.just(0)),
    st.tuples(st.just("year"), st.just(0), st.integers(300, 400)),
)
schemes = st.fixed_dictionaries(
    {
        "window": st.sampled_from(TierScheme.Window.values),
        "rolling_days": st.sampled_from([1, 30, 365]),
        "grace_days": st.sampled_from([0, 1, 20]),
    }
)
ladders = st.sampled_from([(0, 50, 100), (40, 100), (0,), ()])


@dataclass
class Story:
    """Two accounts, a clock, and who plays along."""

    accounts: list[Account]
    by: User
    now: datetime = START
    number: int = 0

    def play(self, step: tuple[str, int, int]) -> None:
        """One step, other than somebody's look at the tiers."""
        what, who, amount = step
        self.number += 1
        if what in ("wait", "year"):
            self.now += timedelta(days=amount, hours=who)
        elif what == "warn":
            for standing in tiers.to_warn(self.accounts[0].brand, self.now):
                tiers.mark_warned(standing, self.now)
        elif what == "grant":
            self._grant(self.accounts[who], amount)
        else:
            self._qualify(self.accounts[who], amount if what == "earn" else -amount)

    def _qualify(self, account: Account, points: int) -> None:
        ledger.open_balance(
            account, [], "story", str(self.number), occurred_at=self.now, qualifying=points,
            qualified_at=self.now - timedelta(days=self.number % 3), now=self.now,
        )  # fmt: skip

    def _grant(self, account: Account, days: int) -> None:
        tier = account.brand.tiers.order_by("-rank").first()
        if tier:
            until = self.now + timedelta(days=days)
            tiers.grant(account, tier, until, "a birthday", self.by, self.now)


@pytest.fixture
def story(club: cast.Club) -> Story:
    """The club in Madrid, with two accounts of unlike birthdays."""
    club.brand.time_zone = "Europe/Madrid"
    club.brand.save()
    accounts = [Account.objects.create(brand=club.brand, opened_at=at) for at in OPENINGS]
    return Story(accounts, club.marketer)


@contextmanager
def _forgotten() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def _told(after: int) -> dict[str, Any]:
    return {
        "standings": list(TierStanding.objects.order_by("account").values_list(*STANDING)),
        "changes": sorted(TierChange.objects.filter(pk__gt=after).values_list(*CHANGE), key=repr),
    }


def _last() -> int:
    last = TierChange.objects.order_by("-pk").first()
    return last.pk if last else 0


def _look(story: Story) -> None:
    """Refresh each, forget it, recompute all, and compare; the club goes on with the latter."""
    last = _last()
    with _forgotten():
        standings = [tiers.standing(account, story.now) for account in story.accounts]
        for account in story.accounts:
            tiers.refresh(account, story.now)
        single = _told(last)
        again = [tiers.refresh(account, story.now) for account in story.accounts]
        assert _told(last) == single
        for seen, written in zip(standings, again, strict=True):
            assert seen
            assert written
            assert (seen.tier, seen.since, seen.counter) == (
                written.tier, written.since, written.counter,
            )  # fmt: skip
    moved = tiers.recompute(story.accounts[0].brand, story.now)
    assert _told(last) == single
    assert moved == len(single["changes"])
    assert tiers.recompute(story.accounts[0].brand, story.now) == 0
    assert _told(last) == single


# A tier earned, kept, lost with its year or its days, in grace, and earned again or dropped.
YEARS = [("earn", 0, 110), ("year", 0, 330), ("year", 0, 370), ("wait", 3, 9), ("warn", 0, 0)]
LOST = [*YEARS, ("wait", 0, 20), ("earn", 1, 60), ("grant", 1, 9), ("return", 1, 50)]
AGAIN = [*YEARS, ("earn", 0, 130), ("return", 0, 50), ("wait", 0, 45), ("wait", 0, 45)]


def _scheme(window: str) -> dict[str, Any]:
    return {"window": window, "rolling_days": 365, "grace_days": 20}


@example(scheme=_scheme("calendar"), ladder=(0, 50, 100), plot=LOST)
@example(scheme=_scheme("anniversary"), ladder=(0, 50, 100), plot=LOST)
@example(scheme=_scheme("anniversary"), ladder=(40, 100), plot=AGAIN)
@example(scheme=_scheme("rolling"), ladder=(40, 100), plot=AGAIN)
@given(scheme=schemes, ladder=ladders, plot=st.lists(steps, min_size=3, max_size=14))
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_recomputing_all_is_refreshing_each(
    story: Story, scheme: dict[str, Any], ladder: tuple[int, ...], plot: list[Any]
) -> None:
    with _forgotten():
        brand = story.accounts[0].brand
        TierScheme.objects.create(brand=brand, **scheme)
        for rank, threshold in enumerate(ladder):
            Tier.objects.create(brand=brand, key=f"t{threshold}", rank=rank, threshold=threshold)
        chapter = Story(story.accounts, story.by)
        _look(chapter)
        for step in plot:
            chapter.play(step)
            _look(chapter)


def test_chunks_make_no_difference(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    brand = story.accounts[0].brand
    TierScheme.objects.create(brand=brand)
    Tier.objects.create(brand=brand, key="base", rank=0, threshold=0)
    monkeypatch.setattr(tier_recomputing, "CHUNK", 1)
    assert tiers.recompute(brand, START) == Account.objects.filter(brand=brand).count() >= 2
