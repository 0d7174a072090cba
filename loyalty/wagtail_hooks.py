"""Points and offers in Wagtail."""

from wagtail.snippets.models import register_snippet

from loyalty.viewsets import LoyaltyGroup

register_snippet(LoyaltyGroup)
