"""Answers by idempotency key: the same request gets the very answer it got before.

What a request does is made safe to repeat by its own module; this keeps the words of the answer,
which would change meanwhile (a balance, an offer's title). Two same requests at one moment both
compute an answer; the first one stored is what both return. Sole writer of answers.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from loyalty.idempotency import body_hash, check_same_body
from loyalty.models import TillAnswer, TillKey

Body = dict[str, Any]


def once(till: TillKey, key: str, request_hash: str, make: Callable[[], Body]) -> Body:
    """Return what this key was answered before, else make the answer and keep it.

    An exception of ``make`` is no answer: nothing happened, and asking again may go well. Raises
    KeyReused for another body.
    """
    stored = _find(till, key)
    if stored is None:
        new = TillAnswer(
            source=till.source, idempotency_key=key, request_hash=request_hash, body=make()
        )
        TillAnswer.objects.bulk_create([new], ignore_conflicts=True)
        stored = _find(till, key) or new
    check_same_body(stored.request_hash, request_hash)
    body: Body = stored.body
    return body


def use_hash(code: str, value_minor: int | None = None, purchase: str = "") -> str:
    """The hash of a voucher's use: the same whether a till tells of it at once or afterwards."""
    return body_hash("voucher", code, value_minor, purchase)


def forget(before: datetime) -> int:
    """Delete answers older than a moment; returns how many."""
    deleted, _by_model = TillAnswer.objects.filter(answered_at__lt=before).delete()
    return deleted


def _find(till: TillKey, key: str) -> TillAnswer | None:
    return TillAnswer.objects.filter(source=till.source, idempotency_key=key).first()
