"""The worklist's screens: what is open, one item in words, closing and trying again."""

from datetime import UTC, datetime
from typing import Any

import pytest

from loyalty import till_keys, worklist
from loyalty.models import OfflineEvent, WorklistItem
from loyalty.staff.urls import here, ledger_url
from profiles.models import Member, User
from tests.cast import Club
from tests.loyalty.staff.pages import signed_in, source, text

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
Kind = WorklistItem.Kind


def _item(club: Club, kind: WorklistItem.Kind = Kind.OVERDRAFT, **more: Any) -> WorklistItem:
    return worklist.open_item(club.brand, kind, "till-1", more.pop("key", kind.value), **more)


def _lost(club: Club) -> tuple[OfflineEvent, WorklistItem]:
    """Points redeemed with a card that nobody knows."""
    till, _plain = till_keys.create(club.brand, "till-1")
    body = {"points": 5, "card": "999", "account": None}
    event = OfflineEvent.objects.create(
        till=till, kind="points_redeemed", key="e", request_hash="x", occurred_at=NOON,
        state="problem", body=body, outcome={"detail": "This card is not known."},
    )  # fmt: skip
    facts = {"event": event.pk, "kind": "points_redeemed", "till": "till-1"}
    return event, _item(club, Kind.UNKNOWN_CARD, key=f"offline:{event.pk}", facts=facts)


def test_finance_may_not_look(club: Club, accountant: User) -> None:
    item = _item(club)
    for url in (here("worklist"), here("worklist_item", item.pk)):
        assert signed_in(accountant).get(url).status_code == 302
        assert signed_in(accountant).post(url, {"note": "Done"}).status_code in (302, 405)
    assert worklist.waiting(club.brand).exists()


def test_the_list_counts_kinds_and_shows_one(club: Club, clerk: User) -> None:
    over, skew = _item(club), _item(club, Kind.CLOCK_SKEW)
    page = text(clerk, here("worklist"))
    assert "All (2)" in page
    assert "The clock of the till is wrong (1)" in page
    page = source(clerk, here("worklist") + "?kind=clock_skew")
    assert here("worklist_item", skew.pk) in page
    assert here("worklist_item", over.pk) not in page
    assert here("worklist_item", over.pk) in source(clerk, here("worklist") + "?kind=none")


def test_an_empty_list_says_so(club: Club, clerk: User) -> None:
    assert "Nothing has to be looked at." in text(clerk, here("worklist"))


def test_an_item_is_told_in_words(club: Club, gloria: Member, clerk: User) -> None:
    item = _item(club, account=gloria.account, facts={"missing": 30, "till": "till-1"})
    page = text(clerk, here("worklist_item", item.pk))
    assert "Points missing, now owed" in page
    assert ledger_url(gloria) in page


def test_closing_keeps_who_and_what(club: Club, clerk: User) -> None:
    item = _item(club)
    signed_in(clerk).post(here("worklist_item", item.pk), {"note": "Called her"})
    item.refresh_from_db()
    assert (item.done_by, item.note) == (clerk, "Called her")
    assert "Called her" in text(clerk, here("worklist") + "?state=done")
    assert "Nothing has to be looked at." in text(clerk, here("worklist"))


def test_closing_needs_a_note_and_keeps_what_was_typed(club: Club, clerk: User) -> None:
    item = _item(club)
    answer = signed_in(clerk).post(here("worklist_item", item.pk), {"note": "x" * 201})
    assert answer.status_code == 200
    assert "x" * 201 in answer.content.decode()
    signed_in(clerk).post(here("worklist_item", item.pk), {"note": " "})
    assert worklist.waiting(club.brand).get() == item


def test_the_second_to_close_is_told(club: Club, clerk: User, supervisor: User) -> None:
    item = _item(club)
    worklist.close_item(item, supervisor, "Mine")
    url = here("worklist_item", item.pk)
    answer = signed_in(clerk).post(url, {"note": "Me too"}, follow=True)
    assert "Somebody else closed it before." in answer.content.decode()
    item.refresh_from_db()
    assert (item.done_by, item.note) == (supervisor, "Mine")


@pytest.mark.usefixtures("gloria")
def test_an_event_that_still_fails_stays(club: Club, clerk: User) -> None:
    event, item = _lost(club)
    url = here("worklist_item", item.pk)
    assert "This card is not known." in text(clerk, url)
    answer = signed_in(clerk).post(url, {"do": "replay"}, follow=True)
    assert "It still cannot be recorded" in answer.content.decode()
    event.refresh_from_db()
    assert event.state == "problem"
    assert worklist.waiting(club.brand).get() == item


def test_giving_an_event_up_closes_both(club: Club, clerk: User) -> None:
    event, item = _lost(club)
    signed_in(clerk).post(here("worklist_item", item.pk), {"note": "Typed wrongly"})
    event.refresh_from_db()
    item.refresh_from_db()
    assert (event.state, event.settled_by, item.note) == ("dismissed", clerk, "Typed wrongly")


def test_an_event_is_recorded_once_its_card_is_known(
    club: Club, gloria: Member, clerk: User
) -> None:
    event, item = _lost(club)
    OfflineEvent.objects.filter(pk=event.pk).update(
        body=event.body | {"card": "", "account": str(gloria.account.public_id)}
    )
    signed_in(clerk).post(here("worklist_item", item.pk), {"do": "replay"})
    event.refresh_from_db()
    item.refresh_from_db()
    assert (event.state, item.done_by) == ("recorded", clerk)
