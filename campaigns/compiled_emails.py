"""Compiles a campaign's mails once and stores them; loads them once per process."""

from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings
from django.db import transaction

from campaigns.composition.brand_facts import BrandFacts
from campaigns.composition.compiling import Compiled, EmailSource, compile_email
from campaigns.models import Campaign, CampaignEmail, CompiledEmail, TrackedLink
from profiles.localised import localise


@dataclass(frozen=True)
class Loaded:
    """A compiled mail with the ids of its tracked links in the order of their positions."""

    compiled: Compiled
    link_ids: tuple[int, ...]


def source_of(email: CampaignEmail, *, tracked: bool) -> EmailSource:
    """Everything the mail in one language is made of."""
    campaign = email.campaign
    brand = campaign.brand
    domain = brand.sender_email.rpartition("@")[2]
    return EmailSource(
        language=email.language,
        subject=email.subject,
        preheader=email.preheader,
        blocks=email.body,
        brand=BrandFacts.of(brand, settings.REGULARS_BASE_URL),
        kind=campaign.kind,
        tracked=tracked,
        topic=localise(campaign.topic.name, email.language) if campaign.topic else "",
        list_id=f"<{campaign.topic.key}.{domain}>" if campaign.topic else "",
        feedback_id=f"{campaign.pk}:{brand.slug}:{campaign.kind}:regulars",
    )


@transaction.atomic
def compile_campaign(campaign: Campaign) -> list[CompiledEmail]:
    """Compile every language, tracked and untracked, and store what is new.

    Raises CompositionError naming everything that is wrong with the content.
    """
    ways = [False, True] if campaign.kind == Campaign.Kind.MARKETING else [False]
    emails = list(campaign.emails.all())
    return [
        _store(campaign, compile_email(source_of(email, tracked=tracked)))
        for email in emails
        for tracked in ways
    ]


@lru_cache(maxsize=256)
def load(compiled_email_id: int) -> Loaded:
    """The compiled mail, ready to fill. It never changes, so a process keeps it."""
    row = CompiledEmail.objects.get(pk=compiled_email_id)
    link_ids = row.links.order_by("position").values_list("pk", flat=True)
    return Loaded(Compiled.from_json(row.compiled), tuple(link_ids))


def untracked_twins(campaign: Campaign) -> dict[int, int]:
    """For each tracked mail of the campaign the id of the same mail without tracking."""
    rows = CompiledEmail.objects.filter(campaign=campaign).defer("compiled").order_by("pk")
    plain = {(r.language, r.variant): r.pk for r in rows if not r.tracked}
    return {r.pk: plain[r.language, r.variant] for r in rows if r.tracked}


def _store(campaign: Campaign, compiled: Compiled) -> CompiledEmail:
    row, created = CompiledEmail.objects.get_or_create(
        campaign=campaign,
        content_hash=compiled.content_hash,
        language=compiled.language,
        variant="a",
        tracked=compiled.tracked,
        defaults={"compiled": compiled.to_json()},
    )
    if created:
        TrackedLink.objects.bulk_create(
            TrackedLink(
                compiled_email=row, position=link.position, url=link.url, label=link.label[:200]
            )
            for link in compiled.links
        )
    return row
