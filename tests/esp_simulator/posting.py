"""Posts events to a club's webhook as SendGrid does: signed, in batches, more than once if told."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from tests.esp_simulator.events import Event
from tests.esp_simulator.signing import SigningKey

NO_ANSWER = 0
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True)
class Manner:
    """How events are posted.

    Each event goes out ``times`` times, ``batch`` events a post, ``pause`` seconds between posts;
    ``shuffle`` mixes all of them. A post that is not answered with 2xx is repeated, up to ``tries``
    in all. ``forged`` signs with a key that is not ours, ``signed_ago`` seconds too early.
    """

    batch: int = 1_000
    times: int = 1
    shuffle: bool = False
    seed: int = 0
    pause: float = 0.0
    tries: int = 1
    forged: bool = False
    signed_ago: float = 0.0


def post_events(
    webhook: str, events: Sequence[Event], key: SigningKey, manner: Manner | None = None
) -> list[int]:
    """Post the events and return the status of every post; 0 when nobody answered."""
    manner = manner or Manner()
    signer = SigningKey() if manner.forged else key
    waiting = list(events) * manner.times
    if manner.shuffle:
        Random(manner.seed).shuffle(waiting)
    statuses: list[int] = []
    for start in range(0, len(waiting), manner.batch):
        body = json.dumps(waiting[start : start + manner.batch]).encode()
        for _try in range(manner.tries):
            statuses.append(_post(webhook, body, signer.headers(body, manner.signed_ago)))
            time.sleep(manner.pause)
            if 200 <= statuses[-1] < 300:
                break
    return statuses


def _post(webhook: str, body: bytes, signature: dict[str, str]) -> int:
    headers = {**signature, "Content-Type": "application/json", "User-Agent": "SendGrid Event API"}
    request = urllib.request.Request(webhook, body, headers)
    try:
        with OPENER.open(request, timeout=60) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code
    except OSError:
        return NO_ANSWER
