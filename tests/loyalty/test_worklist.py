"""The worklist: once per report, closed once, and without saying who it was."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import IntegrityError

from loyalty import worklist
from loyalty.models import WorklistItem
from profiles.models import Member
from tests.cast import Club

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
Kind = WorklistItem.Kind


def _open(club: Club, key: str = "k-1", **facts: Any) -> WorklistItem:
    return worklist.open_item(club.brand, Kind.OVERDRAFT, "till-1", key, **facts)


def test_the_same_report_opens_one_item(club: Club, gloria: Member) -> None:
    first = _open(club, account=gloria.account, facts={"missing": 30}, now=NOON)
    again = _open(club, facts={"missing": 31})
    assert (again, again.facts, again.opened_at) == (first, {"missing": 30}, NOON)
    assert again.account == gloria.account
    assert worklist.open_item(club.brand, Kind.OTHER, "till-2", "k-1") != first


def test_a_closed_item_stays_closed_when_it_is_reported_again(club: Club) -> None:
    item = _open(club)
    worklist.close_item(item, club.marketer, " Called her. ", NOON)
    assert (item.done_by, item.done_at, item.note) == (club.marketer, NOON, "Called her.")
    assert _open(club) == item
    assert not worklist.waiting(club.brand).exists()


def test_an_item_is_closed_by_one(club: Club) -> None:
    item = _open(club)
    worklist.close_item(item, club.marketer, "Called her.")
    with pytest.raises(worklist.AlreadyDone):
        worklist.close_item(item, club.approver, "Me too.")
    item.refresh_from_db()
    assert item.done_by == club.marketer


def test_closing_says_what_was_done(club: Club) -> None:
    with pytest.raises(ValueError, match="Say what"):
        worklist.close_item(_open(club), club.marketer, " ")


@pytest.mark.parametrize(
    "facts", [{"email": "a@b.example"}, {"card": "1"}, {"x": 1.5}, {"x": [1]}, {"x": "y" * 201}]
)
def test_facts_are_figures_and_reasons(club: Club, facts: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="Facts"):
        _open(club, facts=facts)


def test_the_oldest_comes_first(club: Club) -> None:
    young, old = _open(club, "k-2"), _open(club, "k-1", now=NOON)
    assert list(worklist.waiting(club.brand)) == [old, young]


def test_the_database_wants_somebody_to_have_done_it(club: Club) -> None:
    with pytest.raises(IntegrityError):
        WorklistItem.objects.filter(pk=_open(club).pk).update(done_at=NOON)
