"""A mail as it was sent: its compiled form with the facts of that time, as far as they are kept.

Points are those of the moment of the hand-off; names and answers are today's, for older ones are
not kept.
"""

from django.db.models import QuerySet

from campaigns.compiled_emails import load
from campaigns.composition.rendering import RenderedParts, render_parts
from campaigns.facts import facts_for
from campaigns.models import Delivery
from loyalty.ledger import balance
from profiles.models import Member

NEVER_SENT = [Delivery.State.SKIPPED, Delivery.State.HELD_OUT]


def written() -> QuerySet[Delivery]:
    """Deliveries that have a mail to show."""
    mails = Delivery.objects.exclude(compiled_email=None).exclude(state__in=NEVER_SENT)
    return mails.select_related("member__account", "campaign__brand")


def mails_of(member: Member) -> QuerySet[Delivery]:
    """What a member was sent, newest first."""
    sent = written().filter(member=member, state=Delivery.State.ACCEPTED)
    return sent.select_related("campaign__topic").order_by("-business_at", "-pk")


def as_sent(delivery: Delivery) -> RenderedParts:
    """The mail's subject, HTML and text."""
    rows = Delivery.objects.filter(pk=delivery.pk)
    [(_recipient, facts)] = facts_for(delivery.campaign, rows)
    if delivery.accepted_at:
        facts["member"]["points"] = balance(delivery.member.account, delivery.accepted_at)
    return render_parts(load(delivery.compiled_email_id or 0).compiled, facts)
