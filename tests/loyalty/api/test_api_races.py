"""The same call from many threads at once, as a till sends it that got no answer."""

import json

import pytest
from django.utils import timezone

from loyalty import ledger, till_keys
from loyalty.models import EarnRule, Entry, OfflineEvent, Purchase, TillAnswer, WorklistItem
from profiles.models import Card, Member
from tests import cast
from tests.loyalty.api.calling import CARD, PURCHASE, post
from tests.loyalty.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)
THREADS = 6
POINTS = {
    "type": "points_redeemed",
    "key": "p-1",
    "occurred_at": "2026-03-02T13:31:00+01:00",
    "card": CARD,
    "points": 20,
}


@pytest.fixture
def gloria(transactional_db: None, django_db_serialized_rollback: None) -> Member:
    """A regular with a card, in a club with a point a euro, really committed."""
    club = cast.club()
    start = timezone.now().replace(year=2020)
    EarnRule.objects.create(brand=club.brand, name="A point a euro", valid_from=start)
    member = cast.gloria(club)
    Card.objects.create(account=member.account, member=member, number=CARD)
    return member


@pytest.fixture
def till(gloria: Member) -> str:
    """The key of a till of her club."""
    _key, plain = till_keys.create(gloria.account.brand, "till-1")
    return plain


def test_the_same_batch_at_once_is_recorded_once(till: str, gloria: Member) -> None:
    body = {"events": [{"type": "purchase", **PURCHASE}, POINTS]}
    answers = at_once(THREADS, lambda _number: post("batches", body, till))
    assert len({(answer.status_code, answer.content) for answer in answers}) == 1
    assert [one["outcome"] for one in json.loads(answers[0].content)["outcomes"]] == [
        "recorded"
    ] * 2
    assert Purchase.objects.count() == Entry.objects.filter(kind="redeem").count() == 1
    assert (WorklistItem.objects.count(), OfflineEvent.objects.count()) == (1, 2)
    gloria.account.wallet.refresh_from_db()
    assert (gloria.account.wallet.active, gloria.account.wallet.debt) == (0, 8)


def test_the_same_redemption_at_once_has_one_answer(till: str, gloria: Member) -> None:
    parcel = ledger.Parcel(100, timezone.now())
    ledger.earn(gloria.account, [parcel], "test", "gift", occurred_at=timezone.now())
    body = {"card": CARD, "points": 30}
    answers = at_once(THREADS, lambda _number: post("points/redeem", body, till))
    assert len({(answer.status_code, answer.content) for answer in answers}) == 1
    assert json.loads(answers[0].content)["balance"] == 70
    assert TillAnswer.objects.count() == 1
