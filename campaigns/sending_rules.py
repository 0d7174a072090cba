"""Under which rules a brand's mail goes out."""

from campaigns.models.sending import SendingRules
from profiles.models import Brand


def rules_of(brand: Brand) -> SendingRules:
    """The brand's rules; the defaults, unsaved, when nobody has set any."""
    return SendingRules.objects.filter(brand=brand).first() or SendingRules(brand=brand)
