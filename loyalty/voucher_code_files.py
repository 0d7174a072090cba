"""Importing the codes of a pool from a file: one code a line, in the first column of a CSV.

Codes are stored as ``read_code`` reads them. A line that cannot be taken is reported by its
number; loading the file again changes nothing.
"""

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from django.db import transaction
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from loyalty import voucher_pools
from loyalty.models import Voucher, VoucherPool
from loyalty.voucher_codes import read_code

HEADING = "CODE"
CHUNK = 5_000
MOST_LINES = 1_000_000
SHAPE = re.compile(r"[0-9A-Z]{6,24}")
LONGEST_LINE = 200

Numbered = tuple[int, str]


class Problem(TextChoices):
    """Why a line was not taken."""

    SHAPE = "shape", _("A code has 6 to 24 letters and digits")
    TWICE = "twice", _("The code stands in this file already, or reads like one that does")
    TAKEN = "taken", _("The code exists elsewhere, or reads like one that does")


class TooLarge(Exception):
    """The file has more lines than can be loaded at once, or a line longer than any code."""


@dataclass
class Loaded:
    """How many codes are new, how many the pool had, and which lines were not taken, and why."""

    new: int = 0
    known: int = 0
    rejected: list[tuple[int, Problem]] = field(default_factory=list)


@transaction.atomic
def load(pool: VoucherPool, lines: Iterable[str], *, dry_run: bool = False) -> Loaded:
    """Load codes into a pool; a dry run only tells what would happen. Raises TooLarge.

    Two loads of one pool wait for each other.
    """
    VoucherPool.objects.select_for_update().get(pk=pool.pk)
    loaded, seen = Loaded(), set[str]()
    codes = _well_formed(_numbered(lines), loaded, seen)
    while chunk := list(islice(codes, CHUNK)):
        new = list(_unknown(pool, chunk, loaded))
        loaded.new += len(new)
        if not dry_run:
            voucher_pools.add(pool, new)
    loaded.rejected.sort()
    return loaded


def _numbered(lines: Iterable[str]) -> Iterator[Numbered]:
    """The first cell of every line that has one, without the heading."""
    for number, line in enumerate(lines, 1):
        if number > MOST_LINES or len(line) > LONGEST_LINE:
            raise TooLarge
        cell = _first_cell(line.strip("\ufeff\r\n"))
        if cell and not (number == 1 and cell.upper() == HEADING):
            yield number, cell


def _first_cell(line: str) -> str:
    """What stands first on a line, taken for itself: an open quote spoils that line alone."""
    try:
        return next(csv.reader([line], skipinitialspace=True), [""])[0].strip() if line else ""
    except csv.Error:
        return line


def _well_formed(cells: Iterable[Numbered], loaded: Loaded, seen: set[str]) -> Iterator[Numbered]:
    for number, cell in cells:
        code = read_code(cell)
        if not SHAPE.fullmatch(code):
            loaded.rejected.append((number, Problem.SHAPE))
        elif code in seen:
            loaded.rejected.append((number, Problem.TWICE))
        else:
            seen.add(code)
            yield number, code


def _unknown(pool: VoucherPool, chunk: list[Numbered], loaded: Loaded) -> Iterator[str]:
    there = Voucher.objects.filter(code__in=[code for _number, code in chunk])
    owners = dict(there.values_list("code", "pool_id"))
    for number, code in chunk:
        if code not in owners:
            yield code
        elif owners[code] == pool.pk:
            loaded.known += 1
        else:
            loaded.rejected.append((number, Problem.TAKEN))
