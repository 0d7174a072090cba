"""Counting, explaining, and naming what is broken."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from campaigns.segments.compiling import BrokenSegment, Rules, count, members_of
from loyalty.models import Product
from profiles.models import Account, Brand, Member
from tests.campaigns.segments.conftest import Club, bought

WINE_TWICE: dict[str, Any] = {
    "type": "purchase",
    "value": {
        "operator": "is",
        "what": "department",
        "value": "Wine",
        "at_least": 2,
        "days": 90,
    },
}


@pytest.fixture
def ana(club: Club) -> Member:
    return Member.objects.create(
        account=Account.objects.create(brand=club.brand), first_name="Ana", status="active"
    )


def _buys_wine(member: Member, *days_ago: int, quantity: int = 1) -> None:
    wine = Product.objects.get(sku="Wine")
    for days in days_ago:
        at = timezone.now() - timedelta(days=days)
        bought(member.account, wine, at, f"wine-{member.pk}-{days}", quantity)


def test_bought_wine_twice_in_90_days(club: Club, ana: Member) -> None:
    _buys_wine(ana, 10, 89)
    assert ana in members_of(club.segment(WINE_TWICE))


def test_an_older_purchase_does_not_count(club: Club, ana: Member) -> None:
    _buys_wine(ana, 10, 91)
    assert ana not in members_of(club.segment(WINE_TWICE))


def test_something_brought_back_was_not_bought(club: Club, ana: Member) -> None:
    _buys_wine(ana, 10, 20, quantity=-1)
    assert ana not in members_of(club.segment(WINE_TWICE))


def test_a_household_buys_together(club: Club, ana: Member) -> None:
    luis = Member.objects.create(account=ana.account, first_name="Luis", status="active")
    _buys_wine(ana, 10, 20)
    assert luis in members_of(club.segment(WINE_TWICE))


def test_a_segment_without_rules_is_the_whole_club(club: Club) -> None:
    assert count(club.segment()) == len(club.members)


def test_a_segment_stays_within_its_club(club: Club) -> None:
    other = Brand.objects.create(name="Other", slug="other", sender_email="o@b.example")
    stranger = Member.objects.create(account=Account.objects.create(brand=other))
    assert stranger not in members_of(club.segment())


def test_an_erased_member_is_in_no_segment(club: Club, ana: Member) -> None:
    Member.objects.filter(pk=ana.pk).update(status=Member.Status.ERASED)
    assert ana not in members_of(club.segment())


def test_a_member_is_told_only_the_sentences_that_hold(club: Club, ana: Member) -> None:
    _buys_wine(ana, 10, 20)
    topic = {"type": "topic", "value": {"operator": "is", "topic": str(club.topics[0].pk)}}
    sample = Rules.of(club.segment(WINE_TWICE, topic, match="any")).sample(Member.objects.count())
    assert dict(sample)[ana] == ["bought from Wine at least 2 times in 90 days"]


def test_a_sample_comes_with_reasons(club: Club, ana: Member) -> None:
    _buys_wine(ana, 10, 20)
    sample = Rules.of(club.segment(WINE_TWICE)).sample()
    assert dict(sample)[ana] == ["bought from Wine at least 2 times in 90 days"]


def test_a_group_reads_as_one_sentence(club: Club) -> None:
    reads = {"type": "language", "value": {"operator": "is", "language": "es"}}
    group = {"type": "group", "value": {"match": "none", "rows": [reads, WINE_TWICE]}}
    assert Rules.of(club.segment(group)).sentences() == [
        "none of: reads Español or bought from Wine at least 2 times in 90 days"
    ]


def test_a_deleted_choice_is_named(club: Club) -> None:
    choice = club.choices[0]
    row = {"type": "answer", "value": {"operator": "is_not", "choice": str(choice.pk)}}
    segment = club.segment(WINE_TWICE, row)
    number = choice.pk
    choice.answer_set.all().delete()
    choice.delete()
    with pytest.raises(BrokenSegment) as caught:
        count(segment)
    assert caught.value.problems == (f"Row 2 refers to an answer that does not exist: “{number}”.",)


def test_a_department_that_nobody_sells_is_named(club: Club) -> None:
    row = {"type": "purchase", "value": {**WINE_TWICE["value"], "value": "Whine"}}
    with pytest.raises(BrokenSegment, match="a department that does not exist: “Whine”"):
        members_of(club.segment(row))


def test_another_clubs_topic_is_not_known_here(club: Club) -> None:
    other = Brand.objects.create(name="Other", slug="other", sender_email="o@b.example")
    theirs = other.topics.create(key="x", name={"en": "X"})
    row = {"type": "topic", "value": {"operator": "is", "topic": str(theirs.pk)}}
    with pytest.raises(BrokenSegment):
        members_of(club.segment(row))


def test_a_row_that_was_left_empty_is_named(club: Club) -> None:
    row = {"type": "topic", "value": {"operator": "is", "topic": None}}
    with pytest.raises(BrokenSegment, match="Row 1 does not say which: choose a topic"):
        members_of(club.segment(row))
