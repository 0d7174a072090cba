"""Who asks: the visitor, not the proxy before us, and nobody's own claim."""

from typing import Any

import pytest
from django.test import Client, RequestFactory
from pytest_django import Settings

from portal.privacy import requester
from profiles.addresses import requester_hash
from profiles.models import OptInMail
from tests.cast import Club

PROXY = "10.0.0.2"
VISITOR = "203.0.113.9"


@pytest.fixture
def behind_proxy(settings: Settings) -> None:
    """A proxy that we trust ends TLS."""
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.SECURE_SSL_REDIRECT = False


def asked(forwarded: str | None) -> str:
    """Who asks when the proxy hands a request over with these addresses."""
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    return requester(RequestFactory().get("/", headers=headers, REMOTE_ADDR=PROXY))


@pytest.mark.usefixtures("behind_proxy")
@pytest.mark.parametrize(
    "forwarded",
    [
        VISITOR,
        f"198.51.100.1, {VISITOR}",
        f"198.51.100.1,{PROXY},{VISITOR} ",
        f"unknown, <script>, {VISITOR}",
    ],
)
def test_only_the_address_that_the_proxy_itself_appended_counts(forwarded: str) -> None:
    assert asked(forwarded) == requester_hash(VISITOR)


@pytest.mark.usefixtures("behind_proxy")
def test_one_ipv6_address_is_one_requester_however_it_is_spelled() -> None:
    spellings = ("2001:db8::9", "2001:DB8:0:0:0:0:0:9")
    assert {asked(spelling) for spelling in spellings} == {requester_hash("2001:db8::9")}


@pytest.mark.usefixtures("behind_proxy")
@pytest.mark.parametrize(
    "forwarded", [None, "", " ", "unknown", f"{VISITOR},", f"{VISITOR}, 999.1.1.1", "1" * 5_000]
)
def test_without_an_address_from_the_proxy_the_connection_counts(forwarded: str | None) -> None:
    assert asked(forwarded) == requester_hash(PROXY)


@pytest.mark.parametrize("forwarded", [None, VISITOR, f"198.51.100.1, {VISITOR}"])
def test_without_a_proxy_nobody_names_their_own_address(forwarded: str | None) -> None:
    assert asked(forwarded) == requester_hash(PROXY)


@pytest.mark.usefixtures("pages", "behind_proxy")
def test_visitors_behind_one_proxy_do_not_use_up_each_others_joins(club: Club) -> None:
    def join(number: int, visitor: str) -> None:
        facts: dict[str, Any] = {"step": "tastes", "language": "en", "topics": [str(club.wine.pk)]}
        facts |= {"first_name": "Hugo", "email": f"hugo{number}@example.com"}
        made_up = f"192.0.2.{number}"
        forwarded = {"X-Forwarded-For": f"{made_up}, {visitor}"}
        Client(REMOTE_ADDR=PROXY).post("/join/", facts, headers=forwarded)

    for number in range(22):
        join(number, VISITOR)
    assert OptInMail.objects.count() == 20
    join(22, "203.0.113.10")
    assert OptInMail.objects.count() == 21
