"""The tables of purchases, points and vouchers, split by aggregate."""

from loyalty.models.earn_rules import EarnRule
from loyalty.models.ledger import Allocation, Entry, Lot, Posting, Wallet
from loyalty.models.purchases import Product, Purchase, PurchaseLine
from loyalty.models.tills import TillKey
from loyalty.models.vouchers import Offer, OfferProduct, Voucher, VoucherUse

__all__ = [
    "Allocation",
    "EarnRule",
    "Entry",
    "Lot",
    "Offer",
    "OfferProduct",
    "Posting",
    "Product",
    "Purchase",
    "PurchaseLine",
    "TillKey",
    "Voucher",
    "VoucherUse",
    "Wallet",
]
