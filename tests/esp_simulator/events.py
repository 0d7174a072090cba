"""What becomes of accepted mails, told as SendGrid tells it.

A recipient's fate is drawn from the rates by a seed and the address, so the same people meet the
same fate in every run. An event's id follows from its mail and kind: told again, it is the same
event. Examples: https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from random import Random
from typing import Any

from tests.esp_simulator.record import Taken

Event = dict[str, Any]
_READER = {"useragent": "Mozilla/5.0 (X11; Linux x86_64)", "ip": "192.0.2.1"}
_MACHINE = {"useragent": "Mozilla/5.0 (via ggpht.com GoogleImageProxy)", "ip": "192.0.2.99"}


@dataclass(frozen=True)
class Rates:
    """How likely each thing is, 0 to 1, given that it can still happen to the mail."""

    dropped: float = 0.005
    deferred: float = 0.05
    hard_bounce: float = 0.01
    soft_bounce: float = 0.01
    blocked: float = 0.005
    machine_open: float = 0.2
    open: float = 0.25
    click: float = 0.2
    spamreport: float = 0.001
    unsubscribe: float = 0.003
    group_unsubscribe: float = 0.002


# What the kinds of the rates look like in SendGrid's words.
TOLD: dict[str, Event] = {
    "processed": {"event": "processed"},
    "delivered": {
        "event": "delivered",
        "response": "250 2.0.0 OK",
        "tls": 1,
        "ip": "198.51.100.7",
    },
    "deferred": {"event": "deferred", "response": "451 4.7.1 try again later", "attempt": "1"},
    "dropped": {"event": "dropped", "reason": "Bounced Address", "status": "5.0.0"},
    "hard_bounce": {
        "event": "bounce",
        "type": "bounce",
        "status": "5.1.1",
        "reason": "550 5.1.1 The email account that you tried to reach does not exist",
        "bounce_classification": "Invalid Address",
    },
    "soft_bounce": {
        "event": "bounce",
        "type": "bounce",
        "status": "4.2.2",
        "reason": "452 4.2.2 The email account that you tried to reach is over quota",
        "bounce_classification": "Mailbox Unavailable",
    },
    "blocked": {
        "event": "bounce",
        "type": "blocked",
        "status": "5.7.1",
        "reason": "550 5.7.1 Message rejected due to its sender's reputation",
        "bounce_classification": "Reputation",
    },
    "machine_open": {"event": "open", **_MACHINE, "sg_machine_open": True},
    "open": {"event": "open", **_READER, "sg_machine_open": False},
    "click": {
        "event": "click",
        **_READER,
        "url": "https://shop.example/week",
        "url_offset": {"index": 0, "type": "html"},
    },
    "spamreport": {"event": "spamreport"},
    "unsubscribe": {"event": "unsubscribe"},
    "group_unsubscribe": {"event": "group_unsubscribe", **_READER, "asm_group_id": 10},
}
FAILURES = ("hard_bounce", "soft_bounce", "blocked")
REACTIONS = ("spamreport", "unsubscribe", "group_unsubscribe")


def tell(
    taken: Iterable[Taken], rates: Rates, *, seed: int = 0, late: float = 0
) -> Iterator[tuple[str, Event]]:
    """Yield kind and event in the order of their times, mail by mail.

    ``late`` puts the times that many seconds back, as if the events came that late.
    """
    for mail in taken:
        rng = Random(f"{seed}:{mail.to}")
        for position, kind in enumerate(_fate(rng, rates)):
            yield kind, _event(mail, kind, position, late)


def _fate(rng: Random, rates: Rates) -> Iterator[str]:
    yield "processed"
    if rng.random() < rates.dropped:
        yield "dropped"
        return
    if rng.random() < rates.deferred:
        yield "deferred"
    for kind in FAILURES:
        if rng.random() < getattr(rates, kind):
            yield kind
            return
    yield "delivered"
    yield from _reading(rng, rates)


def _reading(rng: Random, rates: Rates) -> Iterator[str]:
    if rng.random() < rates.machine_open:
        yield "machine_open"
    if rng.random() < rates.open:
        yield "open"
        if rng.random() < rates.click:
            yield "click"
    for kind in REACTIONS:
        if rng.random() < getattr(rates, kind):
            yield kind
            return


def _event(mail: Taken, kind: str, position: int, late: float) -> Event:
    sg_message_id = f"{mail.message_id}.recvd-simulated-1.{mail.place}"
    return {
        "email": mail.to,
        "timestamp": int(mail.at - late) + position,
        "smtp-id": mail.smtp_id,
        "category": [],
        "sg_event_id": sha256(f"{sg_message_id}:{kind}".encode()).hexdigest()[:44],
        "sg_message_id": sg_message_id,
        **TOLD[kind],
        **mail.custom_args,
    }
