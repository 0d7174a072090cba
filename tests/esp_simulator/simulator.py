"""How a call is judged: by its key, by the rules, and by the orders of the moment."""

import json
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

from tests.esp_simulator.letters import deliveries, letters
from tests.esp_simulator.limits import MESSAGE_BYTES, find_problems
from tests.esp_simulator.orders import Foreman, Orders
from tests.esp_simulator.problems import errors, problem
from tests.esp_simulator.record import Record
from tests.esp_simulator.signing import SigningKey

CALLS_A_MINUTE = 600
SAID = {
    401: "The provided authorization grant is invalid, expired, or revoked",
    403: "The from address does not match a verified Sender Identity.",
    413: "Request body too large",
    415: "Content-Type should be application/json.",
    429: "too many requests",
    500: "Internal Server Error",
    503: "Service Unavailable",
}


@dataclass(frozen=True)
class Call:
    """A call to ``/v3/mail/send`` as it came in."""

    authorization: str
    content_type: str
    body: bytes


@dataclass(frozen=True)
class Reply:
    """What the caller gets: a status, or with ``timeout`` or ``drop`` nothing at all."""

    what: str
    body: dict[str, Any] | None = None
    headers: dict[str, str] = field(default_factory=dict)


class Simulator:
    """Takes calls and keeps the record; safe to use from many threads."""

    def __init__(self, orders: Orders, record: Record, signing_key: SigningKey) -> None:
        self.foreman = Foreman(orders)
        self.record = record
        self.signing_key = signing_key

    def take(self, call: Call) -> Reply:
        """Judge a call; whatever is accepted is on record when this returns."""
        number = self.record.next_call()
        answer, orders = self.foreman.next_call()
        time.sleep(orders.delay)
        mail, message_id = _parsed(call.body), uuid.uuid4().hex[:22]
        refusal = _refusal(call, mail, orders) if answer.takes else None
        reply = refusal or _scripted(answer.what, message_id)
        accepted = list(letters(mail)) if answer.takes and not refusal else []
        if accepted:
            self.record.accept(number, message_id, accepted, bodies=orders.bodies)
        self.record.note_call(number, reply.what, len(accepted), deliveries(mail))
        time.sleep(orders.delay_after)
        return reply


def _parsed(body: bytes) -> Any:
    """The call's JSON, or None."""
    try:
        return json.loads(body)
    except ValueError:
        return None


def _refusal(call: Call, mail: Any, orders: Orders) -> Reply | None:
    """Why a call is refused by the rules, or None."""
    status = _refused_at_the_door(call, orders)
    if status:
        return _scripted(status, "")
    problems = find_problems(mail, orders.refuse)
    return Reply("400", errors(*problems)) if problems else None


def _refused_at_the_door(call: Call, orders: Orders) -> str:
    """The status for a call whose content does not even matter, or nothing."""
    if call.authorization != f"Bearer {orders.key}":
        return "401"
    if call.content_type.partition(";")[0].strip().lower() != "application/json":
        return "415"
    return "413" if len(call.body) > MESSAGE_BYTES else ""


def _scripted(what: str, message_id: str) -> Reply:
    if what == "202":
        return Reply(what, headers={"X-Message-Id": message_id})
    if not what.isdigit():
        return Reply(what)
    body = errors(problem(SAID.get(int(what), "Bad Request")))
    return Reply(what, body, _rate_limit() if what == "429" else {})


def _rate_limit() -> dict[str, str]:
    """The limit is used up until the next full minute."""
    return {
        "X-RateLimit-Limit": str(CALLS_A_MINUTE),
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Reset": str((int(time.time()) // 60 + 1) * 60),
    }
