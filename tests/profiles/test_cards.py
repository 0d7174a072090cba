"""Cards: printed in bulk, opened at first use, blocked, replaced, shared by a household."""

from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, transaction

from profiles import cards, households, phones
from profiles.cards import CardBlocked, NotReplaceable, UnknownCard
from profiles.models import Account, Brand, Card, CardBatch, CardEvent, Member
from profiles.models.cards import new_card_number, with_check_digit
from tests import cast
from tests.cast import Club

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def gloria(club: Club) -> Member:
    """A plain regular with a card of her own."""
    return cast.gloria(club)


@pytest.fixture
def blank(club: Club) -> Card:
    """A card fresh from the printer."""
    return cards.issue_batch(club.brand, 1, "Spring", club.marketer).cards.get()


def _other_brand() -> Brand:
    return Brand.objects.create(name="El Faro", slug="el-faro", postal_address="2 Quay Street")


def test_check_digits_are_those_of_ean_13() -> None:
    # The worked example of the GS1 General Specifications, and a printed book's number.
    assert with_check_digit("629104150021") == "6291041500213"
    assert with_check_digit("978020137962") == "9780201379624"
    number = new_card_number()
    assert number == with_check_digit(number[:-1])
    assert len(number) == 13


def test_a_batch_has_as_many_numbers_as_were_ordered(club: Club) -> None:
    batch = cards.issue_batch(club.brand, 12_000, "Spring", club.marketer, NOON)
    numbers = list(cards.numbers_of(batch))
    assert len(set(numbers)) == batch.count == 12_000
    assert {number[:4] for number in numbers} == {batch.prefix}
    assert all(number == with_check_digit(number[:-1]) for number in numbers)
    assert sorted(numbers) != numbers  # no card gives its neighbour away
    assert (batch.made_by, batch.made_at) == (club.marketer, NOON)


def test_batches_share_no_prefix(club: Club) -> None:
    prefixes = [cards.issue_batch(club.brand, 1, "", None).prefix for _order in range(3)]
    assert prefixes == ["2000", "2001", "2002"]


def test_numbers_of_an_older_system_are_left_out(
    club: Club, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cards, "SERIAL_DIGITS", 1)
    taken = [with_check_digit(f"2000{serial}") for serial in range(5)]
    Card.objects.bulk_create(Card(brand=club.brand, number=number) for number in taken)
    batch = cards.issue_batch(club.brand, 5, "Rest", None)
    assert len(set(cards.numbers_of(batch)) - set(taken)) == 5


@pytest.mark.parametrize("count", [0, -1, cards.MOST_CARDS + 1])
def test_a_batch_of_none_or_too_many_is_refused(club: Club, count: int) -> None:
    with pytest.raises(ValueError, match="batch"):
        cards.issue_batch(club.brand, count, "", None)
    assert not CardBatch.objects.exists()


def test_prefixes_end_before_those_of_single_cards(club: Club) -> None:
    CardBatch.objects.create(brand=club.brand, name="Last", prefix="2899", count=1)
    with pytest.raises(ValueError, match="prefixes"):
        cards.issue_batch(club.brand, 1, "", None)


def test_a_blank_card_opens_its_account_at_first_use(club: Club, blank: Card) -> None:
    assert blank.account is None
    account, member = cards.account_of(club.brand, blank.number, NOON)
    assert (account.brand, account.opened_at, member) == (club.brand, NOON, None)
    assert cards.account_of(club.brand, blank.number) == (account, None)
    assert Account.objects.count() == 1
    assert [event.kind for event in blank.events.all()] == ["opened"]


def test_a_members_card_says_who_it_is(club: Club, gloria: Member) -> None:
    card = gloria.cards.get()
    assert cards.account_of(club.brand, card.number) == (gloria.account, gloria)


def test_cards_without_a_brand_of_their_own_are_the_accounts(club: Club, gloria: Member) -> None:
    gloria.cards.update(brand=None)
    assert cards.account_of(club.brand, gloria.cards.get().number) == (gloria.account, gloria)
    with pytest.raises(UnknownCard):
        cards.account_of(_other_brand(), gloria.cards.get().number)


def test_many_cards_are_looked_up_at_once(club: Club, gloria: Member, blank: Card) -> None:
    own = gloria.cards.get()
    cards.block(own, "Lost", None)
    found = cards.holders_of(club.brand, [own.number, blank.number, "4711"])
    blank.refresh_from_db()
    assert found == {
        own.number: cards.Holder(gloria.account_id, gloria.pk, is_blocked=True),
        blank.number: cards.Holder(blank.account_id, None, is_blocked=False),
    }


def test_unknown_foreign_and_blocked_cards_are_refused(club: Club, blank: Card) -> None:
    with pytest.raises(UnknownCard):
        cards.account_of(club.brand, "4711")
    with pytest.raises(UnknownCard):
        cards.account_of(_other_brand(), blank.number)
    cards.block(blank, "Stolen from the shop", club.marketer)
    with pytest.raises(CardBlocked):
        cards.account_of(club.brand, blank.number)
    assert not Account.objects.exists()


def test_blocking_and_unblocking_are_logged_once(club: Club, gloria: Member) -> None:
    card = gloria.cards.get()
    done = [cards.block(card, "Lost", club.marketer), cards.block(card, "Lost", club.marketer)]
    assert (done, card.blocked_at is not None) == ([True, False], True)
    done = [cards.unblock(card, "Found", club.marketer), cards.unblock(card, "Found", None)]
    assert (done, card.blocked_at) == ([True, False], None)
    told = card.events.order_by("pk").values_list("kind", "reason", "by")
    by = club.marketer.pk
    assert list(told) == [("blocked", "Lost", by), ("unblocked", "Found", by)]


def test_a_new_card_replaces_a_lost_one(club: Club, gloria: Member) -> None:
    old = gloria.cards.get()
    new = cards.replace(old, club.marketer, reason="Lost")
    old.refresh_from_db()
    assert (old.replaced_by, old.blocked_at is not None) == (new, True)
    assert cards.account_of(club.brand, new.number) == (gloria.account, gloria)
    assert not cards.unblock(old, "Found", None)
    with pytest.raises(NotReplaceable):
        cards.replace(old, club.marketer)
    assert gloria.cards.count() == 2
    assert CardEvent.objects.get().kind == "replaced"


def test_a_blank_card_from_the_desk_replaces_a_lost_one(
    club: Club, gloria: Member, blank: Card
) -> None:
    assert cards.replace(gloria.cards.get(), club.marketer, blank.number) == blank
    assert cards.account_of(club.brand, blank.number) == (gloria.account, gloria)


def test_a_card_in_use_replaces_none(club: Club, gloria: Member, blank: Card) -> None:
    cards.account_of(club.brand, blank.number)
    for number in (blank.number, gloria.cards.get().number, "4711"):
        with pytest.raises(NotReplaceable):
            cards.replace(gloria.cards.get(), None, number)
    with pytest.raises(NotReplaceable):
        cards.replace(blank, None, blank.number)
    assert not Card.objects.exclude(blocked_at=None).exists()


def test_the_database_refuses_cards_that_cannot_be(club: Club, gloria: Member) -> None:
    for facts in (
        {},
        {"brand": club.brand, "member": gloria},
        {"brand": club.brand, "replaced_by": gloria.cards.get()},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Card.objects.create(**facts)


def test_who_leaves_a_household_takes_the_card_along(club: Club, gloria: Member) -> None:
    bruno = cast.bruno(club)
    households.add(gloria.account, _alone_no_more(bruno, club))
    assert bruno.account == gloria.account
    old, card = gloria.account, bruno.cards.get()
    households.remove(bruno)
    card.refresh_from_db()
    assert bruno.account != old
    assert (card.account, list(old.members.all())) == (bruno.account, [gloria])


def _alone_no_more(member: Member, club: Club) -> Member:
    """Somebody stays with the points that the member leaves behind."""
    Member.objects.filter(pk=cast.eva(club).pk).update(account=member.account)
    return member


def test_who_leaves_without_a_card_gets_one(club: Club, gloria: Member) -> None:
    bruno = _alone_no_more(cast.bruno(club), club)
    bruno.cards.update(member=None)
    households.remove(bruno)
    assert bruno.cards.get().account == bruno.account


def test_nobody_leaves_points_to_nobody(club: Club, gloria: Member) -> None:
    with pytest.raises(households.NotMovable):
        households.remove(gloria)
    with pytest.raises(households.NotMovable):
        households.add(cast.bruno(club).account, gloria)


def test_nobody_joins_an_account_of_another_brand_or_one_that_is_gone(
    club: Club, gloria: Member
) -> None:
    bruno = _alone_no_more(cast.bruno(club), club)
    with pytest.raises(households.NotMovable):
        households.add(Account.objects.create(brand=_other_brand()), bruno)
    gone = Account.objects.create(brand=club.brand, merged_into=gloria.account)
    with pytest.raises(households.NotMovable):
        households.add(gone, bruno)
    assert cards.surviving(gone) == gloria.account


@pytest.mark.parametrize(
    "typed",
    ["+34 600 12-34.56", "0034600123456", "(00)34 600/123456", "+34600123456", "+34 600123456"],
)
def test_the_database_and_the_till_spell_a_telephone_alike(
    club: Club, gloria: Member, typed: str
) -> None:
    Member.objects.filter(pk=gloria.pk).update(phone=typed)
    gloria.refresh_from_db()
    assert gloria.phone_key == phones.normalise(typed) == "+34600123456"


def test_a_national_number_keeps_its_zero(gloria: Member) -> None:
    Member.objects.filter(pk=gloria.pk).update(phone="0600 100 200")
    gloria.refresh_from_db()
    assert gloria.phone_key == phones.normalise("0600 100 200") == "0600100200"
