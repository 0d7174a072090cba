"""Loading history: sums from lines, dirt counted, and nothing twice."""

from datetime import UTC, datetime
from typing import Any

from loyalty import history
from loyalty.models import OfferProduct, Product, Purchase, PurchaseLine
from profiles.models import Account, Member, Store
from tests import cast

AT = datetime(2026, 3, 2, 12, 30, 15, 5, tzinfo=UTC)


def _load(club: cast.Club, gloria: Member, **more: Any) -> history.Loaded:
    Account.objects.filter(pk=gloria.account.pk).update(external_id="h-1")
    rows: dict[str, Any] = {
        "stores": [("31", "Store 31")],
        "products": [("851", "Red wine", "GROCERY", "WINE", "National", "75 cl")],
        "baskets": [("b-1", "h-1", "31", AT), ("b-2", "h-1", "", AT), ("b-3", "stranger", "", AT)],
        "lines": [
            ("b-1", "851", 2, 1180, 120),
            ("b-1", "no-such", 1, 99, 0),
            ("b-2", "851", 0, 0, 0),
            ("b-3", "851", 1, 590, 0),
        ],
    }
    return history.load(club.brand, **{**rows, **more})


def test_baskets_get_the_sums_of_their_lines(club: cast.Club, gloria: Member) -> None:
    _load(club, gloria)
    purchase = Purchase.objects.get(external_id="b-1")
    assert (purchase.total_minor, purchase.discount_minor) == (1279, 120)
    assert (purchase.occurred_at, purchase.currency) == (AT, "EUR")
    assert (purchase.account, str(purchase.store)) == (gloria.account, "Store 31")
    named = purchase.lines.get(product__sku="851")
    assert (named.quantity, named.amount_minor) == (2, 1180)


def test_dirt_is_counted(club: cast.Club, gloria: Member) -> None:
    assert _load(club, gloria) == history.Loaded(
        stores=1,
        products=1,
        purchases=2,
        lines=3,
        baskets_of_unknown_accounts=1,
        lines_without_purchase=1,
        lines_without_product=1,
        lines_without_quantity=1,
    )


def test_loading_again_changes_nothing(club: cast.Club, gloria: Member) -> None:
    _load(club, gloria)
    again = _load(club, gloria)
    assert (again.purchases, again.lines, again.baskets_loaded_before) == (0, 0, 2)
    assert (Store.objects.count(), PurchaseLine.objects.count()) == (1, 3)


def test_the_next_purchase_gets_a_fresh_number(club: cast.Club, gloria: Member) -> None:
    _load(club, gloria)
    last = Purchase.objects.order_by("pk").last()
    assert last
    purchase = Purchase.objects.create(
        account=gloria.account,
        brand=club.brand,
        source="till-1",
        external_id="x",
        occurred_at=AT,
        currency="EUR",
        total_minor=1,
    )
    assert purchase.pk > last.pk


def test_offers_are_tied_to_products_once(club: cast.Club) -> None:
    offer = cast.offer(club)
    pairs = [(offer.key, "4711"), (offer.key, "4711"), (offer.key, "no-such"), ("none", "4712")]
    assert history.load_offer_products(club.brand, pairs) == 1
    assert history.load_offer_products(club.brand, pairs) == 0
    assert OfferProduct.objects.get().product == Product.objects.get(sku="4711")
