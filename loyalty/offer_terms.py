"""Offers and baskets out of the database, in the form in which discounts are worked out."""

from collections.abc import Iterable

from loyalty.discounts import Basket, Discount, Line, Scope, Terms, discounts_of
from loyalty.models import Offer, OfferScope, Product, Purchase
from profiles.models import Brand

# An article's number, how many pieces, and what they cost together before vouchers.
Bought = tuple[str, int, int]


def terms_of(offer: Offer) -> Terms:
    """Return the offer as arithmetic sees it."""
    scopes = list(offer.scopes.select_related("product"))
    named = frozenset(offer.products.values_list("sku", flat=True))
    included, excluded = ([s for s in scopes if s.is_excluded is out] for out in (False, True))
    return Terms(
        offer_id=offer.pk,
        kind=offer.kind,
        currency=offer.currency,
        amount_minor=offer.amount_minor or 0,
        percent=offer.percent or 0,
        max_discount_minor=offer.max_discount_minor,
        minimum_minor=offer.minimum_minor,
        combines=offer.combines,
        stacking_order=offer.stacking_order,
        included=_scope(included, named),
        excluded=_scope(excluded),
    )


def basket_of(brand: Brand, currency: str, bought: Iterable[Bought]) -> Basket:
    """Return a basket with the categories and departments of the brand's catalogue.

    An article that the catalogue does not know counts for offers on the whole basket only.
    Raises ValueError for a line without pieces or below zero.
    """
    rows = list(bought)
    known = Product.objects.filter(brand=brand, sku__in={sku for sku, _pieces, _minor in rows})
    products = {product.sku: product for product in known}
    return Basket(currency, tuple(_line(products.get(row[0]), *row) for row in rows))


def quote(offers: Iterable[Offer], basket: Basket) -> tuple[Discount, ...]:
    """Return what these offers give together on a basket, in order; writes nothing."""
    return discounts_of([terms_of(offer) for offer in offers], basket)


def discount_on_purchase(offer: Offer, purchase: Purchase | None) -> int:
    """Return what a voucher was worth on a recorded purchase, for a till that does not say.

    Its lines tell what was paid, after discounts: an amount is taken as promised, a percentage
    of what was paid, and 0 where only the till can know it.
    """
    if offer.kind == Offer.Kind.AMOUNT:
        return offer.amount_minor or 0
    if offer.kind == Offer.Kind.FREE or purchase is None or purchase.currency != offer.currency:
        return 0
    terms = terms_of(offer)
    paid = sum(
        line.amount_minor
        for line in purchase.lines.select_related("product")
        if terms.count_for(_line(line.product, "", 1, 0))
    )
    minor = max(0, paid) * terms.percent // 100
    return minor if terms.max_discount_minor is None else min(minor, terms.max_discount_minor)


def _line(product: Product | None, sku: str, quantity: int, amount_minor: int) -> Line:
    if product is None:
        return Line(sku, quantity, amount_minor)
    return Line(product.sku, quantity, amount_minor, product.category, product.department)


def _scope(scopes: Iterable[OfferScope], skus: frozenset[str] = frozenset()) -> Scope:
    named = list(scopes)
    return Scope(
        skus | {scope.product.sku for scope in named if scope.product},
        frozenset(scope.category for scope in named if scope.category),
        frozenset(scope.department for scope in named if scope.department),
    )
