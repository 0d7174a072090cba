"""Dispatch: claim a batch, write its mails, look a last time, hand over, commit what became.

The database is the truth; whoever calls ``drain`` may be killed at any point. Two drains of one
campaign take different batches.
"""

import time
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from campaigns import deliveries, lifecycle, transports
from campaigns.bounces import take_notice
from campaigns.compiled_emails import load
from campaigns.composition.headers import HeaderError, ascii_address
from campaigns.composition.rendering import Envelope, RenderError, render
from campaigns.deliveries import Claim, Outcome
from campaigns.facts import Facts, facts_for
from campaigns.models import Campaign, Delivery
from campaigns.transports import Outgoing, Transport

RENDER_FAILED = "render_failed"
LEASE_RESERVE = 10  # seconds before the lease ends in which nothing new is begun


@dataclass(frozen=True)
class _Written:
    """The mails of a batch, and the deliveries that could not be written."""

    mails: list[Outgoing]
    failures: list[Outcome]


def drain(campaign_id: int, budget: float = 20.0) -> int:
    """Send what is planned for up to ``budget`` seconds; return how many were handed over.

    Stops early when the mail server is away: the next tick tries again with one batch.
    """
    ends, sent = time.monotonic() + budget, 0
    with transports.current() as transport:
        while time.monotonic() < ends:
            campaign = lifecycle.sending(campaign_id)
            if campaign is None:
                break
            held = deliveries.claim(campaign.pk, settings.REGULARS_BATCH_SIZE)
            if not held.delivery_ids:
                break
            sent += _hand_over(campaign, held, transport)
            if campaign.state_reason:
                break
    return sent


def _hand_over(campaign: Campaign, held: Claim, transport: Transport) -> int:
    """Hand a claimed batch over, slice by slice: only a slice can be left unknown by a crash."""
    lease = (held.lease_until - timezone.now()).total_seconds()
    deadline = time.monotonic() + lease - LEASE_RESERVE
    written = _write(campaign, held)
    deliveries.reject_unsent(held, written.failures)
    sent, size = 0, transport.mails_per_commit
    for start in range(0, len(written.mails), size):
        by_id = {mail.delivery_id: mail for mail in written.mails[start : start + size]}
        ready = deliveries.begin_hand_off(campaign, held, by_id)
        outcomes = _send(campaign, held, transport, [by_id[pk] for pk in ready], deadline)
        sent += len(outcomes)
        if len(outcomes) < len(ready):
            # The transport stopped at its deadline: what has no outcome was never begun.
            deliveries.give_back(held, ready)
            break
        if campaign.state_reason:
            break
    deliveries.give_back(held)
    return sent


def _send(
    campaign: Campaign, held: Claim, transport: Transport, mails: list[Outgoing], deadline: float
) -> list[Outcome]:
    outcomes: list[Outcome] = []
    try:
        for outcome in transport.send(mails, deadline):
            outcomes.append(outcome)  # noqa: PERF402 - what is known survives an error
    finally:
        _settle(campaign, held, outcomes)
    return outcomes


def _settle(campaign: Campaign, held: Claim, outcomes: list[Outcome]) -> None:
    if outcomes:
        with transaction.atomic():
            deliveries.settle(held, outcomes)
            take_notice(outcomes)
        lifecycle.note_trouble(campaign, outcomes)


def _write(campaign: Campaign, held: Claim) -> _Written:
    rows = list(Delivery.objects.filter(pk__in=held.delivery_ids).select_related("member"))
    facts = facts_for(campaign, rows)
    written = _Written([], [])
    for delivery in rows:
        try:
            written.mails.append(_outgoing(campaign, delivery, facts[delivery.pk]))
        except RenderError as error:
            state = Delivery.State.REJECTED
            written.failures.append(Outcome(delivery.pk, state, RENDER_FAILED, str(error)))
    return written


def _outgoing(campaign: Campaign, delivery: Delivery, facts: Facts) -> Outgoing:
    compiled = load(delivery.compiled_email_id or 0).compiled
    member = delivery.member
    try:
        sender = ascii_address(campaign.brand.sender_email)
        recipient = ascii_address(member.email)
    except HeaderError as error:
        raise RenderError("", str(error)) from None
    envelope = Envelope(
        delivery_id=f"{delivery.pk}.{delivery.attempt}",
        to_name=member.full_name,
        to_address=member.email,
        message_id=message_id(delivery, sender),
        date=delivery.business_at,
    )
    return Outgoing(
        delivery_id=delivery.pk,
        campaign_id=campaign.pk,
        sender=sender,
        recipient=recipient,
        message=render(compiled, facts, envelope),
        compiled=compiled,
        facts=facts,
        envelope=envelope,
    )


def message_id(delivery: Delivery, sender: str) -> str:
    """The same Message-ID for every try of a delivery; a decision to send again makes a new one."""
    return f"<{delivery.pk}.{delivery.attempt}@{sender.rpartition('@')[2]}>"
