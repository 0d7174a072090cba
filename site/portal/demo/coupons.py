"""Coupons become offers: what they are for, what they are worth, and when they count.

The data name a coupon by a number and the products it counts for. Its words come from the
products' most common category, its value from the coupon discounts found on their lines.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date

from loyalty.history import load_offer_products
from loyalty.models import Offer
from portal.demo.categories import WHOLE_SHOP, Kind, kind_of
from portal.demo.dates import Shift
from portal.demo.shopping_data import Frame, ShoppingData
from portal.demo.wording import both
from profiles.models import Brand

DEFAULT_MINOR = 100  # cents off where no line shows what a coupon was worth
LEAST_MINOR, MOST_MINOR = 25, 500
CHUNK = 500

CouponKey = tuple[int, int]  # campaign, coupon number


@dataclass(frozen=True)
class Coupon:
    """A coupon of one campaign."""

    campaign: int
    upc: int
    products: tuple[int, ...]
    category: str
    department: str
    amount_minor: int
    uses: int

    @property
    def key(self) -> str:
        """Return the offer's key."""
        return f"campaign-{self.campaign}-{self.upc}"

    @property
    def kind(self) -> Kind:
        """Return what the coupon is for, in words."""
        return kind_of(self.category, self.department) if self.department else WHOLE_SHOP


def coupons_of(data: ShoppingData) -> dict[CouponKey, Coupon]:
    """Return the coupons by campaign and number, in the order of the data."""
    products: dict[CouponKey, list[int]] = defaultdict(list)
    for upc, product, campaign in data.coupons.to_numpy().tolist():
        products[campaign, upc].append(product)
    shelves = _shelves(data.products)
    values, uses = _values(data), _uses(data.redemptions)
    return {
        key: Coupon(
            campaign=key[0],
            upc=key[1],
            products=tuple(sorted(found)),
            category=_most(found, shelves, 0),
            department=_most(found, shelves, 1),
            amount_minor=values.get(key[1], DEFAULT_MINOR),
            uses=uses.get(key, 1),
        )
        for key, found in products.items()
    }


def create_offers(
    brand: Brand, data: ShoppingData, coupons: dict[CouponKey, Coupon], shift: Shift
) -> dict[CouponKey, int]:
    """Create an offer for each coupon, with its products; returns offer ids."""
    spans = {row.campaign_id: (row.start_date, row.end_date) for row in data.campaigns.itertuples()}
    offers = [_offer(brand, coupon, spans[coupon.campaign], shift) for coupon in coupons.values()]
    created = Offer.objects.bulk_create(offers, batch_size=CHUNK)
    load_offer_products(
        brand,
        ((coupon.key, str(sku)) for coupon in coupons.values() for sku in coupon.products),
    )
    return {key: offer.pk for key, offer in zip(coupons, created, strict=True)}


def _offer(brand: Brand, coupon: Coupon, span: tuple[date, date], shift: Shift) -> Offer:
    kind, price = coupon.kind, f"${coupon.amount_minor / 100:.2f}"
    count = len(coupon.products)
    return Offer(
        brand=brand,
        key=coupon.key,
        title=both(f"{price} off {kind.name['en']}", f"{price} menos en {kind.name['es']}"),
        description=_description(count),
        terms=both(
            "One coupon per purchase. Shown at the till by code or on the phone.",
            "Un cupón por compra. Se enseña en caja, con el código o en el teléfono.",
        ),
        kind=Offer.Kind.AMOUNT,
        amount_minor=coupon.amount_minor,
        currency=brand.currency,
        picture=kind.picture,
        valid_from=shift.mail_at(span[0]),
        valid_until=shift.end_of(span[1]),
        uses_per_voucher=coupon.uses,
    )


def _description(count: int) -> dict[str, str]:
    if count == 1:
        return both("Counts for one product.", "Vale para un producto.")
    return both(f"Counts for {count:,} products.", f"Vale para {count:,} productos.")


def _shelves(products: Frame) -> dict[int, tuple[str, str]]:
    table = products[["product_id", "product_category", "department"]].fillna("")
    return {row.product_id: (row.product_category, row.department) for row in table.itertuples()}


def _most(products: list[int], shelves: dict[int, tuple[str, str]], place: int) -> str:
    """Return the most common category or department, or nothing when it is not half of them."""
    names = Counter(shelves[product][place] for product in products if product in shelves)
    name, count = names.most_common(1)[0] if names else ("", 0)
    return name if 2 * count >= len(products) else ""


def _values(data: ShoppingData) -> dict[int, int]:
    """Return by coupon number the median coupon discount on lines of its products, in cents."""
    lines = data.transactions[data.transactions["coupon_disc"] > 0]
    known = data.coupons[["coupon_upc", "product_id"]].drop_duplicates()
    found = lines[["product_id", "coupon_disc"]].merge(known, on="product_id")
    medians = found.groupby("coupon_upc")["coupon_disc"].median()
    return {upc: _price(dollars) for upc, dollars in medians.items()}


def _price(dollars: float) -> int:
    """Return cents in steps of five, within what a coupon is."""
    return min(MOST_MINOR, max(LEAST_MINOR, round(dollars * 20) * 5))


def _uses(redemptions: Frame) -> dict[CouponKey, int]:
    """Return how often the keenest household used a coupon."""
    columns = ["campaign_id", "coupon_upc", "household_id"]
    uses = redemptions.groupby(columns).size().groupby(level=[0, 1]).max()
    return {key: int(count) for key, count in uses.items()}
