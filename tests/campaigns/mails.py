"""Mails to hand to a transport, made the way dispatch makes them."""

import time
from typing import Self

from django.utils.text import slugify

from campaigns import deliveries, dispatch, last_check, lifecycle
from campaigns.deliveries import Claim
from campaigns.journal import opened
from campaigns.models import Campaign
from campaigns.transports import Outgoing, Transport
from campaigns.transports.smtp import SmtpTransport
from tests import cast
from tests.campaigns.scripted_smtp import Script, scripted_smtp
from tests.cast import Club


class Double:
    """What every transport has to have, for doubles that only say how they send."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        return None


def started(club: Club, name: str = "Week 47", **facts: object) -> Campaign:
    """A campaign with an offer of its own, approved and sending."""
    offer = cast.offer(club, key=slugify(name))
    return lifecycle.start(cast.approved(club, cast.campaign(club, offer, name=name, **facts)))


def written(campaign: Campaign) -> list[Outgoing]:
    """The mails of everyone planned, claimed and ready to be handed over."""
    held = claimed(campaign)
    last_check.begin_hand_off(campaign, held)
    return dispatch.write(campaign, deliveries.handing_off(held))[0]


def claimed(campaign: Campaign, size: int = 100) -> Claim:
    """A claim on everything planned."""
    with opened() as journal:
        token = journal.open_batch()
        journal.close_batch()
    return deliveries.claim(campaign, size, token)


def outcomes(transport: Transport, mails: list[Outgoing]) -> list[tuple[str, str]]:
    """Hand the mails over; state and reason of each, in their order."""
    with transport, opened() as journal:
        sent = transport.send(mails, soon(), journal)
        told = {o.delivery_id: (o.state, o.reason) for o in sent}
    return [told[mail.delivery_id] for mail in mails if mail.delivery_id in told]


def over_smtp(script: Script, mails: list[Outgoing]) -> list[tuple[str, str]]:
    """Hand the mails to a server that answers by this script."""
    with scripted_smtp(script):
        return outcomes(SmtpTransport(script.url), mails)


def soon() -> float:
    """A deadline that no test reaches."""
    return time.monotonic() + 60
