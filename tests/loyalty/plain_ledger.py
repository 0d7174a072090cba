"""A ledger in plain Python, to hold the real one against: parcels of points, and what is owed.

It knows no entries, postings or database. Time is brought up to date at the start of each act.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

FAR = datetime.max.replace(tzinfo=UTC)


class Refused(Exception):
    """The plain ledger says no."""


@dataclass(eq=False)
class Bag:
    """Points that came in together, and what became of them."""

    number: int
    points: int
    begins: datetime
    ends: datetime
    waits: bool
    left: int
    lapsed: int = 0
    returned: int = 0


@dataclass(eq=False)
class Aside:
    """Points set aside, and the bags they came from."""

    ends: datetime
    taken: list[tuple[Bag, int]]


@dataclass
class Plain:
    """One wallet. ``numbers`` counts bags over all wallets, as databases do."""

    bags: list[Bag] = field(default_factory=list)
    asides: list[Aside] = field(default_factory=list)
    debt: int = 0

    @property
    def sums(self) -> tuple[int, int, int, int]:
        """Active, pending, held and owed points."""
        active = sum(bag.left for bag in self.bags if not bag.waits)
        pending = sum(bag.left for bag in self.bags if bag.waits)
        held = sum(points for aside in self.asides for _bag, points in aside.taken)
        return active, pending, held, self.debt

    def advance(self, now: datetime) -> None:
        """Let what has matured, ended or run out do so."""
        for aside in sorted((a for a in self.asides if a.ends <= now), key=lambda a: a.ends):
            self.release(aside, aside.ends)
        for bag in self.bags:
            if bag.waits and bag.begins <= now:
                bag.waits = False
            if bag.left and not bag.waits and bag.ends <= now:
                bag.lapsed, bag.left = bag.lapsed + bag.left, 0
        self.repay()

    def repay(self) -> None:
        """Pay what is owed out of what is there."""
        points = min(self.debt, self.sums[0])
        self.debt -= points
        self.take(points)

    def earn(self, bag: Bag) -> None:
        """Put a bag in; only who owes is brought up to date by it."""
        self.bags.append(bag)

    def take(self, points: int, leaving: tuple[Bag, ...] = ()) -> list[tuple[Bag, int]]:
        """Take points, those that end first before the others."""
        there = [bag for bag in self.bags if bag.left and not bag.waits and bag not in leaving]
        taken = []
        for bag in sorted(there, key=lambda bag: (bag.ends, bag.number)):
            amount = min(points, bag.left)
            if amount:
                bag.left -= amount
                points -= amount
                taken.append((bag, amount))
        return taken

    def spend(self, points: int) -> list[tuple[Bag, int]]:
        """Spend points, or refuse."""
        if points > self.sums[0]:
            raise Refused
        return self.take(points)

    def set_aside(self, points: int, ends: datetime) -> Aside:
        """Set points aside, or refuse."""
        self.asides.append(Aside(ends, self.spend(points)))
        return self.asides[-1]

    def release(self, aside: Aside, now: datetime) -> None:
        """Put back what was set aside."""
        self.asides.remove(aside)
        self.put_back(aside.taken, now)

    def put_back(self, taken: list[tuple[Bag, int]], now: datetime) -> int:
        """Points go back to their bags; where a bag has ended they lapse. Returns how many did."""
        gone = 0
        for bag, points in taken:
            if bag.ends <= now:
                bag.lapsed += points
                gone += points
            else:
                bag.left += points
        return gone

    def take_back(self, wanted: dict[Bag, int]) -> None:
        """Take points of an earning back: what is left, what lapsed, then what was spent."""
        if any(points > bag.points - bag.returned for bag, points in wanted.items()):
            raise Refused
        spent = 0
        for bag, points in wanted.items():
            there = min(points, bag.left)
            lapsed = min(points - there, bag.lapsed)
            bag.left -= there
            bag.lapsed -= lapsed
            bag.returned += points
            spent += points - there - lapsed
        found = sum(points for _bag, points in self.take(spent, tuple(wanted)))
        self.debt += spent - found
        self.repay()


def days(number: int | None, after: datetime) -> datetime:
    """So many days later; None is never."""
    return FAR if number is None else after + timedelta(days=number)
