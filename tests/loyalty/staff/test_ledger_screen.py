"""A member's ledger in the staff site: every entry in words, and the balance after it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from loyalty import ledger
from loyalty.models import Wallet
from loyalty.staff.ledger_lines import balances
from loyalty.staff.urls import ledger_url, member_url
from profiles.models import Member, User
from tests.loyalty.books import earn
from tests.loyalty.staff.pages import signed_in, source, text

NOW = timezone.now()


@pytest.fixture
def history(gloria: Member) -> Member:
    """Gloria earned 100 and 40, redeemed 30, has 20 set aside and 10 on their way."""
    account, day = gloria.account, timedelta(days=1)
    earn(account, 100, "a", NOW - 9 * day, expires_at=NOW + 5 * day)
    earn(account, 40, "b", NOW - 8 * day)
    ledger.redeem(account, 30, "till-1", "r", reason="Bread", now=NOW - 7 * day)
    ledger.hold(account, 20, "till-1", "h", now=NOW - 6 * day)
    earn(account, 10, "c", NOW - 5 * day, available_at=NOW + 5 * day)
    return gloria


def test_figures_lots_holds_and_entries_are_there(history: Member, clerk: User) -> None:
    page = text(clerk, ledger_url(history))
    assert "<dd>90 <small>points" in page
    assert "<dd>10 <small>cannot be spent yet" in page
    assert "<dd>20 <small>for something that is not certain yet" in page
    assert "50 of 100 left, until" in page
    assert "40 of 40 left, without an end" in page
    assert "Member, active <b>-30</b>" in page
    assert "Redeemed <b>+30</b>" in page
    assert "Bread" in page


def test_each_balance_is_summed_up_anew(history: Member) -> None:
    wallet = Wallet.objects.get(account=history.account)
    assert list(balances(wallet).values()) == [100, 140, 110, 90, 90]


def test_a_kind_is_shown_alone_with_the_balances_of_all(history: Member, clerk: User) -> None:
    page = text(clerk, f"{ledger_url(history)}?kind=redeem")
    assert "Points redeemed" in page
    assert "Points earned" not in page
    assert ">110</td>" in page


def test_a_wallet_that_says_something_else_is_reported(history: Member, clerk: User) -> None:
    assert "Run the audit" not in text(clerk, ledger_url(history))
    Wallet.objects.filter(account=history.account).update(active=91)
    page = text(clerk, ledger_url(history))
    assert "The entries sum up to 90 points, the wallet says 91." in page


def test_many_entries_come_in_pages(gloria: Member, clerk: User) -> None:
    for number in range(30):
        earn(gloria.account, 1, f"e-{number}", NOW - timedelta(hours=number + 1))
    first, second = (source(clerk, f"{ledger_url(gloria)}?p={page}") for page in (1, 2))
    assert first.count("books__when") == 25
    assert second.count("books__when") == 5


def test_a_stored_script_is_only_text(gloria: Member, clerk: User) -> None:
    evil = "<script>alert(1)</script>"
    Member.objects.filter(pk=gloria.pk).update(first_name=evil)
    earn(gloria.account, 5, "a", NOW - timedelta(days=1))
    ledger.redeem(gloria.account, 5, "till-1", "r", reason=evil)
    page = source(clerk, ledger_url(gloria))
    assert evil not in page
    assert "&lt;script&gt;alert(1)" in page


def test_a_member_without_points_has_a_page(gloria: Member, clerk: User) -> None:
    assert "No points yet." in text(clerk, ledger_url(gloria))


def test_an_erased_member_has_none(gloria: Member, superuser: User) -> None:
    Member.objects.filter(pk=gloria.pk).update(status=Member.Status.ERASED)
    assert signed_in(superuser).get(ledger_url(gloria)).status_code == 404


def test_the_member_page_leads_there(history: Member, clerk: User) -> None:
    assert ledger_url(history) in source(clerk, member_url(history))
