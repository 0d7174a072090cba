"""Who gets as far as the rules, and how refusals are told."""

from typing import Any

import pytest

from tests.campaigns.esp.calls import call, person, post
from tests.esp_simulator.running import EspSimulator


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (call(), {"Authorization": ""}, 401),
        (call(), {"Authorization": "SG.simulator"}, 401),
        (call(), {"Authorization": "Bearer SG.another"}, 401),
        (call(), {"Content-Type": "text/plain"}, 415),
        (call(), {"Content-Type": "application/json; charset=utf-8"}, 202),
        (b"{", {}, 400),
        (b"[]", {}, 400),
        (b'{"personalizations": [7]}', {}, 400),
        (b'"' + b"x" * 30_000_000 + b'"', {}, 413),
    ],
    ids=["no key", "no Bearer", "key", "type", "charset", "half", "list", "number", "30 MB"],
)
def test_the_door_is_kept(
    esp: EspSimulator, body: Any, headers: dict[str, str], status: int
) -> None:
    before = len(esp.accepted())
    answer = post(esp, body, headers)
    assert answer.status_code == status
    assert len(esp.accepted()) == before + (status == 202)
    if status != 202:
        assert set(answer.json()["errors"][0]) == {"message", "field", "help"}


def test_several_problems_are_told_at_once(esp: EspSimulator) -> None:
    answer = post(esp, call(person(to=[{"email": "a b@example.com"}]), subject=None))
    assert {one["field"] for one in answer.json()["errors"]} == {
        "personalizations.0.subject",
        "personalizations.0.to.0.email",
    }
