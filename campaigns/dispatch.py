"""Dispatch: claim a batch, look a last time, write its mails, hand over, commit what became.

The database is the truth, and the journal tells how far a batch had come; whoever calls ``drain``
may be killed at any point. Two drains of one campaign take different batches.
"""

import time
from dataclasses import dataclass
from itertools import islice

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from campaigns import deliveries, last_check, lifecycle, rates, recovery, slots, switch, transports
from campaigns.bounces import take_notice
from campaigns.compiled_emails import load
from campaigns.composition.headers import HeaderError, ascii_address
from campaigns.composition.rendering import Envelope, RenderError, render
from campaigns.deliveries import Claim
from campaigns.facts import Facts, facts_for
from campaigns.journal import Journal, JournalError, opened
from campaigns.models import Campaign, Delivery
from campaigns.outcomes import JOURNAL, RENDER_FAILED, Outcome
from campaigns.recipients import Recipient
from campaigns.transports import Outgoing, Transport

LEASE_RESERVE = 10  # seconds before the lease ends in which nothing new is begun
FIRST_BATCH = 100
BATCH_SECONDS = 1.0  # a pause acts within one batch
LONGEST_WAIT = 2.0  # seconds that a worker sleeps for a rate; the next tick comes as soon


@dataclass
class _Drain:
    """One worker's work on one campaign, for a while."""

    transport: Transport
    journal: Journal
    batch_size: int = FIRST_BATCH
    sent: int = 0

    def goes_on(self, campaign: Campaign) -> bool:
        """Send one batch; False when there is no more to do now."""
        grant = rates.take(campaign, min(self.batch_size, settings.REGULARS_BATCH_SIZE))
        if not grant.mails:
            time.sleep(min(grant.wait, LONGEST_WAIT))
            return grant.wait <= LONGEST_WAIT
        try:
            token = self.journal.open_batch()
        except JournalError:
            rates.give_back(campaign, grant.mails)
            lifecycle.note_trouble(campaign, [JOURNAL])
            return False
        held = deliveries.claim(campaign, grant.mails, token)
        rates.give_back(campaign, grant.mails - len(held.delivery_ids))
        if held.delivery_ids:
            started = time.monotonic()
            self.sent += _hand_over(campaign, held, self.transport, self.journal)
            self._measure(len(held.delivery_ids), time.monotonic() - started)
        self.journal.close_batch()
        return bool(held.delivery_ids) and not campaign.state_reason

    def _measure(self, mails: int, seconds: float) -> None:
        """The next batch is what this worker sends in a second."""
        per_second = mails / max(seconds, 0.001)
        self.batch_size = max(1, min(int(per_second * BATCH_SECONDS), self.batch_size * 4))


def drain(campaign_id: int, budget: float = 20.0) -> int:
    """Send what may go now, for up to ``budget`` seconds; return how many were handed over.

    Stops early when the mail server is away: the next tick tries again with one batch.
    """
    ends = time.monotonic() + budget
    recovery.replay()
    with slots.taken() as slot:
        if slot is None:
            return 0
        with transports.current() as transport, opened() as journal:
            work = _Drain(transport, journal)
            while time.monotonic() < ends and slot.keep():
                campaign = lifecycle.sending(campaign_id)
                if campaign is None or switch.stopped() or not work.goes_on(campaign):
                    break
            return work.sent


def _hand_over(campaign: Campaign, held: Claim, transport: Transport, journal: Journal) -> int:
    lease = (held.lease_until - timezone.now()).total_seconds()
    deadline = time.monotonic() + lease - LEASE_RESERVE
    last_check.begin_hand_off(campaign, held)
    mails, outcomes = write(campaign, deliveries.handing_off(held))
    handed_over = send(mails, transport, deadline, journal)
    settle(campaign, held, outcomes + handed_over)
    return len(handed_over)


def send(
    mails: list[Outgoing], transport: Transport, deadline: float, journal: Journal
) -> list[Outcome]:
    """Hand mails over, each outcome on record in the journal."""
    outcomes: list[Outcome] = []
    try:
        for outcome in transport.send(mails, deadline, journal):
            journal.end(outcome)
            outcomes.append(outcome)
        journal.flush()
    except JournalError as error:
        told = {outcome.delivery_id for outcome in outcomes}
        unsent = (mail.delivery_id for mail in mails if mail.delivery_id not in told)
        outcomes += [
            Outcome(delivery_id, Delivery.State.DEFERRED, JOURNAL, str(error))
            for delivery_id in islice(unsent, 1)
        ]
    return outcomes


def settle(campaign: Campaign, held: Claim, outcomes: list[Outcome]) -> None:
    """Commit what became of a batch, and plan anew what was never begun."""
    with transaction.atomic():
        deliveries.settle(held.token, outcomes)
        take_notice(outcomes)
        # The transport stopped early: what has no outcome was never begun.
        deliveries.give_back(held.token)
    if outcomes:
        lifecycle.note_trouble(campaign, [outcome.reason for outcome in outcomes])


def write(campaign: Campaign, rows: QuerySet[Delivery]) -> tuple[list[Outgoing], list[Outcome]]:
    """The mails of these deliveries, and the outcomes of those that cannot be written."""
    mails: list[Outgoing] = []
    failures: list[Outcome] = []
    for person, facts in facts_for(campaign, rows):
        try:
            mails.append(_outgoing(campaign, person, facts))
        except (RenderError, HeaderError) as error:
            state = Delivery.State.REJECTED
            failures.append(Outcome(person.delivery_id, state, RENDER_FAILED, str(error)))
    return mails, failures


def _outgoing(campaign: Campaign, person: Recipient, facts: Facts) -> Outgoing:
    compiled = load(person.compiled_email_id).compiled
    sender = ascii_address(campaign.brand.sender_email)
    envelope = Envelope(
        delivery_id=f"{person.delivery_id}.{person.attempt}",
        to_name=person.full_name,
        to_address=person.email,
        message_id=message_id(person, sender),
        date=person.business_at,
    )
    return Outgoing(
        delivery_id=person.delivery_id,
        campaign_id=campaign.pk,
        sender=sender,
        recipient=ascii_address(person.email),
        message=render(compiled, facts, envelope),
        compiled=compiled,
        facts=facts,
        envelope=envelope,
    )


def message_id(person: Recipient, sender: str) -> str:
    """The same Message-ID for every try of a delivery; a decision to send again makes a new one."""
    return f"<{person.delivery_id}.{person.attempt}@{sender.rpartition('@')[2]}>"
