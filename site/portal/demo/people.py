"""Names, addresses, languages and birthdays for households that have none; the same every time."""

import random
import unicodedata
from dataclasses import dataclass

from portal.demo.names import FIRST_EN, FIRST_ES, LAST_EN, LAST_ES

SEED = "la-esquina"
SPANISH_SHARE = 0.3
DOMAINS = ("example.com", "example.org", "example.net")  # reserved by RFC 2606
BIRTH_YEARS = {
    "19-24": (2001, 2006),
    "25-34": (1991, 2000),
    "35-44": (1981, 1990),
    "45-54": (1971, 1980),
    "55-64": (1961, 1970),
    "65+": (1938, 1960),
}


@dataclass(frozen=True)
class Person:
    """Someone of a household, made up; ``email`` is empty for those known by card alone."""

    household: int
    first_name: str
    last_name: str
    language: str
    email: str
    tracking: str
    birthday: tuple[int, int, int | None] | None
    joined_days_before: int
    topics: frozenset[str]


def person_of(household: int, age: str, *, targeted: bool) -> Person:
    """Make up the member of a household; targeted ones always take the weekly offers."""
    dice = random.Random(f"{SEED}:{household}")  # noqa: S311 - repeatable on purpose
    language = "es" if dice.random() < SPANISH_SHARE else "en"
    first, last = _name(dice, language)
    return Person(
        household=household,
        first_name=first,
        last_name=last,
        language=language,
        email=f"{_plain(first)}.{_plain(last)}.{household}@{dice.choice(DOMAINS)}",
        tracking=dice.choices(("granted", "refused", "unknown"), (85, 8, 7))[0],
        birthday=_birthday(dice, age),
        joined_days_before=dice.randint(90, 900),
        topics=_topics(dice, targeted=targeted),
    )


def partner_of(household: int, language: str, last_name: str) -> Person:
    """Make up a second person of the household, known by the card alone: no address, no mail."""
    dice = random.Random(f"{SEED}:{household}:partner")  # noqa: S311 - repeatable on purpose
    first, _last = _name(dice, language)
    return Person(household, first, last_name, language, "", "unknown", None, 60, frozenset())


def has_partner_on_card(household: int) -> bool:
    """Tell whether a second person shares the account: one household in twenty."""
    return random.Random(f"{SEED}:{household}:card").random() < 0.05  # noqa: S311


def _name(dice: random.Random, language: str) -> tuple[str, str]:
    if language == "es":
        return dice.choice(FIRST_ES), f"{dice.choice(LAST_ES)}"
    return dice.choice(FIRST_EN), dice.choice(LAST_EN)


def _birthday(dice: random.Random, age: str) -> tuple[int, int, int | None] | None:
    month, day, told = dice.randint(1, 12), dice.randint(1, 28), dice.random() < 0.85
    years = BIRTH_YEARS.get(age)
    year = dice.randint(*years) if years else None
    return (month, day, year) if told else None


def _topics(dice: random.Random, *, targeted: bool) -> frozenset[str]:
    shares = {"weekly-offers": 0.7, "recipes": 0.45, "wine": 0.2, "new-in-store": 0.3}
    chosen = {key for key, share in shares.items() if dice.random() < share}
    return frozenset(chosen | {"weekly-offers"} if targeted else chosen)


def _plain(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return "".join(letter for letter in letters.lower() if letter.isalpha())
