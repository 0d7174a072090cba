"""The liability on a screen and as a file: as of a day, by end, by age, breakage apart."""

import csv
import io
import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from loyalty import ledger
from loyalty.models import Entry, LoyaltyRules, Posting
from loyalty.staff.urls import here
from profiles.models import Member, User
from tests.loyalty.books import earn
from tests.loyalty.staff.pages import signed_in, source, text

NOW = timezone.now()
DAY = timedelta(days=1)
JUNE = datetime(NOW.year + 1, 6, 15, tzinfo=UTC)


@pytest.fixture
def owing(gloria: Member) -> Member:
    """Twelve hundred points, three hundred of them spent yesterday; some never end."""
    account = gloria.account
    then = NOW - 200 * DAY
    earn(account, 1_000, "a", then, expires_at=JUNE, now=then)
    earn(account, 200, "b", NOW - 10 * DAY, now=NOW - 10 * DAY)
    ledger.redeem(account, 300, "till-1", "r", now=NOW - DAY)
    return gloria


def charts(page: str) -> dict[str, list[list[object]]]:
    """What the charts are drawn from."""
    found = re.search(r'<script id="liability-data"[^>]*>(.*?)</script>', page)
    assert found
    told: dict[str, list[list[object]]] = json.loads(found[1])
    return told


def test_it_tells_what_is_owed_now(owing: Member, accountant: User) -> None:
    page = text(accountant, here("liability"))
    assert "<dt>Outstanding</dt> <dd>900 <small>9.00 EUR</small></dd>" in page
    assert f"June {JUNE.year}" in page
    assert "6 to 12 months" in page


def test_the_tables_say_what_the_charts_show(owing: Member, accountant: User) -> None:
    told = charts(source(accountant, here("liability")))
    assert told["ends"] == [[f"Jun {JUNE.year}", 700], ["never", 200]]
    assert ["6 to 12 months", 700] in told["ages"]
    page = text(accountant, here("liability"))
    for label, points in ((f"June {JUNE.year}", 700), ("never", 200), ("up to 3 months", 200)):
        row = rf'<th scope="row">{label}</th> <td class="books__number">{points}</td>'
        assert re.search(row, page), label


def test_an_earlier_day_tells_what_was_owed_then(owing: Member, accountant: User) -> None:
    day = NOW - 30 * DAY
    told = charts(source(accountant, f"{here('liability')}?day={day:%Y-%m-%d}"))
    assert told["ends"] == [[f"Jun {JUNE.year}", 1_000]]


def test_breakage_is_told_apart_and_subtracted_nowhere(owing: Member, accountant: User) -> None:
    LoyaltyRules.objects.create(brand=owing.account.brand, breakage_percent=20)
    page = text(accountant, here("liability"))
    apart = page.partition("in none of the figures above")[2]
    assert "180 points" in apart
    assert "20 %" in apart
    assert "What members did so far gives no estimate" in apart
    assert sum(points for _label, points in charts(page)["ends"]) == 900  # type: ignore[misc]


@pytest.mark.parametrize("day", ["soon", "1999-01-01", "2999-01-01"])
def test_a_day_that_has_not_begun_is_refused_and_stays(
    owing: Member, accountant: User, day: str
) -> None:
    page = source(accountant, f"{here('liability')}?day={day}")
    assert f'value="{day}"' in page
    assert "Choose a day that has begun." in page or "Enter a valid date." in page
    assert signed_in(accountant).get(f"{here('liability_csv')}?day={day}").status_code == 400


def test_the_file_says_the_same_without_a_name(owing: Member, accountant: User) -> None:
    answer = signed_in(accountant).get(here("liability_csv"))
    assert answer["Content-Type"].startswith("text/csv")
    assert "no-store" in answer["Cache-Control"]
    rows = list(csv.reader(io.StringIO(answer.content.decode())))
    assert any("900" in row for row in rows)
    assert owing.first_name not in answer.content.decode()


def test_books_that_disagree_give_no_figure(owing: Member, accountant: User) -> None:
    entry = Entry.objects.filter(kind="redeem")[0]
    with transaction.atomic():
        Posting.objects.create(entry=entry, ledger_account="active", amount=5)
        page = text(accountant, here("liability"))
        assert "there is no figure to rely on" in page
        assert "Outstanding" not in page
        assert signed_in(accountant).get(here("liability_csv")).status_code == 409
        transaction.set_rollback(True)


def test_nothing_earned_is_nothing_owed(gloria: Member, accountant: User) -> None:
    assert "Nothing is outstanding." in text(accountant, here("liability"))


def test_the_service_desk_does_not_see_it(gloria: Member, clerk: User) -> None:
    assert signed_in(clerk).get(here("liability")).status_code in (302, 403)
