"""Undoing an entry by hand: it says what it does to how many points, and does that."""

from datetime import timedelta

import pytest
from django.utils import timezone

from loyalty import corrections, ledger
from loyalty.corrections import Effect, NotUndoable
from loyalty.models import Entry, Wallet
from loyalty.staff.urls import ledger_url, undo_url
from profiles.models import Member, User
from tests import cast
from tests.cast import Club
from tests.loyalty.books import check_books, earn
from tests.loyalty.reward_cast import picture, reward, rich, take
from tests.loyalty.staff.pages import form_of, send, signed_in, text

NOW = timezone.now()
DAY = timedelta(days=1)


@pytest.fixture
def earned(gloria: Member) -> Entry:
    """A hundred points of yesterday, of which seventy are spent."""
    entry = earn(gloria.account, 100, "a", NOW - DAY)
    ledger.redeem(gloria.account, 70, "till-1", "r", reason="Bread")
    return entry


@pytest.fixture
def redeemed(earned: Entry) -> Entry:
    """The redemption of the seventy."""
    return Entry.objects.get(kind="redeem")


def test_taking_back_says_what_will_be_owed(
    gloria: Member, supervisor: User, earned: Entry
) -> None:
    page = text(supervisor, undo_url(gloria, earned))
    assert "30 fewer points can be spent." in page
    assert "70 points were spent already and will be owed." in page
    assert Wallet.objects.get().active == 30
    answer = send(supervisor, undo_url(gloria, earned), why="Not hers")
    assert answer.redirect_chain[-1][0] == ledger_url(gloria)
    wallet = Wallet.objects.get()
    assert (wallet.active, wallet.debt) == (0, 70)
    entry = Entry.objects.get(kind="reverse")
    assert (entry.reverses, entry.recorded_by, entry.reason) == (earned, supervisor, "Not hers")
    check_books(gloria.account)


def test_a_redemption_is_given_back(gloria: Member, supervisor: User, redeemed: Entry) -> None:
    assert "70 more points can be spent." in text(supervisor, undo_url(gloria, redeemed))
    send(supervisor, undo_url(gloria, redeemed), why="The till broke")
    assert ledger.balance(gloria.account) == 100
    check_books(gloria.account)


def test_asking_changes_nothing(gloria: Member, supervisor: User, earned: Entry) -> None:
    before = Entry.objects.count()
    assert corrections.effect(earned, supervisor) == Effect(-30, 0, 0, 70)
    assert Entry.objects.count() == before


def test_points_that_lapsed_do_not_come_back_to_spend(gloria: Member, supervisor: User) -> None:
    earn(gloria.account, 50, "a", NOW - 9 * DAY, expires_at=NOW - DAY)
    spent = ledger.redeem(gloria.account, 50, "till-1", "r", now=NOW - 2 * DAY)
    assert "nothing comes back to spend" in text(supervisor, undo_url(gloria, spent))


def test_what_would_do_something_else_meanwhile_asks_again(
    gloria: Member, supervisor: User, earned: Entry
) -> None:
    client, url = signed_in(supervisor), undo_url(gloria, earned)
    fields = {**form_of(client.get(url)), "why": "Not hers"}
    ledger.redeem(gloria.account, 10, "till-1", "r-2")
    answer = client.post(url, fields)
    assert "80 points were spent already" in answer.content.decode()
    assert not Entry.objects.filter(kind="reverse").exists()


def test_it_is_undone_once(gloria: Member, supervisor: User, redeemed: Entry) -> None:
    client, url = signed_in(supervisor), undo_url(gloria, redeemed)
    fields = {**form_of(client.get(url)), "why": "The till broke"}
    for _click in range(2):
        client.post(url, fields)
    assert Entry.objects.filter(kind="reverse").count() == 1
    assert "given back before" in client.get(url, follow=True).content.decode()


def test_a_reason_is_needed(gloria: Member, supervisor: User, earned: Entry) -> None:
    assert send(supervisor, undo_url(gloria, earned), why="").context["form"].errors["why"]
    with pytest.raises(ValueError, match="Say why"):
        corrections.undo(earned, supervisor, " ")


def test_a_clerk_cannot_undo(gloria: Member, clerk: User, earned: Entry) -> None:
    answer = signed_in(clerk).post(undo_url(gloria, earned), {"why": "x", "told": "-30,0,0,70"})
    assert answer.status_code in (302, 403)
    assert not Entry.objects.filter(kind="reverse").exists()
    assert undo_url(gloria, earned) not in text(clerk, ledger_url(gloria))


def test_nobody_undoes_entries_of_their_own_household(
    gloria: Member, superuser: User, redeemed: Entry
) -> None:
    Member.objects.filter(pk=gloria.pk).update(user=superuser)
    with pytest.raises(NotUndoable, match="your own account"):
        corrections.undo(redeemed, superuser, "For me")


def test_an_entry_of_another_member_is_not_reached_through_this_one(
    gloria: Member, club: Club, supervisor: User, earned: Entry
) -> None:
    other = cast.bruno(club)
    answer = signed_in(supervisor).get(undo_url(other, earned))
    assert answer.status_code in (302, 403)


def test_moves_and_what_was_taken_over_stay(gloria: Member, supervisor: User) -> None:
    earn(gloria.account, 10, "a", NOW - DAY)
    ledger.hold(gloria.account, 5, "till-1", "h")
    move = Entry.objects.get(kind="move")
    with pytest.raises(NotUndoable, match="Only what brought points"):
        corrections.effect(move, supervisor)
    opening = earn(gloria.account, 10, "b", NOW - DAY)
    opening.source = "opening"
    with pytest.raises(NotUndoable, match="switch-over"):
        corrections.effect(opening, supervisor)


def test_a_reward_is_cancelled_as_a_whole(club: Club, gloria: Member, supervisor: User) -> None:
    tote = reward(club, stock=1)
    rich(gloria)
    before = picture(gloria.account, tote)
    taken = take(gloria, tote)
    assert taken.entry
    url = undo_url(gloria, taken.entry)
    assert "The reward is cancelled" in text(supervisor, url)
    send(supervisor, url, why="It was torn")
    taken.refresh_from_db()
    assert (taken.state, taken.cancelled_by) == ("cancelled", supervisor)
    assert picture(gloria.account, tote) == before
