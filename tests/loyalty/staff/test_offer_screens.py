"""Offers on their form: articles and categories, limits, and how they combine."""

from typing import Any

from django.urls import reverse

from loyalty.models import Offer, Product
from profiles.models import Brand, User
from tests import cast
from tests.cast import Club
from tests.loyalty.staff import pages
from tests.loyalty.staff.forms import filled


def _url(offer: Offer) -> str:
    return reverse("wagtailsnippets_loyalty_offer:edit", args=[offer.pk])


def _send(user: User, offer: Offer, **changes: Any) -> str:
    client = pages.signed_in(user)
    data = {**filled(client, _url(offer)), **changes}
    return client.post(_url(offer), data, follow=True).content.decode()


def _article(sku: str) -> dict[str, str]:
    return {
        "offerproduct_set-TOTAL_FORMS": "1",
        "offerproduct_set-0-product": sku,
    }


def test_limits_articles_and_categories_are_kept(club: Club, manager: User) -> None:
    offer = cast.offer(club)
    scopes = {
        "scopes-TOTAL_FORMS": "2",
        "scopes-0-category": "Cheese",
        "scopes-1-department": "WINE",
        "scopes-1-is_excluded": "on",
    }
    limits = {"per_member_limit": "1", "overall_limit": "500", "minimum_minor": "2000"}
    page = _send(manager, offer, **limits, stacking_order="7", **scopes, **_article("4711"))
    assert "updated" in page
    offer = Offer.objects.get(pk=offer.pk)
    assert (offer.per_member_limit, offer.overall_limit, offer.minimum_minor) == (1, 500, 2_000)
    assert offer.stacking_order == 7
    assert [product.sku for product in offer.products.all()] == ["4711"]
    found = offer.scopes.order_by("pk").values_list("category", "department", "is_excluded")
    assert list(found) == [("Cheese", "", False), ("", "WINE", True)]
    assert 'value="4711"' in pages.source(manager, _url(offer))


def test_an_unknown_article_is_refused_and_stays_in_the_form(club: Club, manager: User) -> None:
    offer = cast.offer(club)
    page = _send(manager, offer, **_article("9999"))
    assert "Select a valid choice." in page
    assert 'value="9999"' in page
    assert not offer.products.exists()


def test_an_article_of_another_club_is_refused(club: Club, manager: User) -> None:
    other = Brand.objects.create(name="Other", slug="other", sender_email="a@other.example")
    Product.objects.create(brand=other, sku="77", name="Else")
    offer = cast.offer(club)
    assert "This article belongs to another club." in _send(manager, offer, **_article("77"))
    assert not offer.products.exists()


def test_what_does_not_fit_together_is_told_in_words(club: Club, manager: User) -> None:
    offer = cast.offer(club)
    page = _send(manager, offer, kind="percent", percent="")
    assert "Amount off needs an amount, percent off a number from 1 to 100." in page
    page = _send(manager, offer, max_discount_minor="300")
    assert "Only percent off has a most that it takes off." in page
    scopes = {"scopes-TOTAL_FORMS": "1", "scopes-0-category": "A", "scopes-0-department": "B"}
    page = _send(manager, offer, **scopes)
    assert "A line names one thing, not several and not none." in page
    assert "Constraint" not in page
    assert not offer.scopes.exists()


def test_clerks_do_not_get_in(club: Club, clerk: User) -> None:
    assert pages.signed_in(clerk).get(_url(cast.offer(club))).status_code == 302
