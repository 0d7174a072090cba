"""What a voucher is worth on a purchase, for tills that do not say what they gave."""

from django.db.models import Sum

from loyalty.models import Offer, Purchase


def discount_minor(offer: Offer, purchase: Purchase | None) -> int:
    """Return the discount in minor units, rounded down; 0 where only the till can know it."""
    if offer.kind == Offer.Kind.AMOUNT:
        return offer.amount_minor or 0
    if offer.kind == Offer.Kind.PERCENT and purchase and purchase.currency == offer.currency:
        return max(0, _counting_minor(offer, purchase)) * (offer.percent or 0) // 100
    return 0


def _counting_minor(offer: Offer, purchase: Purchase) -> int:
    """What was paid for the articles the offer counts for; for all, when it names none."""
    lines = purchase.lines.all()
    if offer.products.exists():
        lines = lines.filter(product__in=offer.products.all())
    return int(lines.aggregate(total=Sum("amount_minor"))["total"] or 0)
