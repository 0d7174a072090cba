"""Which accounts have a member in a segment, for the earning rules of the app below."""

from collections.abc import Collection, Iterable
from datetime import datetime

from campaigns.models import Segment
from campaigns.segments.compiling import BrokenSegment, Rules


def names() -> Iterable[tuple[int, str]]:
    """Number and name of every segment, to choose from in a rule."""
    return Segment.objects.order_by("name").values_list("pk", "name")


def accounts_in(segment: int, accounts: Collection[int], at: datetime) -> set[int]:
    """Those of the accounts with a member in the segment at a moment; none when it is broken."""
    found = Segment.objects.filter(pk=segment).first()
    if found is None:
        return set()
    try:
        members = Rules.of(found).members(at)
    except BrokenSegment:
        return set()
    return set(members.filter(account__in=accounts).values_list("account_id", flat=True))
