"""What stands in the way of a campaign, said before anyone submits or approves it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from campaigns.audience import audience
from campaigns.compiled_emails import Loaded, source_of
from campaigns.composition.compiling import CompositionError, compile_email
from campaigns.composition.merge_tags import Facts
from campaigns.composition.preflight import Report, check
from campaigns.facts import preview_facts
from campaigns.models import Campaign, CampaignEmail
from campaigns.segments.compiling import BrokenSegment
from profiles.localised import localise

SAMPLE = 25


@dataclass(frozen=True)
class Readiness:
    """What stands in the way, and what is worth a second look without standing in it."""

    blockers: tuple[str, ...]
    remarks: tuple[str, ...]


def assess(campaign: Campaign) -> Readiness:
    """Check the plan, and each language's mail against some of those who would read it."""
    blockers, remarks = list(_plan(campaign)), []
    for email in campaign.emails.all():
        language, report = email.get_language_display(), _checked(campaign, email)
        blockers += [f"{language}: {error.message}" for error in report.errors]
        remarks += [f"{language}: {warning.message}" for warning in report.warnings]
    return Readiness(tuple(blockers), tuple(remarks))


def blockers(campaign: Campaign) -> tuple[str, ...]:
    """Every reason why the campaign cannot be sent as it is; none means it is ready."""
    return assess(campaign).blockers


def _plan(campaign: Campaign) -> Iterator[str]:
    if campaign.kind == Campaign.Kind.MARKETING and campaign.topic_id is None:
        yield "A marketing campaign needs a topic."
    if not campaign.emails.all():
        yield "The campaign has no mail yet."
    if campaign.kind == Campaign.Kind.SERVICE and campaign.campaign_offers.all():
        yield "A service campaign carries no offer."
    yield from _offers(campaign, campaign.send_at or timezone.now())
    try:
        audience(campaign)
    except BrokenSegment as error:
        yield from (f"Segment “{campaign.segment}”: {problem}" for problem in error.problems)


def _offers(campaign: Campaign, sent_at: datetime) -> Iterator[str]:
    for row in campaign.campaign_offers.all():
        if row.offer.valid_until <= sent_at:
            title = localise(row.offer.title, "en")
            yield f"The offer “{title}” has ended when the mail arrives."


def _checked(campaign: Campaign, email: CampaignEmail) -> Report:
    # An e-mail read from a draft does not know the draft it belongs to.
    email.campaign = campaign
    source = source_of(email, tracked=False)
    return check(source, _facts_of_some(campaign, email))


def _facts_of_some(campaign: Campaign, email: CampaignEmail) -> list[Facts]:
    """The facts of some who would read this mail; none when it cannot be compiled anyway."""
    try:
        loaded = Loaded(compile_email(source_of(email, tracked=False)), ())
        readers = audience(campaign).filter(language=email.language, status="active")
    except (CompositionError, BrokenSegment):
        return []
    some = readers.select_related("account")[:SAMPLE]
    return [preview_facts(campaign, member, loaded, tracked=False) for member in some]
