"""The months of the books on screens: reports, files, and closing, which asks first."""

import csv
import io
from datetime import UTC, datetime

import pytest
from django.db import transaction
from django.urls import reverse

from loyalty import ledger, months
from loyalty.models import BookEvent, ClosedMonth, Entry, Posting
from loyalty.staff.urls import here
from profiles.models import Brand, Member, User
from tests.cast import Club
from tests.loyalty.books import earn
from tests.loyalty.staff.pages import signed_in, text

MARCH = datetime(2026, 3, 5, 12, tzinfo=UTC)
APRIL = datetime(2026, 4, 5, 12, tzinfo=UTC)


@pytest.fixture
def booked(gloria: Member) -> Member:
    """A thousand points of March, of which three hundred were spent; forty of April."""
    earn(gloria.account, 1_000, "a", MARCH, now=MARCH)
    ledger.redeem(gloria.account, 300, "till-1", "r", now=MARCH)
    earn(gloria.account, 40, "b", APRIL, now=APRIL)
    return gloria


def rows(user: User, url: str) -> list[list[str]]:
    """The rows of a file."""
    answer = signed_in(user).get(url)
    assert answer.status_code == 200, answer
    return list(csv.reader(io.StringIO(answer.content.decode())))


def test_opening_and_changes_give_the_closing(booked: Member, accountant: User) -> None:
    page = text(accountant, here("month", "2026-03"))
    for line in ("1,000", "-300", "700", "7.00 EUR", "Earned", "Redeemed", "Closing"):
        assert line in page
    april = text(accountant, here("month", "2026-04"))
    assert "740" in april
    assert "These figures may still change." in april


def test_the_months_tell_which_is_to_be_closed_next(booked: Member, accountant: User) -> None:
    page = text(accountant, here("months"))
    assert "to be closed next" in page.partition("March 2026")[2][:200]
    assert "None yet." in page


def test_closing_asks_first_and_names_what_it_holds(booked: Member, accountant: User) -> None:
    url = here("close_month", "2026-03")
    assert url in text(accountant, here("month", "2026-03"))
    page = text(accountant, url)
    assert "2 entries of the month are closed." in page
    assert "700 points are owed at its end, worth 7.00 EUR" in page
    assert not ClosedMonth.objects.exists()


def test_a_month_is_closed_and_keeps_its_figures(booked: Member, accountant: User) -> None:
    url = here("close_month", "2026-03")
    answer = signed_in(accountant).post(url, follow=True)
    assert "March 2026 is closed." in answer.content.decode()
    closed = ClosedMonth.objects.get()
    assert (closed.closed_by, closed.figures["closing"]) == (accountant, [700, 700])
    late = earn(booked.account, 9, "late", MARCH, now=APRIL)
    assert late.posted_at == months.span(closed.brand, MARCH.date())[1]
    page = text(accountant, here("month", "2026-03"))
    assert "fina" in page
    assert "1,000" in page
    assert "1,009" not in page
    assert url not in page
    assert "700" in text(accountant, here("months"))


def test_months_close_in_their_order(booked: Member, accountant: User) -> None:
    url = here("close_month", "2026-04")
    assert url not in text(accountant, here("month", "2026-04"))
    client = signed_in(accountant)
    for answer in (client.get(url, follow=True), client.post(url, follow=True)):
        assert "It is not this month" in answer.content.decode()
    assert not ClosedMonth.objects.exists()


def test_only_finance_closes(booked: Member, manager: User) -> None:
    url = here("close_month", "2026-03")
    assert url not in text(manager, here("month", "2026-03"))
    assert signed_in(manager).post(url).status_code in (302, 403)
    assert not ClosedMonth.objects.exists()


def test_the_summary_is_the_report(booked: Member, accountant: User) -> None:
    found = rows(accountant, here("month_csv", "2026-03"))
    assert any(row[1:] and "1000" in row for row in found)
    assert any("-300" in row for row in found)


def test_the_journal_names_the_companys_accounts(
    booked: Member, club: Club, accountant: User
) -> None:
    url = here("journal_csv", "2026-03")
    answer = signed_in(accountant).get(url, follow=True)
    assert answer.redirect_chain
    assert "earned" in answer.content.decode()
    for event in BookEvent.values:
        told = {"brand": club.brand.pk, "event": event, "debit": "6000", "credit": "2100"}
        signed_in(accountant).post(reverse("ledgeraccountcode:add"), told)
    lines = rows(accountant, url)[1:]
    assert {tuple(row[1:4]) for row in lines} == {
        ("earned", "6000", "2100"),
        ("redeemed", "2100", "6000"),
    }


def test_an_event_is_booked_on_two_accounts(club: Club, accountant: User) -> None:
    told = {"brand": club.brand.pk, "event": "earned", "debit": "2100", "credit": "2100"}
    answer = signed_in(accountant).post(reverse("ledgeraccountcode:add"), told)
    assert answer.status_code == 200
    assert answer.context["form"].errors
    assert 'value="2100"' in answer.content.decode()


def test_books_that_disagree_give_no_figure_and_no_file(booked: Member, accountant: User) -> None:
    entry = Entry.objects.filter(kind="redeem")[0]
    with transaction.atomic():
        Posting.objects.create(entry=entry, ledger_account="active", amount=5)
        assert "there is no figure to rely on" in text(accountant, here("month", "2026-03"))
        for name in ("month_csv", "journal_csv", "close_month"):
            answer = signed_in(accountant).get(here(name, "2026-03"))
            assert answer["Location"].startswith(here("month", "2026-03")), name
        transaction.set_rollback(True)


def test_each_brand_has_its_own_months(booked: Member, accountant: User) -> None:
    other = Brand.objects.create(name="Zeta", slug="zeta", sender_email="hi@zeta.example")
    page = text(accountant, f"{here('months')}?brand={other.pk}")
    assert "No points have been booked yet." in page
    signed_in(accountant).post(f"{here('close_month', '2026-03')}?brand={other.pk}")
    assert not ClosedMonth.objects.exists()


@pytest.mark.parametrize("month", ["2026-13", "march", "20263"])
def test_what_is_no_month_is_not_found(booked: Member, accountant: User, month: str) -> None:
    assert signed_in(accountant).get(here("month", month)).status_code == 404


def test_figures_that_are_not_those_signed_off_are_an_alarm(
    booked: Member, club: Club, accountant: User
) -> None:
    report = months.report(club.brand, MARCH.date())
    figures = {**report.figures(), "closing": [701, 701]}
    since, until = months.span(club.brand, MARCH.date())
    ClosedMonth.objects.create(brand=club.brand, since=since, until=until, figures=figures)
    page = text(accountant, here("month", "2026-03"))
    assert "These figures are not those that were signed off." in page


def test_the_menu_leads_finance_there(club: Club, accountant: User, clerk: User) -> None:
    screens = [here("liability"), here("months"), here("health"), here("switches")]
    ways = [*screens, reverse("ledgeraccountcode:index")]
    home = reverse("wagtailadmin_home")
    assert [way for way in ways if way not in text(accountant, home)] == []
    assert [way for way in ways if way in text(clerk, home)] == []
