"""The barcode of a voucher: the standard's check sum, its symbols, and a picture of them."""

import itertools
import re

import pytest
from django.test import Client

from loyalty import vouchers
from loyalty.models import Voucher
from portal import code128
from tests import cast
from tests.cast import Club
from tests.portal import links

START_A = 103


def test_check_sum_of_known_codes() -> None:
    known = [START_A, 48, 42, 42, 17, 18, 19, 35]  # PJJ123C in set A
    assert code128.check_sum(known) == 54
    assert code128.values("PJJ123C")[-1] == 55
    assert code128.values("Wikipedia")[-1] == 88
    assert code128.values("123456") == [105, 12, 34, 56, 44]


def test_symbols_are_those_of_the_standard() -> None:
    assert len(set(code128.PATTERNS)) == 106
    for pattern in code128.PATTERNS:
        assert sum(map(int, pattern)) == 11
        assert sum(map(int, pattern[::2])) % 2 == 0
    assert code128.PATTERNS[START_A] == "211412"
    assert code128.PATTERNS[ord("A") - 32] == "111323"


def test_bars_fill_the_width_between_quiet_zones() -> None:
    across, path = code128.drawing("AB12")
    assert across == 11 * 6 + 13 + 20
    bars = [(int(at), int(width)) for at, width in re.findall(r"M(\d+) 0h(\d+)v", path)]
    assert bars[0] == (10, 2)
    assert sum(bars[-1]) == across - 10
    assert all(at + width < following for (at, width), (following, _w) in itertools.pairwise(bars))


@pytest.mark.parametrize("text", ["", "caña", "a\n"])
def test_what_cannot_be_drawn_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="ASCII"):
        code128.values(text)


def test_open_voucher_shows_its_barcode(club: Club, client: Client) -> None:
    gloria = cast.gloria(club)
    vouchers.issue([cast.offer(club).pk], [gloria.pk])
    voucher = Voucher.objects.get()
    page = client.get(links.offer(voucher.pk)).content.decode()
    assert code128.drawing(voucher.code)[1] in page
