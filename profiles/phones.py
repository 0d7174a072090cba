"""Telephone numbers: the form under which two spellings of one number meet."""

from functools import reduce
from typing import Final

from django.db.models import CharField, F, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Concat, Replace

SEPARATORS: Final = " \u00a0-./()"
START: Final = "^"  # marks the beginning of a number while the database works on it


def normalise(phone: str) -> str:
    """Digits and a leading plus; ``00`` before a country's code counts as the plus."""
    bare = "".join(sign for sign in phone if sign not in SEPARATORS)
    return f"+{bare[2:]}" if bare.startswith("00") else bare


def _replace(text: Combinable, what: str, by: str) -> Combinable:
    return Replace(text, Value(what), Value(by))


def _bare(phone: Combinable) -> Combinable:
    return reduce(lambda text, sign: _replace(text, sign, ""), SEPARATORS, phone)


# The same for a column that the database fills; ``normalise`` and it must agree.
PHONE_KEY: Final = _replace(
    _replace(Concat(Value(START), _bare(F("phone")), output_field=CharField()), f"{START}00", "+"),
    START,
    "",
)
