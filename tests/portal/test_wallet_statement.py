"""The statement's pages say why for each line, in order, and a file holds the same."""

import csv
from datetime import timedelta

from django.test import Client
from django.utils import timezone

from loyalty import ledger
from loyalty.models import EarnRule
from profiles.models import Member
from tests import cast
from tests.cast import Club
from tests.portal import links


def earn(member: Member, points: int, key: str, rule: EarnRule | None = None) -> None:
    """Points of one rule, or of none."""
    now = timezone.now()
    parcel = ledger.Parcel(points, now, rule_id=rule.pk if rule else None)
    ledger.earn(member.account, [parcel], "test", key, occurred_at=now)


def test_lines_name_rules_and_reasons(club: Club, client: Client) -> None:
    gloria = cast.gloria(club)
    since = timezone.now() - timedelta(days=1)
    rule = EarnRule.objects.create(brand=club.brand, name="A point a euro", valid_from=since)
    earn(gloria, 100, "e", rule)
    ledger.redeem(gloria.account, 30, "shop", "r", reason="A loaf of bread")
    ledger.adjust(gloria.account, 5, "staff", "a", reason="A bruised melon")
    page = client.get(f"{links.card(gloria)}statement/").content.decode()
    told = ["A bruised melon", "A loaf of bread", "A point a euro"]
    assert [page.index(word) for word in told] == sorted(page.index(word) for word in told)
    assert "\N{MINUS SIGN}30" in page


def test_long_statements_are_paged_and_hide_nothing(club: Club, client: Client) -> None:
    gloria = cast.gloria(club)
    for number in range(45):
        earn(gloria, number + 1, f"e{number}")
    address = f"{links.card(gloria)}statement/"
    pages = [client.get(f"{address}?page={n}").content.decode() for n in (1, 2)]
    assert sum(page.count("Points earned") for page in pages) == 45
    assert "Page 1 of 2" in pages[0]
    assert client.get(f"{address}?page=nonsense").status_code == 200


def test_the_file_holds_every_line_with_its_sums(club: Club, client: Client) -> None:
    gloria = cast.gloria(club)
    earn(gloria, 100, "e")
    ledger.hold(gloria.account, 40, "shop", "h", reason="=HYPERLINK()")
    response = client.get(f"{links.card(gloria)}statement.csv")
    text = b"".join(response.streaming_content).decode()  # type: ignore[attr-defined]
    rows = list(csv.reader(text.splitlines()))
    assert response["Cache-Control"] == "private, no-store"
    assert [row[3:] for row in rows[1:]] == [
        ["100", "100", "0", "0", "0"],
        ["-40", "60", "0", "40", "0"],
    ]
    assert rows[2][2] == "'=HYPERLINK()"


def test_an_empty_statement_says_so(club: Club, client: Client) -> None:
    page = client.get(f"{links.card(cast.gloria(club))}statement/").content.decode()
    assert "No purchase yet." in page
