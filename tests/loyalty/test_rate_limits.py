"""At most so many in so many seconds, however many processes count."""

from datetime import UTC, datetime, timedelta

import pytest

from loyalty.models import RateCounter
from loyalty.rate_limits import is_spent, prune, spend

START = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)  # a window of a minute begins

pytestmark = pytest.mark.django_db


def _spend(times: int = 1, seconds: int = 0, key: str = "till-1") -> int:
    """How many of so many tries pass, a number of seconds after the start."""
    now = START + timedelta(seconds=seconds)
    return sum(spend("api", key, 10, 60, now=now) for _ in range(times))


def test_the_limit_is_the_limit() -> None:
    assert _spend(15) == 10


def test_each_key_and_scope_has_its_own() -> None:
    _spend(10)
    assert _spend(key="till-2") == 1
    assert spend("other", "till-1", 10, 60, now=START)
    assert spend("api", "till-1", 1, 5, now=START)


def test_the_window_slides() -> None:
    """Half a window later half of what was done before still counts."""
    assert _spend(10) == 10
    assert _spend(10, seconds=60) == 0
    assert _spend(10, seconds=90) == 5
    assert _spend(10, seconds=180) == 10


def test_who_was_turned_away_is_not_held_up_longer() -> None:
    _spend(500)
    assert _spend(10, seconds=120) == 10


def test_a_clock_that_is_behind_counts_in_the_window_of_the_others() -> None:
    assert _spend(9, seconds=60) == 9
    assert _spend(5, seconds=59) == 1


def test_looking_counts_nothing() -> None:
    assert not is_spent("api", "till-1", 10, 60, now=START)
    _spend(9)
    assert not is_spent("api", "till-1", 10, 60, now=START)
    _spend(1)
    assert is_spent("api", "till-1", 10, 60, now=START)
    assert is_spent("api", "till-1", 10, 60, now=START + timedelta(seconds=60))
    assert not is_spent("api", "till-1", 10, 60, now=START + timedelta(seconds=120))


def test_a_limit_of_nothing_lets_nobody_in() -> None:
    assert not spend("api", "till-1", 0, 60)
    assert is_spent("api", "till-1", 0, 60)


def test_counters_that_say_nothing_any_more_go() -> None:
    _spend()
    assert prune(START + timedelta(seconds=119)) == 0
    assert prune(START + timedelta(seconds=120)) == 1


def test_a_key_is_not_kept_in_the_clear() -> None:
    _spend(key="203.0.113.9")
    assert "203.0.113.9" not in RateCounter.objects.get().key_hash
