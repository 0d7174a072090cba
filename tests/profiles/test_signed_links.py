"""Signed links: genuine ones read back, everything else is refused."""

from datetime import UTC, datetime

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from profiles import signed_links
from profiles.signed_links import BadLink, ExpiredLink

NOON = datetime(2026, 11, 16, 12, tzinfo=UTC)


@given(st.lists(st.integers(min_value=0, max_value=2**63), max_size=4))
def test_numbers_come_back(numbers: list[int]) -> None:
    token = signed_links.make(signed_links.CLICK, *numbers)
    assert signed_links.read(signed_links.CLICK, token) == tuple(numbers)


@given(st.integers(min_value=0, max_value=199))
def test_one_flipped_bit_is_refused(position: int) -> None:
    token = signed_links.make(signed_links.CLICK, 12_345, 678)
    place, bit = divmod(position, 6)
    place %= len(token)
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    forged = alphabet[alphabet.index(token[place]) ^ (1 << bit)]
    with pytest.raises(BadLink):
        signed_links.read(signed_links.CLICK, token[:place] + forged + token[place + 1 :])


def test_a_token_of_another_purpose_is_refused() -> None:
    token = signed_links.make(signed_links.UNSUBSCRIBE, 1, 2, 3)
    with pytest.raises(BadLink):
        signed_links.read(signed_links.PREFERENCES, token)


@pytest.mark.parametrize("token", ["", "a", "é", "=", "A" * 22, "A" * 500, "../../etc", "a b"])
def test_a_malformed_token_is_refused(token: str) -> None:
    with pytest.raises(BadLink):
        signed_links.read(signed_links.CLICK, token)


def test_a_token_expires() -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        token = signed_links.make(signed_links.CONFIRM, 7, expires_at=NOON)
        assert signed_links.read(signed_links.CONFIRM, token) == (7,)
        clock.shift(1)
        with pytest.raises(ExpiredLink):
            signed_links.read(signed_links.CONFIRM, token)


def test_another_secret_makes_other_tokens(settings: object) -> None:
    token = signed_links.make(signed_links.CLICK, 1)
    settings.SECRET_KEY = "another" * 10  # type: ignore[attr-defined]
    with pytest.raises(BadLink):
        signed_links.read(signed_links.CLICK, token)
