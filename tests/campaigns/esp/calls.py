"""Calls to SendGrid's mail API, written by hand."""

from typing import Any

import requests

from tests.esp_simulator.running import EspSimulator


def person(number: int = 1, **facts: Any) -> dict[str, Any]:
    """A personalization for delivery ``number``, first attempt."""
    made: dict[str, Any] = {
        "to": [{"email": f"m{number}@example.com"}],
        "custom_args": {"delivery": str(number)},
        "headers": {"Message-ID": f"<{number}.1@esquina.example>"},
    }
    return {name: value for name, value in {**made, **facts}.items() if value is not None}


def call(*people: dict[str, Any], **facts: Any) -> dict[str, Any]:
    """A call that keeps the rules; a fact that is None is left out."""
    made: dict[str, Any] = {
        "personalizations": list(people) or [person()],
        "from": {"email": "hello@esquina.example", "name": "La Esquina"},
        "subject": "This week",
        "content": [
            {"type": "text/plain", "value": "Hello."},
            {"type": "text/html", "value": "<p>Hello.</p>"},
        ],
    }
    return {name: value for name, value in {**made, **facts}.items() if value is not None}


def post(
    esp: EspSimulator, body: Any, headers: dict[str, str] | None = None, timeout: float = 30
) -> requests.Response:
    """Post a call, or bytes as they are; ``headers`` replace the right ones."""
    right = {"Authorization": f"Bearer {esp.key}", "Content-Type": "application/json"}
    given = {"data": body} if isinstance(body, bytes) else {"json": body}
    with requests.Session() as session:
        session.trust_env = False  # no proxy between us
        return session.post(
            f"{esp.url}/v3/mail/send", headers=right | (headers or {}), timeout=timeout, **given
        )
