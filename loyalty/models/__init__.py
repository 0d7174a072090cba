"""The tables of purchases, points, tiers, rewards and vouchers, split by aggregate."""

from loyalty.models.audits import LedgerAudit
from loyalty.models.earn_rules import BonusRule, EarnBudget, EarnRule, PaidRule
from loyalty.models.ledger import Allocation, Entry, Hold, Lot, Posting, Wallet
from loyalty.models.loyalty_rules import LoyaltyRules
from loyalty.models.months import BookEvent, ClosedMonth, LedgerAccountCode
from loyalty.models.offers import Offer, OfferProduct, OfferScope, OfferTally
from loyalty.models.purchases import (
    PendingReturn,
    Product,
    Purchase,
    PurchaseLine,
    Refund,
    RefundLine,
)
from loyalty.models.rate_limits import RateCounter
from loyalty.models.referrals import Referral, ReferralCode, ReferralRule
from loyalty.models.rewards import Redemption, Reward, RewardAmount, RewardTally
from loyalty.models.service import ServiceLimits, ServiceRequest
from loyalty.models.switch_over import SwitchFile, SwitchOver, SwitchRow
from loyalty.models.tiers import Tier, TierChange, TierScheme, TierStanding
from loyalty.models.tills import OfflineEvent, TillAnswer, TillKey, TillScope
from loyalty.models.voucher_uses import (
    RefusalReason,
    VoucherRefusal,
    VoucherReservation,
    VoucherUse,
    VoucherUseReversal,
)
from loyalty.models.vouchers import Voucher, VoucherPool
from loyalty.models.worklist import WorklistItem

__all__ = [
    "Allocation",
    "BonusRule",
    "BookEvent",
    "ClosedMonth",
    "EarnBudget",
    "EarnRule",
    "Entry",
    "Hold",
    "LedgerAccountCode",
    "LedgerAudit",
    "Lot",
    "LoyaltyRules",
    "Offer",
    "OfferProduct",
    "OfferScope",
    "OfferTally",
    "OfflineEvent",
    "PaidRule",
    "PendingReturn",
    "Posting",
    "Product",
    "Purchase",
    "PurchaseLine",
    "RateCounter",
    "Redemption",
    "Referral",
    "ReferralCode",
    "ReferralRule",
    "Refund",
    "RefundLine",
    "RefusalReason",
    "Reward",
    "RewardAmount",
    "RewardTally",
    "ServiceLimits",
    "ServiceRequest",
    "SwitchFile",
    "SwitchOver",
    "SwitchRow",
    "Tier",
    "TierChange",
    "TierScheme",
    "TierStanding",
    "TillAnswer",
    "TillKey",
    "TillScope",
    "Voucher",
    "VoucherPool",
    "VoucherRefusal",
    "VoucherReservation",
    "VoucherUse",
    "VoucherUseReversal",
    "Wallet",
    "WorklistItem",
]
