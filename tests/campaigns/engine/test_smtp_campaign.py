"""A campaign over SMTP: what the server's answers mean for members and the campaign."""

from typing import Any

from django.utils import timezone

from campaigns import dispatch, lifecycle, recovery
from campaigns.models import Campaign, Delivery
from profiles.models import Member
from profiles.suppression import is_suppressed
from tests.campaigns import mails
from tests.campaigns.scripted_smtp import Script, scripted_smtp
from tests.cast import Club


def test_a_gone_address_is_suppressed_and_a_refused_mail_is_not(club: Club, settings: Any) -> None:
    campaign = mails.started(club)
    script = Script({"RCPT": ["550 5.1.1 gone", "550 5.7.1 not welcome"]})
    _drained(campaign, script, settings)
    suppressed = {
        person.first_name: is_suppressed(person.email_key) for person in Member.objects.all()
    }
    assert suppressed == {"Gloria": True, "Hugo": False, "Irene": False}


def test_an_address_with_an_international_domain_is_mailed(club: Club, settings: Any) -> None:
    Member.objects.filter(first_name="Gloria").update(email="gloria@españa.example")
    campaign, script = mails.started(club), Script()
    _drained(campaign, script, settings)
    assert lifecycle.progress(campaign) == {"accepted": 3}
    assert "RCPT TO:<gloria@xn--espaa-rta.example>" in script.commands


def test_while_the_server_is_away_the_campaign_says_so_and_loses_nobody(
    club: Club, settings: Any
) -> None:
    campaign = mails.started(club)
    settings.REGULARS_TRANSPORT = "smtp"
    settings.REGULARS_SMTP_URL = "smtp://localhost:1"
    dispatch.drain(campaign.pk)
    assert Campaign.objects.get(pk=campaign.pk).state_reason == "The mail server does not answer."
    assert not lifecycle.is_finished(campaign)
    Delivery.objects.filter(state="deferred").update(deferred_until=timezone.now())
    recovery.reap()
    _drained(campaign, Script(), settings)
    assert lifecycle.progress(campaign) == {"accepted": 3}
    assert Campaign.objects.get(pk=campaign.pk).state_reason == ""


def _drained(campaign: Campaign, script: Script, settings: Any) -> None:
    with scripted_smtp(script):
        settings.REGULARS_TRANSPORT = "smtp"
        settings.REGULARS_SMTP_URL = script.url
        dispatch.drain(campaign.pk)
