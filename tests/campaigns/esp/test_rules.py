"""SendGrid's rules for one call: breaking one is refused whole, just keeping them is taken."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.campaigns.esp.calls import call, person, post
from tests.esp_simulator.running import EspSimulator, esp_simulator

FIRST = "personalizations.0"
RESERVED = [
    "x-sg-id",
    "X-SG-EID",
    "received",
    "dkim-signature",
    "Content-Type",
    "Content-Transfer-Encoding",
    "To",
    "From",
    "Subject",
    "Reply-To",
    "CC",
    "BCC",
]


@pytest.fixture(scope="module")
def esp() -> Iterator[EspSimulator]:
    """One for all: nothing here depends on what was accepted before."""
    with esp_simulator(bodies=False) as running:
        yield running


def _addresses(*names: str) -> list[dict[str, str]]:
    return [{"email": f"{name}@example.com"} for name in names]


BROKEN: dict[str, tuple[dict[str, Any], str, str]] = {
    "nobody": (call(personalizations=[]), "at least one personalization", "personalizations"),
    "1001 people": (
        call(*map(person, range(1_001))),
        "You have provided 1001 personalizations",
        "personalizations",
    ),
    "1001 recipients": (
        call(*map(person, range(999)), person(999, cc=_addresses("x"))),
        "limit of 1000 total recipients",
        "personalizations",
    ),
    "no to": (call(person(to=None)), "to parameter is required", f"{FIRST}.to"),
    "twice in to": (call(person(to=_addresses("a", "A"))), "unique", f"{FIRST}.to.1"),
    "in to and cc": (
        call(person(to=_addresses("a"), cc=_addresses("a"))),
        "unique",
        f"{FIRST}.cc.0",
    ),
    "in to and bcc": (
        call(person(to=_addresses("b"), bcc=_addresses("b"))),
        "unique",
        f"{FIRST}.bcc.0",
    ),
    "no address": (call(person(to=[{"name": "A"}])), "valid address", f"{FIRST}.to.0.email"),
    "odd address": (call(person(to=_addresses("a b"))), "valid address", f"{FIRST}.to.0.email"),
    "not ASCII": (call(person(to=_addresses("peñón"))), "valid address", f"{FIRST}.to.0.email"),
    "comma in a name": (
        call(person(to=[{"email": "a@example.com", "name": "Ruiz, Ana"}])),
        "; or ,",
        f"{FIRST}.to.0.name",
    ),
    "no subject": (call(subject=None), "subject is required", f"{FIRST}.subject"),
    "empty subject": (call(subject=""), "at least one character", f"{FIRST}.subject"),
    "no sender": (call(**{"from": None}), "from object must be provided", "from"),
    "odd sender": (call(**{"from": {"email": "me"}}), "valid address", "from.email"),
    "no content": (call(content=None), "content param is required", "content"),
    "empty content": (call(content=[]), "at least one defined content", "content"),
    "HTML first": (
        call(content=list(reversed(call()["content"]))),
        "text/plain needs to be first",
        "content",
    ),
    "empty part": (
        call(content=[{"type": "text/plain", "value": ""}]),
        "at least one character",
        "content.0.value",
    ),
    "long values": (
        call(person(substitutions={"-a-": "x" * 9_998})),
        "10000 bytes",
        f"{FIRST}.substitutions",
    ),
    "151 values": (
        call(person(substitutions={f"-{number}-": "" for number in range(151)})),
        "150 items",
        f"{FIRST}.substitutions",
    ),
    "number as a value": (
        call(person(substitutions={"-a-": 7})),
        "all strings",
        f"{FIRST}.substitutions",
    ),
    "long arguments": (
        call(person(custom_args={"a": "x" * 5_000}), custom_args={"b": "x" * 4_999}),
        "10000 bytes",
        f"{FIRST}.custom_args",
    ),
    "number as an argument": (
        call(person(custom_args={"delivery": 7})),
        "must be strings",
        f"{FIRST}.custom_args",
    ),
    "number as a section": (call(sections={"-s-": 7}), "must be strings", "sections"),
    "number in a header": (
        call(person(headers={"X-Number": 7})),
        "must be strings",
        f"{FIRST}.headers",
    ),
    "header not ASCII": (
        call(person(headers={"X-Peñón": "a"})),
        "non-ASCII",
        f"{FIRST}.headers.X-Peñón",
    ),
    "header with a blank": (call(headers={"X A": "a"}), "empty spaces", "headers.X A"),
    "header twice": (call(headers={"X-A": "a", "x-a": "a"}), "duplicate keys", "headers"),
    **{
        f"{place} {name}": (made, "reserved keys", f"{path}.{name}")
        for name in RESERVED
        for place, path, made in (
            ("common", "headers", call(headers={name: "a"})),
            ("personal", f"{FIRST}.headers", call(person(headers={name: "a"}))),
        )
    },
}


@pytest.mark.parametrize(("made", "message", "field"), BROKEN.values(), ids=BROKEN)
def test_a_call_that_breaks_a_rule_is_refused_whole(
    esp: EspSimulator, made: dict[str, Any], message: str, field: str
) -> None:
    before = len(esp.accepted())
    answer = post(esp, made)
    assert answer.status_code == 400
    problem, *more = answer.json()["errors"]
    assert {one["field"] for one in more} <= {field}
    assert message in problem["message"]
    assert problem["field"] == field
    assert problem["help"].endswith(field)
    assert len(esp.accepted()) == before


@pytest.mark.parametrize(
    "made",
    [
        call(*map(person, range(1_000))),
        call(*map(person, range(998)), person(999, cc=_addresses("x"))),
        call(person(1, to=_addresses("a")), person(2, to=_addresses("a"))),
        call(person(subject="Mine alone"), subject=None),
        call(content=[{"type": "text/html", "value": "<p>Hello.</p>"}]),
        call(person(substitutions={"-a-": "x" * 9_997})),
        call(person(substitutions={f"-{number}-": "" for number in range(150)})),
        call(person(custom_args={"a": "x" * 5_000}), custom_args={"b": "x" * 4_998}),
        call(person(headers={"List-Unsubscribe": "<https://club.example/leave>"})),
    ],
    ids=[
        "1000 people",
        "1000 recipients",
        "an address in two personalizations",
        "a subject of one's own",
        "HTML alone",
        "10000 bytes of values",
        "150 values",
        "10000 bytes of arguments",
        "any other header",
    ],
)
def test_a_call_that_just_keeps_the_rules_is_taken(esp: EspSimulator, made: dict[str, Any]) -> None:
    before = len(esp.accepted())
    answer = post(esp, made)
    assert (answer.status_code, answer.text) == (202, "")
    new = esp.accepted()[before:]
    assert {one["message_id"] for one in new} == {answer.headers["X-Message-Id"]}
    assert len(new) == sum(
        len(one.get(role, [])) for one in made["personalizations"] for role in ("to", "cc")
    )
