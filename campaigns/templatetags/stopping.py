"""The banner on every campaign screen while all sending is stopped."""

from typing import Any

from django import template

from campaigns import switch
from campaigns.staff.screens import CHANGE

register = template.Library()


@register.inclusion_tag("campaigns/staff/stop_banner.html", takes_context=True)
def stop_banner(context: dict[str, Any]) -> dict[str, Any]:
    """Who stopped all sending, when and why; nothing while mail flows."""
    request = context.get("request")
    may_change = request is not None and request.user.has_perm(CHANGE)
    return {"stop": switch.stopped(), "may_release": may_change}
