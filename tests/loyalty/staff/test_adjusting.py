"""Points given and taken by hand: alone within limits, by two people above them."""

import pytest

from loyalty import ledger, service_desk
from loyalty.models import Entry, ServiceRequest
from loyalty.staff.urls import here, ledger_url, request_url
from profiles.models import Member, User
from tests.loyalty.books import check_books
from tests.loyalty.staff.pages import form_of, send, signed_in, source, text


@pytest.fixture
def url(gloria: Member) -> str:
    """Where points are given to Gloria."""
    return here("adjust", gloria.pk)


@pytest.fixture
def asked(gloria: Member, clerk: User, url: str) -> ServiceRequest:
    """Clara asked for 501 points, one above the limit."""
    send(clerk, url, points="501", why="Broken bottle")
    return ServiceRequest.objects.get()


def test_within_the_limit_a_clerk_gives_points_alone(gloria: Member, clerk: User, url: str) -> None:
    answer = send(clerk, url, points="500", why="Broken bottle")
    assert answer.redirect_chain[-1][0] == ledger_url(gloria)
    entry = Entry.objects.get()
    assert (entry.kind, entry.recorded_by, entry.approved_by) == ("adjust", clerk, None)
    assert ledger.balance(gloria.account) == 500
    check_books(gloria.account)


def test_a_second_click_gives_nothing_more(gloria: Member, clerk: User, url: str) -> None:
    client = signed_in(clerk)
    fields = {**form_of(client.get(url)), "points": "50", "why": "Broken bottle"}
    for _click in range(2):
        client.post(url, fields)
    assert ledger.balance(gloria.account) == 50


def test_the_same_form_with_other_words_is_refused(gloria: Member, clerk: User, url: str) -> None:
    client = signed_in(clerk)
    fields = {**form_of(client.get(url)), "points": "50", "why": "Broken bottle"}
    client.post(url, fields)
    answer = client.post(url, {**fields, "points": "60"})
    assert "sent before with other words" in answer.content.decode()
    assert ledger.balance(gloria.account) == 50


@pytest.mark.parametrize("points", ["0", "", "1.5", "many", "99999999999", "-1"])
def test_what_cannot_be_given_is_refused(
    gloria: Member, clerk: User, url: str, points: str
) -> None:
    answer = send(clerk, url, points=points, why="Broken bottle")
    assert answer.status_code == 200
    assert answer.context["form"].errors["points"]
    assert not Entry.objects.exists()


def test_nothing_is_given_without_a_reason(clerk: User, url: str) -> None:
    assert send(clerk, url, points="5", why=" ").context["form"].errors["why"]
    assert not ServiceRequest.objects.exists()


def test_above_the_limit_a_second_person_approves(
    gloria: Member, clerk: User, supervisor: User, asked: ServiceRequest
) -> None:
    assert (asked.state, ledger.balance(gloria.account)) == ("waiting", 0)
    assert "Broken bottle" in text(supervisor, here("requests"))
    signed_in(supervisor).post(request_url(asked), {"decision": "approve"})
    entry = Entry.objects.get()
    assert (entry.recorded_by, entry.approved_by) == (clerk, supervisor)
    assert ledger.balance(gloria.account) == 501
    check_books(gloria.account)


def test_a_refusal_needs_a_word_and_gives_nothing(
    gloria: Member, supervisor: User, asked: ServiceRequest
) -> None:
    client = signed_in(supervisor)
    answer = client.post(request_url(asked), {"decision": "refuse"})
    assert answer.context["form"].errors["note"]
    client.post(request_url(asked), {"decision": "refuse", "note": "Ask for the receipt"})
    asked.refresh_from_db()
    assert (asked.state, asked.decided_by) == ("refused", supervisor)
    assert not Entry.objects.exists()


@pytest.mark.parametrize("decision", ["approve", "refuse"])
def test_whoever_asked_never_decides_not_even_a_superuser(
    gloria: Member, superuser: User, url: str, decision: str
) -> None:
    send(superuser, url, points="501", why="Broken bottle")
    asked = ServiceRequest.objects.get()
    signed_in(superuser).post(request_url(asked), {"decision": decision, "note": "Fine"})
    asked.refresh_from_db()
    assert asked.state == "waiting"
    assert "somebody else has to decide" in text(superuser, request_url(asked))
    assert not Entry.objects.exists()


def test_nobody_decides_about_their_own_household(
    gloria: Member, supervisor: User, asked: ServiceRequest
) -> None:
    Member.objects.filter(pk=gloria.pk).update(user=supervisor)
    signed_in(supervisor).post(request_url(asked), {"decision": "approve"})
    asked.refresh_from_db()
    assert asked.state == "waiting"


def test_a_clerk_without_the_right_cannot_decide(clerk: User, asked: ServiceRequest) -> None:
    other = User.objects.create_user("otto", "otto@esquina.example", "secret")
    other.groups.set(clerk.groups.all())
    signed_in(other).post(request_url(asked), {"decision": "approve"})
    asked.refresh_from_db()
    assert asked.state == "waiting"


def test_what_was_decided_is_decided(
    gloria: Member, supervisor: User, superuser: User, asked: ServiceRequest
) -> None:
    service_desk.refuse(asked, superuser, "No")
    answer = signed_in(supervisor).post(request_url(asked), {"decision": "approve"}, follow=True)
    assert "Somebody else decided before." in answer.content.decode()
    assert ledger.balance(gloria.account) == 0


def test_what_cannot_be_done_any_more_keeps_waiting(
    gloria: Member, clerk: User, supervisor: User, url: str
) -> None:
    ledger.adjust(gloria.account, 600, "test", "a", reason="Start")
    send(clerk, url, points="-600", why="Mistake")
    ledger.redeem(gloria.account, 100, "till-1", "r")
    asked = ServiceRequest.objects.get()
    answer = signed_in(supervisor).post(request_url(asked), {"decision": "approve"}, follow=True)
    assert "It cannot be done any more" in answer.content.decode()
    asked.refresh_from_db()
    assert (asked.state, asked.decided_by) == ("waiting", None)


def test_a_script_in_a_reason_is_only_text(
    gloria: Member, clerk: User, supervisor: User, url: str
) -> None:
    evil = "<img src=x onerror=alert(1)>"
    send(clerk, url, points="501", why=evil)
    asked = ServiceRequest.objects.get()
    for page in (here("requests"), request_url(asked), ledger_url(gloria)):
        assert evil not in source(supervisor, page)
        assert "&lt;img src=x" in source(supervisor, page)
