"""Points and offers in Wagtail."""

from wagtail import hooks
from wagtail.snippets.models import register_snippet

from loyalty.viewsets import LoyaltyGroup

register_snippet(LoyaltyGroup)


@hooks.register("register_icons")
def icons(known: list[str]) -> list[str]:
    """A ticket, for vouchers."""
    return [*known, "loyalty/icons/ticket.svg"]
