"""SendGrid, as far as ``requests`` is concerned: what it was posted, and what it answers."""

import json
from collections.abc import Callable
from typing import Any

import pytest
import requests

from campaigns.transports.esp_messages import SENDGRID


class Provider:
    """Takes the place of ``requests.Session.request``: records calls, answers as told."""

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []
        self.answer: Callable[[dict[str, Any]], tuple[int, Any]] = lambda _body: (202, "")

    def __call__(self, **request: Any) -> requests.Response:
        body = json.loads(request["data"])
        self.calls.append({**request, "body": body})
        status, said = self.answer(body)
        response = requests.Response()
        response.status_code = status
        response._content = json.dumps(said).encode() if said else b""
        return response

    @property
    def bodies(self) -> list[dict[str, Any]]:
        """The JSON of each call."""
        return [call["body"] for call in self.calls]


def sendgrid(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Provider:
    """Send through SendGrid's backend, to this."""
    settings.ANYMAIL = {"SENDGRID_API_KEY": "SG.key"}
    settings.REGULARS_TRANSPORT, settings.REGULARS_ESP_BACKEND = "esp", SENDGRID
    provider = Provider()
    monkeypatch.setattr(requests.Session, "request", provider)
    return provider


def addresses(body: dict[str, Any]) -> list[str]:
    """Whom a call is for."""
    return [one["to"][0]["email"] for one in body["personalizations"]]


def custom_args(body: dict[str, Any]) -> list[dict[str, str]]:
    """Per recipient, what SendGrid repeats in each event: the call's arguments and one's own."""
    common = body.get("custom_args", {})
    return [{**common, **one.get("custom_args", {})} for one in body["personalizations"]]
