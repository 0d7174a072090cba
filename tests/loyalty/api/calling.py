"""Calling the API as a till does."""

import json
from typing import Any

from django.http import HttpResponse
from django.test import Client

CARD = "2000000000017"
PURCHASE: dict[str, Any] = {
    "external_id": "T1-2026-0001",
    "card": CARD,
    "occurred_at": "2026-03-02T13:30:00+01:00",
    "currency": "EUR",
    "lines": [
        {"sku": "4711", "quantity": 2, "amount_minor": 1180, "discount_minor": 120},
        {"sku": "unheard-of", "quantity": 1, "amount_minor": 70},
    ],
}
RETURN: dict[str, Any] = {
    "external_id": "T1-2026-R001",
    "purchase_external_id": "T1-2026-0001",
    "occurred_at": "2026-03-03T10:00:00+01:00",
    "currency": "EUR",
    "lines": [{"sku": "4711", "quantity": 1, "amount_minor": 590}],
}


def post(path: str, body: object, key: str, idempotency: str | None = "k-1") -> HttpResponse:
    """Send a body as JSON under a till's key."""
    headers = {"Authorization": f"Bearer {key}"}
    if idempotency:
        headers["Idempotency-Key"] = idempotency
    client = Client(headers=headers)
    return client.post(f"/api/{path}", json.dumps(body), content_type="application/json")  # type: ignore[return-value]


def told(path: str, body: object, key: str, idempotency: str | None = "k-1") -> dict[str, Any]:
    """What a good call is answered."""
    answer = post(path, body, key, idempotency)
    assert answer.status_code == 200, answer.content
    found: dict[str, Any] = json.loads(answer.content)
    return found


def refused(path: str, body: object, key: str, idempotency: str | None = "k-1") -> tuple[int, str]:
    """The status and the code of a refusal."""
    answer = post(path, body, key, idempotency)
    return answer.status_code, json.loads(answer.content)["code"]
