"""What tracking needs to know of a request."""

from django.http import HttpRequest

from campaigns.tracking import SIMULATION_HEADER, Hit


def hit_of(request: HttpRequest) -> Hit:
    """The request as a hit on a tracked address."""
    return Hit(
        method=request.method or "",
        user_agent=request.headers.get("User-Agent", "")[:500],
        simulation=request.headers.get(SIMULATION_HEADER, ""),
    )
