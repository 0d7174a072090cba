"""Leaving the club, as easy as joining."""

from django.db import transaction
from django.utils import timezone

from profiles import consent
from profiles.models import Member


@transaction.atomic
def leave(member: Member, source: str, requester: str = "") -> None:
    """Withdraw every consent and end the membership; points and evidence stay on record."""
    consent.withdraw_all(member, source, requester)
    if member.tracking == Member.Tracking.GRANTED:
        consent.set_tracking(member, False, source, requester)
    Member.objects.filter(pk=member.pk).exclude(status=Member.Status.ERASED).update(
        status=Member.Status.LEFT, left_at=timezone.now()
    )
