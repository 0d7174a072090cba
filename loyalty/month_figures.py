"""A month of a brand's books: what was owed, what changed it, what is owed now.

Opening and closing are sums of the members' side of the journal, the changes in between sums of
the club's side, read apart from each other: as the legs of every entry sum to zero, opening plus
changes must give the closing. A difference is an error in the books.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Case, CharField, F, Q, QuerySet, Sum, Value, When

from loyalty.finance_worth import money_of, running_money
from loyalty.ledger import On
from loyalty.ledger.words import MEMBERS
from loyalty.models import BookEvent, Entry, Posting
from profiles.models import Brand

OPENING_SOURCE = "opening"  # entries that a switch-over has written
Kind = Entry.Kind


class BooksDisagree(Exception):
    """Opening and changes do not give the closing: some entry's legs do not sum to zero."""


@dataclass(frozen=True)
class Figure:
    """An amount of points and what they are worth, in minor units of the brand's currency."""

    points: int
    money: int


@dataclass(frozen=True)
class MonthReport:
    """The month-end of a brand; ``changes`` are signed: what is redeemed is negative.

    ``worth`` is that of a hundred points at the end of the month, ``opening_worth`` at its begin.
    """

    brand: Brand
    month: date
    since: datetime
    until: datetime
    currency: str
    worth: int
    opening_worth: int
    opening: Figure
    changes: dict[str, Figure]
    closing: Figure

    def figures(self) -> dict[str, Any]:
        """The report as plain data, to be stored and compared."""
        return {
            "month": f"{self.month:%Y-%m}",
            "currency": self.currency,
            "worth": self.worth,
            "opening_worth": self.opening_worth,
            "opening": [self.opening.points, self.opening.money],
            "changes": {name: [one.points, one.money] for name, one in self.changes.items()},
            "closing": [self.closing.points, self.closing.money],
        }


def work_out(
    brand: Brand,
    month: date,
    span: tuple[datetime, datetime],
    worths: tuple[int, int],
    known_at: datetime | None,
) -> MonthReport:
    """Sum a month up, from what was recorded by ``known_at``. Raises BooksDisagree.

    ``worths`` are those of a hundred points at the month's begin and end.
    """
    since, until = span
    postings = _recorded(brand, known_at)
    opening = _owed(postings.filter(entry__posted_at__lt=since))
    closing = _owed(postings.filter(entry__posted_at__lt=until))
    changes = _changes(postings.filter(entry__posted_at__gte=since, entry__posted_at__lt=until))
    if opening + sum(changes.values()) != closing:
        found = opening + sum(changes.values())
        raise BooksDisagree(f"{month:%Y-%m}: opening and changes give {found}, not {closing}.")
    return MonthReport(
        brand=brand,
        month=month,
        since=since,
        until=until,
        currency=brand.currency,
        worth=worths[1],
        opening_worth=worths[0],
        opening=Figure(opening, money_of(opening, worths[0])),
        changes=_in_money(opening, changes, worths),
        closing=Figure(closing, money_of(closing, worths[1])),
    )


def _recorded(brand: Brand, known_at: datetime | None) -> QuerySet[Posting]:
    postings = Posting.objects.filter(entry__wallet__account__brand=brand)
    return postings.filter(entry__recorded_at__lte=known_at) if known_at else postings


def _owed(postings: QuerySet[Posting]) -> int:
    members = postings.filter(ledger_account__in=MEMBERS)
    return int(members.aggregate(points=Sum("amount"))["points"] or 0)


def _changes(postings: QuerySet[Posting]) -> dict[str, int]:
    """What each event did to what is owed; every event is named, be it by zero."""
    club = postings.exclude(ledger_account__in=MEMBERS).order_by()
    sums = dict(club.values_list(_event()).annotate(points=Sum("amount")))
    return {event: -sums.get(event, 0) for event in _POINT_EVENTS}


_POINT_EVENTS = [event.value for event in BookEvent if event != BookEvent.REVALUED]


def _event() -> Case:
    """Which event a club's leg tells of, by the kind of its entry and its ledger account."""
    undoes = Q(entry__kind=Kind.REVERSE)
    taken_over = Q(entry__source=OPENING_SOURCE) | Q(entry__reverses__source=OPENING_SOURCE)
    told: list[tuple[Q, BookEvent]] = [
        (Q(ledger_account=On.ADJUSTED) & taken_over, BookEvent.TAKEN_OVER),
        (Q(ledger_account=On.ADJUSTED), BookEvent.ADJUSTED),
        (Q(ledger_account=On.TRANSFERRED), BookEvent.TRANSFERRED),
        (undoes & Q(ledger_account=On.ISSUED), BookEvent.REVERSED_EARNING),
        (undoes & Q(ledger_account=On.REDEEMED), BookEvent.REVERSED_REDEMPTION),
        (undoes & Q(ledger_account=On.EXPIRED), BookEvent.REVERSED_EXPIRY),
        (Q(ledger_account=On.ISSUED), BookEvent.EARNED),
        (Q(ledger_account=On.REDEEMED), BookEvent.REDEEMED),
        (Q(ledger_account=On.EXPIRED), BookEvent.EXPIRED),
    ]
    cases = [When(condition, then=Value(event.value)) for condition, event in told]
    return Case(*cases, default=F("ledger_account"), output_field=CharField())


def _in_money(opening: int, changes: dict[str, int], worths: tuple[int, int]) -> dict[str, Figure]:
    """The changes with their money; a new worth of a point changes money, and no points."""
    money = running_money(opening, changes.values(), worths[1])
    figures = {
        name: Figure(points, amount)
        for (name, points), amount in zip(changes.items(), money, strict=True)
    }
    revalued = money_of(opening, worths[1]) - money_of(opening, worths[0])
    return figures | {BookEvent.REVALUED.value: Figure(0, revalued)}
