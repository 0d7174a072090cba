"""Why a reward cannot be taken, each with a sentence that the member reads."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from loyalty import ledger
from loyalty.models import Tier
from profiles.localised import localise


class RewardRefused(Exception):
    """The reward cannot be taken by this member now; its text tells the member why.

    The text is worked out when it is read, in the language of who reads it.
    """

    def __init__(self, **facts: Any) -> None:
        self.facts: Mapping[str, Any] = facts
        super().__init__()

    def __str__(self) -> str:
        return self.sentence()

    def sentence(self) -> str:
        """What the member reads."""
        raise NotImplementedError


class RewardOver(RewardRefused):
    """Not yet, no longer, or no longer for these points."""

    def sentence(self) -> str:
        """Not yet, or no longer."""
        if self.facts.get("not_yet"):
            return _("This reward is not available yet.")
        return _("This reward is no longer available.")


class AmountChanged(RewardRefused):
    """It costs something else than when the member looked."""

    def sentence(self) -> str:
        """Look again."""
        return _("The points for this reward have changed. Please look again.")


class OutOfStock(RewardRefused):
    """The last one is taken."""

    def sentence(self) -> str:
        """None left."""
        return _("This reward is out of stock.")


class LimitReached(RewardRefused):
    """The household has taken as many as it may; facts: limit, days."""

    def sentence(self) -> str:
        """How many, and in how long."""
        limit, days = self.facts["limit"], self.facts.get("days")
        if days:
            return _("You can take this reward %(limit)s× in %(days)s days.") % {
                "limit": limit,
                "days": days,
            }
        return _("You can take this reward %(limit)s×, and you have.") % {"limit": limit}


class TierTooLow(RewardRefused):
    """Only for a higher tier; facts: tier, language."""

    def sentence(self) -> str:
        """From which tier on."""
        tier: Tier = self.facts["tier"]
        name = localise(tier.name, self.facts.get("language", "en")) or tier.key
        return _("This reward is for members from %(tier)s on.") % {"tier": name}


class MemberNotActive(RewardRefused):
    """Not confirmed yet, left, or of another brand's club."""

    def sentence(self) -> str:
        """Join first."""
        return _("Only members of this club can take rewards.")


class PointsMissing(RewardRefused, ledger.NotEnoughPoints):
    """Fewer points than it costs; facts: missing."""

    def sentence(self) -> str:
        """How many are missing."""
        missing = self.facts["missing"]
        told = ngettext("%(missing)s point to go.", "%(missing)s points to go.", missing)
        return told % {"missing": f"{missing:,}"}


class NotOpen(Exception):
    """The redemption is in a state that this does not follow on."""


class VoucherInUse(Exception):
    """The voucher of the redemption was used, or a till is using it: nothing can be given back."""
