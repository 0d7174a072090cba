"""The API keeps what its description promises, whatever is sent: tried out of the description."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks

from loyalty import ledger, till_keys, vouchers
from profiles.models import Member
from tests import cast
from tests.loyalty.api.calling import CARD

EXAMPLES = 25
ROUTES = 14
PROMISES = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.negative_data_rejection,
]
TRUE = {
    "account": None,
    "card": CARD,
    "currency": "EUR",
    "occurred_at": "2026-03-02T13:30:00+01:00",
    "points": 1,
    "store_code": "",
}
CALM = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def one_connection() -> Iterator[None]:
    """Requests end without closing the connection of the test, as in Django's own client."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def schema(db: None, one_connection: None) -> Any:
    """The description, as the API serves it."""
    return schemathesis.openapi.from_wsgi("/api/openapi.json", WSGIHandler())


@pytest.fixture
def patient(club: cast.Club, gloria: Member) -> str:
    """The key of a till that may call without end; Gloria has points and a voucher."""
    parcel = ledger.Parcel(1_000, timezone.now())
    ledger.earn(gloria.account, [parcel], "test", "gift", occurred_at=timezone.now())
    vouchers.issue([cast.offer(club).pk], [gloria.pk])
    _key, plain = till_keys.create(club.brand, "patient", calls_per_minute=10**9)
    return plain


def operations(schema: Any) -> list[Any]:
    """Every call that the description names."""
    found = [result.ok() for result in schema.get_all_operations()]
    assert len(found) == ROUTES
    return found


@pytest.mark.parametrize("mode", list(GenerationMode))
@pytest.mark.parametrize("number", range(ROUTES))
def test_every_call_keeps_its_promises(
    schema: Any, patient: str, number: int, mode: GenerationMode
) -> None:
    operation = operations(schema)[number]
    headers = {"Authorization": f"Bearer {patient}"}

    @CALM
    @given(case=operation.as_strategy(generation_mode=mode), plausible=st.booleans())
    def keeps(case: Any, plausible: bool) -> None:
        if plausible and mode == GenerationMode.POSITIVE:
            make_plausible(case.body)
        case.call_and_validate(headers=headers, checks=PROMISES)

    keeps()


def make_plausible(body: Any) -> None:
    """Let what was made up be about somebody who exists, so that some calls go well."""
    if isinstance(body, list):
        for each in body:
            make_plausible(each)
    if isinstance(body, dict):
        body.update({key: fact for key, fact in TRUE.items() if key in body})
        # To the description 1.0 is whole, too; the API takes no such chances with money.
        whole = {key: int(fact) for key, fact in body.items() if isinstance(fact, float)}
        body.update(whole)
        for each in body.values():
            make_plausible(each)
