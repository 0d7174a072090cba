"""Plastic cards in bulk: made, counted, and their numbers given to whoever prints them."""

import pytest
from django.urls import reverse

from loyalty.claiming import claim
from profiles import cards
from profiles.models import Card, CardBatch, Member, User
from tests.cast import Club
from tests.loyalty.staff.pages import signed_in, text


@pytest.fixture
def url() -> str:
    """The page of all batches."""
    return reverse("loyalty_staff:card_batches")


def test_a_batch_is_made_and_its_cards_counted(
    club: Club, gloria: Member, manager: User, url: str
) -> None:
    assert "No cards have been printed yet." in text(manager, url)
    signed_in(manager).post(url, {"name": "Spring", "count": "12"})
    batch = CardBatch.objects.get()
    assert (batch.count, batch.made_by, batch.cards.count()) == (12, manager, 12)
    first, second = batch.cards.order_by("pk")[:2]
    cards.account_of(club.brand, first.number)
    claim(gloria, second.number)
    page = text(manager, url)
    assert 'data-label="Used">2</td>' in page
    assert 'data-label="Claimed">1</td>' in page


def test_the_printer_gets_the_numbers(club: Club, manager: User, clerk: User) -> None:
    batch = cards.issue_batch(club.brand, 3, "Spring", manager)
    numbers = reverse("loyalty_staff:card_numbers", args=[batch.pk])
    answer = signed_in(manager).get(numbers)
    assert answer.content.decode().split() == list(cards.numbers_of(batch))
    assert "no-store" in answer["Cache-Control"]
    assert signed_in(clerk).get(numbers).status_code == 302


@pytest.mark.parametrize(("name", "count"), [("", "5"), ("Spring", "0"), ("Spring", "1000001")])
def test_what_is_no_batch_is_refused(
    club: Club, manager: User, url: str, name: str, count: str
) -> None:
    before = Card.objects.count()
    answer = signed_in(manager).post(url, {"name": name, "count": count})
    assert answer.context["form"].errors
    assert Card.objects.count() == before
