"""Opens and clicks, which the data lack: made up from a seed, and labelled as simulated.

The simulator reads the sent mails and calls the real addresses it finds in them. Only mails of
members who allow tracking hold such addresses. Who redeemed has usually opened before.
"""

import random
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from campaigns.models import Delivery, Response
from campaigns.tracking import simulation_header
from portal.demo.calls import Call, Caller
from portal.demo.mail_files import SentMail
from portal.demo.problems import DemoProblem
from portal.demo.progress import Progress

SEED = "la-esquina-readers"
OPENS, OPENS_OF_REDEEMERS = 0.42, 0.96
CLICKS, CLICKS_OF_REDEEMERS = 0.2, 0.7  # of those who opened
MEDIAN_HOURS, SPREAD = 7.0, 1.1  # of a log-normal delay
GONE_WRONG = 400
READERS = tuple(
    f"Mozilla/5.0 ({device}) AppleWebKit/537.36 (KHTML, like Gecko) {program}"
    for device, program in [
        ("iPhone; CPU iPhone OS 18_5 like Mac OS X", "Mobile/15E148"),
        ("Linux; Android 15; Pixel 9", "Chrome/138.0.0.0 Mobile Safari/537.36"),
        ("Windows NT 10.0; Win64; x64", "Chrome/138.0.0.0 Safari/537.36"),
    ]
)


class SimulationFailed(DemoProblem):
    """Addresses in the mails answered with an error; the message names the first."""


@dataclass(frozen=True)
class Reading:
    """When a mail is opened, and when and where it is clicked; None for never."""

    opened_at: datetime
    clicked_at: datetime | None
    link: str
    reader: str


def simulate(
    mails: Iterable[tuple[SentMail, Delivery]],
    now: datetime,
    caller: Caller,
    progress: Progress,
) -> int:
    """Open and click; mails that were read in an earlier run stay as they are. Returns hits."""
    done = set(Response.objects.filter(simulated=True).values_list("delivery_id", flat=True))
    turns = [_calls(mail, reading) for mail, reading in _readings(mails, done, now)]
    failed, hits = [], sum(map(len, turns))
    with progress.count("Simulating opens and clicks", hits, "hits") as bar:
        for answers in caller.in_turn(turns):
            bar.update(len(answers))
            failed += [a for a in answers if a.status >= GONE_WRONG]
    if failed:
        first = failed[0]
        raise SimulationFailed(f"{len(failed)} calls failed: {first.status} {first.call.path}")
    return hits


def reading_of(mail: SentMail, delivery: Delivery, now: datetime) -> Reading | None:
    """Decide, the same way every time, whether and when a mail is read; None for not at all."""
    dice = _dice(delivery)
    redeemed_at = delivery.first_redeemed_at
    if not mail.pixel or dice.random() > (OPENS_OF_REDEEMERS if redeemed_at else OPENS):
        return None
    opened_at = delivery.business_at + _delay(dice, delivery.business_at, redeemed_at)
    if opened_at >= now:
        return None
    clicks = dice.random() < (CLICKS_OF_REDEEMERS if redeemed_at else CLICKS)
    clicked_at = opened_at + timedelta(seconds=dice.randint(15, 150))
    return Reading(
        opened_at=opened_at,
        clicked_at=clicked_at if clicks and mail.clickable and clicked_at < now else None,
        link=dice.choice(mail.clickable) if mail.clickable else "",
        reader=dice.choice(READERS),
    )


def _readings(
    mails: Iterable[tuple[SentMail, Delivery]], done: set[int], now: datetime
) -> Iterable[tuple[SentMail, Reading]]:
    for mail, delivery in mails:
        if delivery.pk not in done and (reading := reading_of(mail, delivery, now)):
            yield mail, reading


def _calls(mail: SentMail, reading: Reading) -> list[Call]:
    calls = [_call(mail.pixel, reading, reading.opened_at)]
    if reading.clicked_at:
        calls.append(_call(reading.link, reading, reading.clicked_at))
    return calls


def _call(address: str, reading: Reading, at: datetime) -> Call:
    return Call("GET", address, {"User-Agent": reading.reader, **simulation_header(at)})


def _dice(delivery: Delivery) -> random.Random:
    who = delivery.member.account.external_id
    return random.Random(f"{SEED}:{delivery.campaign.name}:{who}")  # noqa: S311 - repeatable


def _delay(dice: random.Random, sent_at: datetime, redeemed_at: datetime | None) -> timedelta:
    """Return how long a mail waits to be opened; with a redemption, always until before it."""
    if redeemed_at:
        return (redeemed_at - sent_at) * dice.uniform(0.05, 0.9)
    return timedelta(hours=min(24 * 14, MEDIAN_HOURS * dice.lognormvariate(0, SPREAD)))
