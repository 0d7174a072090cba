"""What this app keeps of a member."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from campaigns import sent_mails
from campaigns.models import Delivery, RawEvent, Response
from profiles.models import Member
from profiles.personal_data import Basis, Holding, Row, repeating

EVENTS_KEPT = timedelta(days=90)
MEMBERSHIP = _("As long as the membership lasts; figures of campaigns name nobody.")


def _mails(member: Member) -> Iterator[Row]:
    for mail in sent_mails.mails_of(member):
        yield {
            "when": mail.business_at,
            "subject": sent_mails.as_sent(mail).subject,
            "about": str(mail.campaign.topic) if mail.campaign.topic else None,
            "delivered": mail.delivered_at,
            "opened": mail.first_opened_at,
            "clicked": mail.first_clicked_at,
            "redeemed": mail.first_redeemed_at,
        }


def _responses(member: Member) -> Iterator[Row]:
    rows = Response.objects.filter(delivery__member=member).order_by("occurred_at", "pk")
    for one in rows.select_related("link"):
        yield {
            "when": one.occurred_at,
            "what": one.kind,
            "link": one.link.url if one.link else None,
            "by": one.actor,
        }


def _blank_deliveries(member: Member) -> None:
    """What servers said of an address, and mails that lie in a folder."""
    mine = Delivery.objects.filter(member=member)
    for campaign, pk in mine.values_list("campaign_id", "pk"):
        _file(campaign, pk).unlink(missing_ok=True)
    mine.exclude(detail="").update(detail="")


def _blank_events(member: Member) -> None:
    """Events name the address; what they brought stands on the deliveries."""
    repeating(RawEvent.objects.all(), "payload", member).update(payload={})


def _forget_events(now: datetime) -> int:
    """Events that were processed; what waits or is in quarantine stays until somebody looks."""
    old = RawEvent.objects.filter(state=RawEvent.State.DONE, received_at__lt=now - EVENTS_KEPT)
    return old.delete()[0]


def _file(campaign: int, delivery: int) -> Path:
    """Where campaigns.transports.files puts a mail."""
    return Path(settings.REGULARS_OUTBOX) / f"campaign-{campaign}" / f"{delivery}.eml"


HOLDINGS = (
    Holding(
        "campaigns.Delivery",
        _("Mails"),
        _("To send each mail once, and to show what was sent."),
        Basis.CONSENT,
        MEMBERSHIP,
        export=_mails,
        erase=_blank_deliveries,
    ),
    Holding(
        "campaigns.Response",
        _("Answers to mails"),
        _("To learn what suits; opens and clicks only where that was allowed."),
        Basis.CONSENT,
        MEMBERSHIP,
        export=_responses,
        erase=lambda member: Response.objects.filter(delivery__member=member).update(detail={}),
    ),
    Holding(
        "campaigns.RawEvent",
        _("Reports of the mail provider"),
        _("To process what came back, and to process it again."),
        Basis.INTEREST,
        _("Ninety days."),
        erase=_blank_events,
        forget=_forget_events,
    ),
)
