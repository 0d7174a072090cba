"""A member's mails, and what they did with each, for the timeline and the member page."""

from collections.abc import Iterable, Iterator

from django.db.models import Count, Q
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns.models import Delivery, Response
from profiles.member_page import Figure, Section
from profiles.models import Member
from profiles.timeline import TimelineItem

ICONS = {
    Response.Kind.OPENED: "view",
    Response.Kind.CLICKED: "link",
    Response.Kind.UNSUBSCRIBED: "cross",
    Response.Kind.BOUNCED: "warning",
    Response.Kind.COMPLAINED: "warning",
}
SHOWN = [Delivery.State.ACCEPTED, Delivery.State.UNKNOWN, Delivery.State.REJECTED]


def timeline_items(member: Member) -> Iterator[TimelineItem]:
    """Every mail and every response of the member."""
    mails = Delivery.objects.filter(member=member, state__in=SHOWN).select_related("campaign")
    for delivery in mails:
        yield _mail(delivery)
    yield from _responses(member)


def section(member: Member) -> Section:
    """The figures that stand on top of the member page."""
    sent = Delivery.objects.filter(member=member, state=Delivery.State.ACCEPTED)
    counts = sent.aggregate(
        mails=Count("pk"),
        opened=Count("pk", filter=Q(first_opened_at__isnull=False)),
        clicked=Count("pk", filter=Q(first_clicked_at__isnull=False)),
        redeemed=Count("pk", filter=Q(first_redeemed_at__isnull=False)),
    )
    note = _("%(opened)s opened, %(clicked)s clicked") % counts
    if not member.is_trackable:
        note = _("opens and clicks are not recorded")
    figures = (
        Figure(_("Mails"), str(counts["mails"]), note),
        Figure(
            _("Mails redeemed"),
            str(counts["redeemed"]),
            ngettext("of %(mails)s mail", "of %(mails)s mails", counts["mails"]) % counts,
        ),
    )
    return Section(_("Campaigns"), "mail", "", {}, figures)


def why(delivery: Delivery) -> str:
    """Why the member got this mail, in one sentence."""
    campaign = delivery.campaign
    if campaign.topic is None:
        return _("It is a service message to members of the club.")
    audience = _("everyone who follows “%(topic)s”") % {"topic": campaign.topic}
    if campaign.segment:
        audience = _("%(audience)s and is in the segment “%(segment)s”") % {
            "audience": audience,
            "segment": campaign.segment,
        }
    return _("It was sent to %(audience)s.") % {"audience": audience}


def _mail(delivery: Delivery) -> TimelineItem:
    campaign = delivery.campaign
    accepted = delivery.state == Delivery.State.ACCEPTED
    detail = _answers(delivery) if accepted else str(delivery.get_state_display())
    return TimelineItem(
        at=delivery.business_at,
        kind="mail",
        title=campaign.name,
        detail=" · ".join(filter(None, [_("Mail"), detail, delivery.reason])),
        icon="mail",
        replayed=campaign.business_at is not None,
    )


def _answers(delivery: Delivery) -> str:
    """What they did with the mail, each with its day."""
    found = [
        (_("opened"), delivery.first_opened_at),
        (_("clicked"), delivery.first_clicked_at),
        (_("redeemed"), delivery.first_redeemed_at),
        (_("unsubscribed"), delivery.unsubscribed_at),
    ]
    return " · ".join(f"{word} {date_format(at, 'j M')}" for word, at in found if at)


def _responses(member: Member) -> Iterable[TimelineItem]:
    # A redemption stands on the timeline with its voucher already, told by loyalty.
    rows = Response.objects.filter(delivery__member=member).exclude(kind=Response.Kind.REDEEMED)
    for row in rows.select_related("delivery__campaign", "link"):
        yield TimelineItem(
            at=row.occurred_at,
            kind=row.kind,
            title=f"{row.get_kind_display()}: {row.delivery.campaign.name}",
            detail=_detail(row),
            icon=ICONS.get(Response.Kind(row.kind), "circle-check"),
            replayed=row.source == "replay",
            simulated=row.simulated,
        )


def _detail(row: Response) -> str:
    parts = [row.link.label or row.link.url if row.link else ""]
    if row.kind in (Response.Kind.OPENED, Response.Kind.CLICKED):
        parts.append(f"{row.get_actor_display()} ({row.rule})")
    return " · ".join(filter(None, parts))
