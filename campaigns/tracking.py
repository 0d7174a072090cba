"""Clicks and opens that come in by a mail's own addresses.

Recorded only while the member allows it: a withdrawal silences mails that were sent long before.
Recording never stands between a reader and the page they asked for.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

import structlog
from django.conf import settings
from django.db import Error as DatabaseError
from django.utils import timezone

from campaigns import feedback
from campaigns.classification import classify
from campaigns.feedback import Report
from campaigns.models import Delivery, Response, TrackedLink
from profiles import signed_links
from profiles.models import Member

logger = structlog.get_logger()
SIMULATION_HEADER = "X-Regulars-Simulation"
SAME_HIT = 60  # seconds within which a repeated hit is the same one


@dataclass(frozen=True)
class Hit:
    """One request to a tracked address."""

    method: str
    user_agent: str
    simulation: str = ""


def click(token: str, hit: Hit) -> str:
    """Record a click and return where the link leads. Raises BadLink."""
    delivery_id, link_id = signed_links.read(signed_links.CLICK, token)
    destination = find_destination(link_id)
    _record(delivery_id, Response.Kind.CLICKED, hit, link_id=link_id)
    return destination


def offer_click(delivery_id: int, voucher_id: int, hit: Hit) -> None:
    """Record that a member opened an offer from a mail."""
    _record(delivery_id, Response.Kind.CLICKED, hit, detail={"voucher": voucher_id})


def opened(token: str, hit: Hit) -> None:
    """Record an open. Raises BadLink."""
    (delivery_id,) = signed_links.read(signed_links.OPEN, token)
    _record(delivery_id, Response.Kind.OPENED, hit)


def simulation_header(occurred_at: datetime) -> dict[str, str]:
    """The header by which the demo club's simulator says that it is one, and when it acts."""
    token = signed_links.make(signed_links.SIMULATION, int(occurred_at.timestamp()))
    return {SIMULATION_HEADER: token}


@lru_cache(maxsize=65_536)
def find_destination(link_id: int) -> str:
    """Where a link leads; links never change, so the process remembers them. Raises BadLink."""
    link = TrackedLink.objects.filter(pk=link_id).first()
    if link is None:
        raise signed_links.BadLink
    return link.url


def _record(
    delivery_id: int,
    kind: str,
    hit: Hit,
    link_id: int | None = None,
    detail: dict[str, int] | None = None,
) -> None:
    try:
        _record_if_allowed(delivery_id, kind, hit, link_id, detail or {})
    except DatabaseError as error:
        logger.warning("hit_not_recorded", delivery=delivery_id, error=type(error).__name__)


def _record_if_allowed(
    delivery_id: int, kind: str, hit: Hit, link_id: int | None, detail: dict[str, int]
) -> None:
    allowed = Delivery.objects.filter(
        pk=delivery_id, tracked=True, member__tracking=Member.Tracking.GRANTED
    )
    delivery = allowed.only("accepted_at", "state").first()
    # A HEAD asks for headers; nobody has looked at anything.
    if delivery is None or hit.method == "HEAD":
        return
    simulated_at = _simulated_at(hit)
    at = simulated_at or timezone.now()
    handed_over = None if simulated_at else _handed_over(delivery, at)
    actor, rule = classify(hit.user_agent, hit.method, at, handed_over)
    moment = int(at.timestamp()) // SAME_HIT
    feedback.record(
        Report(
            delivery_id=delivery_id,
            kind=kind,
            key=f"{kind}:{delivery_id}:{link_id or detail.get('voucher', 0)}:{moment}:{actor}",
            occurred_at=at,
            source="web",
            link_id=link_id,
            actor=actor,
            rule=rule,
            detail=detail,
            simulated=simulated_at is not None,
        )
    )


def _handed_over(delivery: Delivery, now: datetime) -> datetime | None:
    """When the mail left us; a hit may come while the mail server is still taking it."""
    return now if delivery.state == Delivery.State.HANDING_OFF else delivery.accepted_at


def _simulated_at(hit: Hit) -> datetime | None:
    """When a simulated hit happened; only the demo club listens to its simulator."""
    if not (settings.REGULARS_DEMO and hit.simulation):
        return None
    try:
        (seconds,) = signed_links.read(signed_links.SIMULATION, hit.simulation)
    except signed_links.BadLink:
        return None
    return datetime.fromtimestamp(seconds, UTC)
