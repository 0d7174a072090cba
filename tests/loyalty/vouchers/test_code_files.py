"""Codes from a file: read as people type them, every bad line told by its number."""

from collections.abc import Iterable

import pytest

from loyalty import voucher_code_files, voucher_pools
from loyalty.models import Voucher, VoucherPool
from loyalty.voucher_code_files import Loaded, Problem, TooLarge
from tests import cast


@pytest.fixture
def pool(club: cast.Club) -> VoucherPool:
    """An empty pool."""
    return voucher_pools.create(cast.offer(club), "Partner")


def _load(pool: VoucherPool, lines: Iterable[str], **facts: bool) -> Loaded:
    return voucher_code_files.load(pool, lines, **facts)


def test_codes_are_stored_as_they_will_be_read(pool: VoucherPool) -> None:
    loaded = _load(pool, ["\ufeffCode\n", "spar-o123\n", "\n", '"ABCDEF12", extra\r\n'])
    assert (loaded.new, loaded.rejected) == (2, [])
    assert set(Voucher.objects.values_list("code", flat=True)) == {"SPAR0123", "ABCDEF12"}


def test_loading_again_changes_nothing(pool: VoucherPool) -> None:
    lines = ["code\n", "AAAA1111\n", "BBBB2222\n"]
    _load(pool, lines)
    again = _load(pool, lines)
    assert (again.new, again.known, again.rejected) == (0, 2, [])
    assert Voucher.objects.count() == 2


def test_each_bad_line_is_told_with_its_reason(club: cast.Club, pool: VoucherPool) -> None:
    other = voucher_pools.create(cast.offer(club, "bread"), "Other")
    _load(other, ["TAKEN0000"])
    lines = [
        "short",
        "AAAA1111",
        "aaaa-IIII",
        "taken-oooo",
        "ÄÖÜ12345",
        "X" * 25,
        '"AAAA',
        "AAAA\r3333",
    ]
    loaded = _load(pool, lines)
    assert loaded.new == 1
    assert loaded.rejected == [
        (1, Problem.SHAPE),
        (3, Problem.TWICE),
        (4, Problem.TAKEN),
        (5, Problem.SHAPE),
        (6, Problem.SHAPE),
        (7, Problem.SHAPE),
        (8, Problem.SHAPE),
    ]


def test_a_dry_run_only_tells(pool: VoucherPool) -> None:
    assert _load(pool, ["AAAA1111"], dry_run=True).new == 1
    assert not Voucher.objects.exists()


def test_a_line_too_long_for_a_code_stops_the_load(pool: VoucherPool) -> None:
    with pytest.raises(TooLarge):
        _load(pool, ["AAAA1111", "A" * 300])
    assert not Voucher.objects.exists()


def test_too_many_lines_stop_the_load(pool: VoucherPool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(voucher_code_files, "MOST_LINES", 2)
    with pytest.raises(TooLarge):
        _load(pool, ["AAAA1111", "AAAA2222", "AAAA3333"])


def test_clashes_are_found_across_chunks(
    pool: VoucherPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(voucher_code_files, "CHUNK", 1)
    loaded = _load(pool, ["AAAA1111", "AAAA2222", "AAAA1111"])
    assert (loaded.new, loaded.rejected) == (2, [(3, Problem.TWICE)])
