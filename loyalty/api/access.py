"""Who calls: the till's key, what it opens, how often it may call, whose account it means."""

from collections.abc import Callable
from typing import TypeVar

from django.http import HttpRequest
from ninja import Schema
from ninja.security import HttpBearer

from loyalty import till_accounts, till_answers, till_keys
from loyalty.api.fields import Whose
from loyalty.api.problems import Forbidden, TooBig, TooMany
from loyalty.idempotency import body_hash
from loyalty.models import Purchase, TillKey, TillScope
from profiles.models import Account

BIGGEST_CALL, BIGGEST_BATCH = 256 * 1024, 2 * 1024 * 1024  # bytes
Answer = TypeVar("Answer", bound=Schema)


class Till(HttpRequest):
    """A request whose till key was found."""

    auth: TillKey


class TillAuth(HttpBearer):
    """Lets in whoever shows a till key of this scope that was not revoked.

    Everybody else gets 401, a key of other scopes 403, one that calls too often 429.
    """

    def __init__(self, scope: TillScope) -> None:
        super().__init__()
        self.scope = scope

    def authenticate(self, request: HttpRequest, token: str) -> TillKey | None:
        """Find the key and count the call."""
        key = till_keys.find(token)
        if key is None:
            return None
        if not till_keys.spend_call(key):
            raise TooMany("Too many calls. Wait a minute.")
        if self.scope.value not in key.scopes:
            raise Forbidden(f"This key lacks the scope {self.scope.value}.")
        _check_size(request, BIGGEST_BATCH if self.scope == TillScope.BATCHES else BIGGEST_CALL)
        return key


def answer_once(
    request: Till,
    key: str,
    what: str,
    body: Schema | None,
    make: Callable[[], Answer],
    kind: type[Answer],
) -> Answer:
    """Answer a request under its idempotency key: the same as before, if it came before."""
    request_hash = body_hash(what, body.model_dump(mode="json") if body else None)
    stored = till_answers.once(
        request.auth, key, request_hash, lambda: make().model_dump(mode="json")
    )
    return kind.model_validate(stored)


def account_of(till: TillKey, whose: Whose) -> Account:
    """Whose account is meant. Raises UnknownAccount, NotIdentified."""
    account, _member = till_accounts.find(till.brand, whose.account, whose.card)
    return account


def store_code(till: TillKey, told: str) -> str:
    """The store that was named, else the one the key belongs to."""
    return told or (till.store.code if till.store else "")


def purchase_of(till: TillKey, external_id: str) -> Purchase | None:
    """A purchase of this till; it may not have been reported yet."""
    if not external_id:
        return None
    return Purchase.objects.filter(source=till.source, external_id=external_id).first()


def _check_size(request: HttpRequest, most: int) -> None:
    told = request.META.get("CONTENT_LENGTH") or "0"
    if not str(told).isdigit() or int(told) > most:
        raise TooBig(f"The body is bigger than {most} bytes.")
