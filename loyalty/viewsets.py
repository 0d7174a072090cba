"""The menu about points, offers, rewards and rules."""

from django.utils.translation import gettext_lazy as _
from wagtail.snippets.views.snippets import SnippetViewSetGroup

from loyalty.staff.club_rules import (
    LoyaltyRulesViewSet,
    ReferralRuleViewSet,
    ServiceLimitsViewSet,
)
from loyalty.staff.earn_rules import BonusRuleViewSet, EarnRuleViewSet
from loyalty.staff.menus import LOYALTY_MENU
from loyalty.staff.offers import OfferViewSet
from loyalty.staff.pools import VoucherPoolViewSet
from loyalty.staff.rewards import RewardViewSet
from loyalty.staff.tiers import TierSchemeViewSet, TierViewSet


class LoyaltyGroup(SnippetViewSetGroup):
    """The menu about points and offers."""

    items = (
        OfferViewSet,
        VoucherPoolViewSet,
        RewardViewSet,
        EarnRuleViewSet,
        BonusRuleViewSet,
        ReferralRuleViewSet,
        TierViewSet,
        TierSchemeViewSet,
        LoyaltyRulesViewSet,
        ServiceLimitsViewSet,
    )
    submenu_hook = LOYALTY_MENU
    menu_icon = "tag"
    menu_label = _("Loyalty")
    menu_name = "loyalty"
    menu_order = 120
