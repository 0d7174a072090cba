"""May this member be mailed on this topic now? Every mail path asks here.

The answer exists as a queryset and for one member, from the same conditions. A topic of ``None``
means a service mail (recall, changed terms): it needs no consent and ignores pauses, yet never
goes to an address that bounced or complained.
"""

from datetime import datetime
from typing import TYPE_CHECKING, TypedDict

from django.db.models import Case, CharField, Exists, OuterRef, Q, QuerySet, Value, When

from profiles.models import Member, Subscription, Suppression, Topic
from profiles.suppression import suppressed_member

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

NO_ADDRESS = "no_address"
NOT_ACTIVE = "not_active"
SUPPRESSED = "suppressed"
NO_CONSENT = "no_consent"
PAUSED = "paused"


class _Reasoned(TypedDict):
    block_reason: str


def with_block_reason(
    members: QuerySet[Member], topic: Topic | None, now: datetime
) -> "QuerySet[WithAnnotations[Member, _Reasoned]]":
    """Annotate ``block_reason``: why each member may not be mailed, or an empty string.

    The first reason that applies counts, in the order of the constants above.
    """
    return members.annotate(block_reason=_block_reason(topic, now))


def contactable(
    members: QuerySet[Member], topic: Topic | None, now: datetime
) -> "QuerySet[WithAnnotations[Member, _Reasoned]]":
    """The members among ``members`` who may be mailed on the topic at ``now``."""
    return with_block_reason(members, topic, now).filter(block_reason="")


def block_reason(member: Member, topic: Topic | None, now: datetime) -> str:
    """Why this member may not be mailed on the topic at ``now``; empty when they may."""
    one = with_block_reason(Member.objects.filter(pk=member.pk), topic, now)
    reason: str = one.values_list("block_reason", flat=True).get()
    return reason


def _block_reason(topic: Topic | None, now: datetime) -> Case:
    whens = [
        When(email="", then=Value(NO_ADDRESS)),
        When(~Q(status=Member.Status.ACTIVE), then=Value(NOT_ACTIVE)),
    ]
    whens += _service_conditions() if topic is None else _topic_conditions(topic, now)
    return Case(*whens, default=Value(""), output_field=CharField())


def _service_conditions() -> list[When]:
    dead = [Suppression.Reason.HARD_BOUNCE.value, Suppression.Reason.COMPLAINT.value]
    return [When(suppressed_member(dead), then=Value(SUPPRESSED))]


def _topic_conditions(topic: Topic, now: datetime) -> list[When]:
    subscribed = Subscription.objects.filter(
        member=OuterRef("pk"), topic=topic, state=Subscription.State.SUBSCRIBED
    )
    return [
        When(suppressed_member(), then=Value(SUPPRESSED)),
        When(~Exists(subscribed), then=Value(NO_CONSENT)),
        When(paused_until__gt=now, then=Value(PAUSED)),
    ]
