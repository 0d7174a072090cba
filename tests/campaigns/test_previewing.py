"""What is previewed is what is sent, but for what only the real mail may hold."""

import re

import pytest
from django.utils import timezone

from campaigns import lifecycle
from campaigns.compiled_emails import load
from campaigns.composition.rendering import Envelope, render
from campaigns.facts import facts_for
from campaigns.models import Campaign
from campaigns.previewing import NoPreview, preview
from profiles.models import Member
from tests import cast

NOW = timezone.now()
VARYING = re.compile(
    r"http://localhost:8000/[^\s\"<>]+|https://shop\.example/[^\s\"<>]*|(?:[0-9A-Z]{4}-){3}[0-9A-Z]{4}"
)


@pytest.fixture
def campaign(db: None) -> Campaign:
    """A campaign on its way to all of the cast."""
    club = cast.club()
    cast.everyone(club)
    return lifecycle.start(cast.approved(club, cast.campaign(club, cast.offer(club))))


def _sent(campaign: Campaign, member: Member) -> str:
    delivery = campaign.deliveries.select_related("member").get(member=member)
    [(_recipient, facts)] = facts_for(campaign, campaign.deliveries.filter(member=member))
    compiled = load(delivery.compiled_email_id or 0).compiled
    envelope = Envelope(0, member.full_name, member.email, "<preview@localhost>", NOW)
    return render(compiled, facts, envelope).decode()


@pytest.mark.parametrize("name", ["Ana", "Bruno", "Gloria"])
def test_the_preview_is_the_mail_but_for_links_and_codes(campaign: Campaign, name: str) -> None:
    member = Member.objects.select_related("account__brand").get(first_name=name)
    shown, sent = preview(campaign, member, NOW).message.decode(), _sent(campaign, member)
    assert len(shown.splitlines()) == len(sent.splitlines())
    assert _without_tokens(shown) == _without_tokens(sent)


def test_a_member_reads_the_mail_in_their_language(campaign: Campaign) -> None:
    ana = Member.objects.select_related("account__brand").get(first_name="Ana")
    assert preview(campaign, ana).subject == "Esta semana"


def test_nobody_can_preview_a_campaign_without_a_mail(campaign: Campaign) -> None:
    campaign.emails.all().delete()
    with pytest.raises(NoPreview):
        preview(Campaign.objects.get(pk=campaign.pk), Member.objects.all()[0])


def _without_tokens(message: str) -> str:
    """The message unwrapped, with addresses and codes blanked."""
    unwrapped = message.replace("=\r\n", "").replace("=3D", "=")
    return VARYING.sub("…", unwrapped)
