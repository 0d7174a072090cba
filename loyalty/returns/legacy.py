"""Returns of receipts from before the switch, whose purchase nobody loaded.

What the lines would have earned by the rules per amount of the receipt's day is taken as an
adjustment, as there is no earning to take it from; what the wallet lacks becomes debt. Nothing is
taken off the tier's counter, which was brought over as one number.
"""

from datetime import datetime

from loyalty import ledger
from loyalty.counter import NotRecordable, find_buyers
from loyalty.earning.baskets import Bought, numbered
from loyalty.earning.earner import Earner
from loyalty.earning.paid import Paid
from loyalty.earning.rulebook import Rulebook
from loyalty.models import Product, Refund
from loyalty.returns.words import ReturnData
from profiles.models import Account, Brand

SOURCE = "returns"
REASON = "Return of a receipt from before the switch"


def book(refund: Refund, data: ReturnData, now: datetime) -> Refund:
    """Store the return of an old receipt and take its points. Raises NotRecordable."""
    buyer = find_buyers(refund.brand, [data.card], now).get(data.card)
    if buyer is None:
        raise NotRecordable("This card is not known.")
    refund.account = Account.objects.get(pk=buyer.account)
    refund.points_back = _points(refund.brand, refund.account, data)
    refund.save()
    if refund.points_back:
        number = f"refund:{refund.pk}"
        points = -refund.points_back
        ledger.adjust(refund.account, points, SOURCE, number, reason=REASON, overdraw=True, now=now)
    return refund


def _points(brand: Brand, account: Account, data: ReturnData) -> int:
    if data.currency != brand.currency or data.bought_at is None:
        return 0
    skus = [line.sku for line in data.lines]
    products = dict(Product.objects.filter(brand=brand, sku__in=skus).values_list("sku", "pk"))
    lines = numbered((products.get(one.sku), one.quantity, one.amount_minor) for one in data.lines)
    rules = [rule for rule in Rulebook.of(brand).rules if rule.kind == "per_amount"]
    earner = Earner(brand, Rulebook(rules), Paid())
    basket = Bought(0, account.pk, data.bought_at, data.store_code, lines)
    return sum(award.points for _each, awards in earner.earn([basket]) for award in awards)
