"""An offer's page tells the truth: still to come, open with its code, used, over."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from campaigns.models import Delivery
from loyalty import vouchers
from loyalty.models import Offer, Voucher
from loyalty.voucher_codes import grouped
from profiles.models import Member
from tests import cast
from tests.cast import Club
from tests.portal import links

NOW = timezone.now()
DAY = timedelta(days=1)


def given(offer: Offer, member: Member) -> Voucher:
    """The member's voucher of the offer."""
    vouchers.issue([offer.pk], [member.pk])
    return Voucher.objects.get(offer=offer, member=member)


def test_open_offer_shows_its_code_as_text_and_picture(club: Club, client: Client) -> None:
    voucher = given(cast.offer(club), cast.gloria(club))
    page = client.get(links.offer(voucher.pk)).content.decode()
    assert "2 € off Manchego" in page
    assert grouped(voucher.code) in page
    assert 'class="qr"' in page


@pytest.mark.parametrize(
    ("starts", "ends", "words"),
    [(DAY, 2 * DAY, "Not yet"), (-2 * DAY, -DAY, "Over")],
)
def test_closed_offer_shows_no_code(
    club: Club, client: Client, starts: timedelta, ends: timedelta, words: str
) -> None:
    offer = cast.offer(club, valid_from=NOW + starts, valid_until=NOW + ends)
    voucher = given(offer, cast.gloria(club))
    page = client.get(links.offer(voucher.pk)).content.decode()
    assert words in page
    assert grouped(voucher.code) not in page


def test_used_offer_says_when(club: Club, client: Client) -> None:
    voucher = given(cast.offer(club), cast.gloria(club))
    vouchers.redeem("till", "k", voucher.code, "h", timezone.now())
    page = client.get(links.offer(voucher.pk)).content.decode()
    assert "You used it on" in page
    assert grouped(voucher.code) not in page


def test_mail_that_brought_it_is_named_and_the_click_recorded(club: Club, client: Client) -> None:
    gloria = cast.gloria(club)
    voucher = given(cast.offer(club), gloria)
    delivery = Delivery.objects.create(
        campaign=cast.campaign(club), member=gloria, business_at=NOW, tracked=True
    )
    page = client.get(links.offer(voucher.pk, delivery.pk)).content.decode()
    assert "You got it with “Weekly offers”" in page
    assert delivery.responses.get().kind == "clicked"


def test_public_page_identifies_nobody(club: Club, client: Client) -> None:
    offer = cast.offer(club)
    voucher = given(offer, cast.gloria(club))
    page = client.get(f"/offers/{offer.pk}/").content.decode()
    assert "2 € off Manchego" in page
    assert grouped(voucher.code) not in page
    assert client.get("/offers/999999/").status_code == 404


def test_card_lists_what_is_open_and_folds_what_is_not(club: Club, client: Client) -> None:
    gloria = cast.gloria(club)
    given(cast.offer(club), gloria)
    over = cast.offer(
        club, "old", title={"en": "Old bread"}, valid_from=NOW - 9 * DAY, valid_until=NOW - DAY
    )
    given(over, gloria)
    page = client.get(links.card(gloria)).content.decode()
    assert page.index("2 € off Manchego") < page.index("Used and expired") < page.index("Old bread")
    assert "No purchase yet." in page
