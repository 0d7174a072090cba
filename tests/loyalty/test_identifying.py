"""Who stands at the till."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from loyalty.identifying import Ambiguous, Identified, NotIdentified, identify, qr_of
from profiles import cards, signed_links
from profiles.models import Brand, Card, Member
from tests import cast
from tests.cast import Club

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
NUMBER = "2000000000017"


@pytest.fixture
def gloria(club: Club) -> Member:
    """With one card, and a telephone as she typed it."""
    member = cast.gloria(club)
    member.cards.update(number=NUMBER)
    Member.objects.filter(pk=member.pk).update(phone="+34 600 123 456")
    member.refresh_from_db()
    return member


@pytest.mark.parametrize(
    "known_by",
    [
        {"card": NUMBER},
        {"qr": NUMBER},
        {"phone": "0034 600-123456"},
        {"email": " Gloria@EXAMPLE.com "},
    ],
)
def test_a_member_is_known(club: Club, gloria: Member, known_by: dict[str, str]) -> None:
    expected = Identified(gloria.account, gloria, gloria.cards.get())
    assert identify(club.brand, **known_by) == expected  # type: ignore[arg-type]


def test_the_code_on_the_phone_lasts_five_minutes(club: Club, gloria: Member) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        code = qr_of(gloria)
        clock.shift(timedelta(minutes=5))
        assert identify(club.brand, qr=code).member == gloria
        clock.shift(timedelta(seconds=1))
        with pytest.raises(NotIdentified):
            identify(club.brand, qr=code)


def test_a_link_from_a_mail_is_no_code_for_the_till(club: Club, gloria: Member) -> None:
    for numbers in ((gloria.pk,), (gloria.pk, 1)):
        for purpose in (signed_links.PREFERENCES, signed_links.TILL):
            if (purpose, len(numbers)) != (signed_links.TILL, 1):
                with pytest.raises(NotIdentified):
                    identify(club.brand, qr=signed_links.make(purpose, *numbers))


def test_a_blank_card_is_known_by_its_new_account(club: Club) -> None:
    card = cards.issue_batch(club.brand, 1, "Spring", None).cards.get()
    found = identify(club.brand, card=card.number)
    card.refresh_from_db()
    assert found == Identified(card.account, None, card)  # type: ignore[arg-type]


def test_every_kind_of_no_is_the_same(club: Club, gloria: Member) -> None:
    other = Brand.objects.create(name="El Faro", slug="el-faro", postal_address="2 Quay Street")
    blocked = Card.objects.create(account=gloria.account, number="2000000000024")
    cards.block(blocked, "Lost", None)
    said = set()
    for brand, known_by in (
        (club.brand, {"card": "4711"}),
        (club.brand, {"card": blocked.number}),
        (club.brand, {"phone": "+34 999"}),
        (club.brand, {"phone": " - "}),
        (club.brand, {"email": "nobody@example.com"}),
        (club.brand, {"email": "no address"}),
        (club.brand, {"qr": "no code"}),
        (club.brand, {"card": "47\x0011"}),
        (other, {"card": NUMBER}),
        (other, {"phone": gloria.phone}),
        (other, {"email": gloria.email}),
        (other, {"qr": qr_of(gloria)}),
    ):
        with pytest.raises(NotIdentified) as error:
            identify(brand, **known_by)  # type: ignore[arg-type]
        said.add(str(error.value))
    assert len(said) == 1


def test_who_left_is_not_known_any_more(club: Club, gloria: Member) -> None:
    code = qr_of(gloria)
    Member.objects.filter(pk=gloria.pk).update(status=Member.Status.LEFT)
    ways = ({"card": NUMBER}, {"phone": gloria.phone}, {"email": gloria.email}, {"qr": code})
    for known_by in ways:
        with pytest.raises(NotIdentified):
            identify(club.brand, **known_by)  # type: ignore[arg-type]


def test_two_accounts_with_one_telephone_are_ambiguous(club: Club, gloria: Member) -> None:
    Member.objects.filter(pk=cast.bruno(club).pk).update(phone="0034600123456")
    with pytest.raises(Ambiguous):
        identify(club.brand, phone=gloria.phone)


def test_a_family_with_one_telephone_is_known_as_a_family(club: Club, gloria: Member) -> None:
    bruno = cast.bruno(club)
    Member.objects.filter(pk=bruno.pk).update(phone=gloria.phone, account=gloria.account)
    assert identify(club.brand, phone=gloria.phone) == Identified(gloria.account)


def test_a_blocked_card_is_not_the_members_card(club: Club, gloria: Member) -> None:
    cards.block(gloria.cards.get(), "Lost", None)
    assert identify(club.brand, email=gloria.email) == Identified(gloria.account, gloria)


def test_exactly_one_way_is_asked_for(club: Club) -> None:
    for known_by in ({}, {"card": "1", "phone": "2"}):
        with pytest.raises(ValueError, match="exactly one"):
            identify(club.brand, **known_by)  # type: ignore[arg-type]
