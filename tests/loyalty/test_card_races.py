"""Cards that two want at once. Each promise has a control that shows the race it stops.

On PostgreSQL rows are locked. On SQLite every transaction takes the one write lock as it begins.
"""

from collections.abc import Callable, Iterable
from contextlib import nullcontext
from threading import Barrier
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from loyalty import audit, claiming, ledger
from profiles import cards, households
from profiles.models import Account, Card, Member
from tests import cast
from tests.loyalty.books import earn
from tests.loyalty.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

TILLS = 8


@pytest.fixture
def club(transactional_db: None, django_db_serialized_rollback: None) -> cast.Club:
    """The club, really committed, so that other connections see it."""
    return cast.club()


@pytest.fixture
def people(club: cast.Club) -> list[Member]:
    """Two regulars, each with an account."""
    return [cast.gloria(club), cast.bruno(club)]


@pytest.fixture
def blank(club: cast.Club) -> Card:
    """A card fresh from the printer."""
    return cards.issue_batch(club.brand, 1, "Spring", None).cards.get()


def _all_before_any(act: Callable[..., Any]) -> Callable[..., Any]:
    """``act``, but nobody goes on before both have come so far."""
    both = Barrier(2)

    def wait_and_act(*told: Any, **named: Any) -> Any:
        both.wait(timeout=10)
        return act(*told, **named)

    return wait_and_act


def _claim_both(people: list[Member], number: str) -> tuple[list[Card], list[Any]]:
    results = at_once(2, lambda turn: claiming.claim(people[turn], number))
    won = [one for one in results if isinstance(one, Card)]
    return won, [one for one in results if not isinstance(one, Card)]


def test_tills_that_read_a_blank_card_at_once_open_one_account(
    club: cast.Club, blank: Card
) -> None:
    results = at_once(TILLS, lambda _till: cards.account_of(club.brand, blank.number))
    blank.refresh_from_db()
    assert results == [(blank.account, None)] * TILLS
    assert Account.objects.count() == 1
    assert [event.kind for event in blank.events.all()] == ["opened"]


def test_the_row_count_decides_without_the_cards_lock(
    club: cast.Club, blank: Card, monkeypatch: pytest.MonkeyPatch
) -> None:
    _without_lock(monkeypatch, blank)
    monkeypatch.setattr(cards, "_give", _all_before_any(cards._give))
    results = at_once(2, lambda _till: cards.account_of(club.brand, blank.number))
    blank.refresh_from_db()
    assert results == [(blank.account, None)] * 2
    assert Account.objects.count() == 1


def test_without_lock_and_row_count_a_blank_card_opens_two_accounts(
    club: cast.Club, blank: Card, monkeypatch: pytest.MonkeyPatch
) -> None:
    def give(card_id: int, account: Account) -> bool:
        return bool(Card.objects.filter(pk=card_id).update(account=account))

    _without_lock(monkeypatch, blank)
    monkeypatch.setattr(cards, "_give", _all_before_any(give))
    results = at_once(2, lambda _till: cards.account_of(club.brand, blank.number))
    assert not [one for one in results if isinstance(one, Exception)]
    assert len({account.pk for account, _member in results}) == 2


def _without_lock(monkeypatch: pytest.MonkeyPatch, blank: Card) -> None:
    def look(_brand: Any, _numbers: Iterable[str]) -> list[Any]:
        rows = Card.objects.filter(pk=blank.pk)
        return list(rows.values_list("pk", "number", "account", "member", "blocked_at"))

    monkeypatch.setattr(cards, "_lock", look)
    monkeypatch.setattr(transaction, "atomic", lambda *_told, **_named: nullcontext())


@pytest.mark.parametrize("is_used", [False, True])
def test_one_of_two_members_claims_a_card(people: list[Member], blank: Card, is_used: bool) -> None:
    if is_used:
        account, _nobody = cards.account_of(people[0].brand, blank.number)
        earn(account, 100, "e", timezone.now())
    won, others = _claim_both(people, blank.number)
    assert len(won) == 1
    assert [type(one) for one in others] == [claiming.NotClaimable]
    winner = won[0].member
    loser = next(member for member in people if member != winner)
    assert winner is not None
    assert ledger.balance(winner.account) == (100 if is_used else 0)
    assert ledger.balance(loser.account) == 0
    assert won[0].events.filter(kind="claimed").count() == 1
    assert list(audit.differences()) == []


def test_without_the_row_count_both_claim_it(
    people: list[Member], blank: Card, monkeypatch: pytest.MonkeyPatch
) -> None:
    def take(card: Card, member: Member) -> bool:
        Card.objects.filter(pk=card.pk).update(account=member.account_id, member=member)
        return True

    monkeypatch.setattr(claiming, "_take", _all_before_any(take))
    monkeypatch.setattr(households, "lock", lambda _accounts: {})
    monkeypatch.setattr(transaction, "atomic", lambda *_told, **_named: nullcontext())
    won, others = _claim_both(people, blank.number)
    assert (len(won), others) == (2, [])
    assert won[0].events.filter(kind="claimed").count() == 2


def test_two_cards_of_one_account_are_claimed_by_one(people: list[Member], blank: Card) -> None:
    account, _nobody = cards.account_of(people[0].brand, blank.number)
    second = Card.objects.create(brand=account.brand, account=account)
    earn(account, 100, "e", timezone.now())
    numbers = [blank.number, second.number]
    results = at_once(2, lambda turn: claiming.claim(people[turn], numbers[turn]))
    assert sorted(type(one).__name__ for one in results) == ["Card", "NotClaimable"]
    assert sum(ledger.balance(member.account) for member in people) == 100
    assert len(set(Card.objects.filter(number__in=numbers).values_list("account"))) == 1


def test_points_earned_while_a_card_is_claimed_are_the_members(
    people: list[Member], blank: Card
) -> None:
    gloria = people[0]
    account, _nobody = cards.account_of(gloria.brand, blank.number)
    earn(account, 100, "e", timezone.now())

    def act(turn: int) -> Any:
        if turn == 0:
            return claiming.claim(gloria, blank.number)
        with transaction.atomic():
            holder, _member = cards.account_of(gloria.brand, blank.number)
            return earn(holder, 10, f"e-{turn}", timezone.now())

    results = at_once(TILLS, act)
    assert not [one for one in results if isinstance(one, Exception)]
    assert ledger.balance(gloria.account) == 100 + 10 * (TILLS - 1)
    assert ledger.balance(account) == 0
    assert list(audit.differences()) == []
