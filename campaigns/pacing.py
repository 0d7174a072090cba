"""When a campaign's mail may go: its hours and the brand's quiet ones, where each member lives.

A member without a time zone, or with one that nobody knows, lives in the brand's. A service
campaign keeps its own hours but may break the quiet ones: a recall does not wait for the morning.
"""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db.models import Case, DateTimeField, QuerySet, Value, When

from campaigns.models import Campaign, SendingRules
from campaigns.opening_hours import NeverOpens, OpeningHours, Span, first_moment
from campaigns.sending_rules import rules_of
from profiles.models import Member
from profiles.time_zones import known_zones, zone_named

__all__ = ["NeverOpens", "local_send_time", "not_before", "opening", "postponed", "starts_at"]

# Between the first place where a day begins (UTC+14) and the last (UTC-12).
WIDEST = timedelta(hours=26)
# Hours that never open are a mistake that somebody may put right: they are looked at again.
LOOK_AGAIN = timedelta(hours=1)
NO_LIMIT = OpeningHours()


def hours_of(campaign: Campaign, rules: SendingRules) -> OpeningHours:
    """The hours of the day and the days of the week in which the campaign's mail may go."""
    return campaign.opening_hours(Span.between(rules.quiet_from, rules.quiet_until))


def opening(campaign: Campaign, rules: SendingRules, zone: str, now: datetime) -> datetime:
    """The first moment from ``now`` on at which the campaign may mail somebody in ``zone``.

    It is ``now`` itself when mail may go. Raises NeverOpens.
    """
    found = zone_named(zone, campaign.brand.time_zone)
    return hours_of(campaign, rules).opening(found, now)


def postponed(
    campaign: Campaign, zones: Mapping[int, str], now: datetime
) -> dict[datetime, list[int]]:
    """Of deliveries and the names of their members' zones: those that must wait, by when.

    Where the hours never open they wait for LOOK_AGAIN, time after time.
    """
    hours = hours_of(campaign, rules_of(campaign.brand))
    waiting: dict[datetime, list[int]] = defaultdict(list)
    if hours == NO_LIMIT:
        return waiting
    openings = {name: _opening_or_later(hours, campaign, name, now) for name in set(zones.values())}
    for delivery_id, name in zones.items():
        if openings[name] > now:
            waiting[openings[name]].append(delivery_id)
    return waiting


def local_send_time(send_at: datetime, brand_zone: str, member_zone: str) -> datetime:
    """When the clock at the member's shows what the brand's shows at ``send_at``; in UTC.

    A time that exists twice is its first; one that does not exist is the next that does.
    """
    brand = zone_named(brand_zone)
    member = zone_named(member_zone, brand_zone)
    if member == brand:
        return send_at
    return first_moment(send_at.astimezone(brand).replace(tzinfo=None), member)


def starts_at(campaign: Campaign) -> datetime | None:
    """When the campaign must start so that its easternmost member is mailed in time.

    None as long as nobody has said when to send. Up to WIDEST before ``send_at`` when the
    campaign goes at local time; how much depends on where members of the brand live.
    """
    if campaign.send_at is None or not campaign.at_local_time:
        return campaign.send_at
    by_moment = _by_moment(campaign, known_zones())
    for moment in sorted(moment for moment in by_moment if moment < campaign.send_at):
        if _abroad(campaign).filter(time_zone__in=by_moment[moment]).exists():
            return moment
    return campaign.send_at


def not_before(campaign: Campaign, now: datetime) -> Case | Value:
    """When each member's mail may go, as an expression on members.

    At local time that is ``local_send_time``; whose has passed gets theirs at once.
    """
    at_once = Value(now, output_field=DateTimeField())
    if campaign.send_at is None or not campaign.at_local_time:
        return at_once
    lived_in = _abroad(campaign).order_by().values_list("time_zone", flat=True).distinct()
    by_moment = _by_moment(campaign, known_zones() & set(lived_in))
    at_home = Value(max(campaign.send_at, now), output_field=DateTimeField())
    whens = [
        When(time_zone__in=names, then=Value(max(moment, now)))
        for moment, names in by_moment.items()
    ]
    return Case(*whens, default=at_home, output_field=DateTimeField()) if whens else at_home


def _opening_or_later(
    hours: OpeningHours, campaign: Campaign, zone: str, now: datetime
) -> datetime:
    try:
        return hours.opening(zone_named(zone, campaign.brand.time_zone), now)
    except NeverOpens:
        return now + LOOK_AGAIN


def _abroad(campaign: Campaign) -> QuerySet[Member]:
    return Member.objects.filter(account__brand=campaign.brand_id).exclude(time_zone="")


def _by_moment(campaign: Campaign, zones: set[str] | frozenset[str]) -> dict[datetime, list[str]]:
    """Names of zones by the moment at which the campaign's local time comes there."""
    moments: dict[datetime, list[str]] = defaultdict(list)
    if campaign.send_at is not None:
        for name in sorted(zones):
            moment = local_send_time(campaign.send_at, campaign.brand.time_zone, name)
            moments[moment].append(name)
    return moments
