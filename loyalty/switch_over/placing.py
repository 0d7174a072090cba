"""What the kinds of files have in common: rows with their accounts, and how they are taken."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from loyalty.models import SwitchOver, SwitchRow
from loyalty.switch_over.reading import Row, Told
from profiles.models import Account, Brand, Card
from profiles.time_zones import zone_named


@dataclass(frozen=True)
class Placed:
    """A row with the number under which we remember it, and its account if it has one."""

    pk: int
    told: Told
    account: int | None


class Kind:
    """How the rows of one kind of file are read and booked."""

    needed: ClassVar[tuple[str, ...]] = ()

    def __init__(self, switch: SwitchOver) -> None:
        self.switch = switch
        self.zone = zone_named(switch.brand.time_zone)

    def parse(self, row: Row) -> Told:
        """Read a row. Raises RejectedRow."""
        raise NotImplementedError

    def prepare(self, new: Sequence[Told], accounts: Iterable[int]) -> None:
        """Look up what ``check`` needs to know of a batch of new rows and its accounts."""

    def check(self, told: Told, account: int | None) -> None:
        """Raise RejectedRow when a new row contradicts what is there."""

    def take(self, placed: Sequence[Placed]) -> dict[int, int]:
        """Book new rows; returns their entries by the row's number."""
        raise NotImplementedError

    def change(self, row: SwitchRow, placed: Placed) -> None:
        """Book the difference to what a row said before, as its ``version``."""
        raise NotImplementedError


def entry_key(switch_id: int, row_id: int, version: int) -> str:
    """The idempotency key of a row's booking."""
    return f"{switch_id}:{row_id}:{version}"


def find_accounts(brand: Brand, told: Iterable[Told]) -> dict[tuple[str, str], int]:
    """The brand's accounts by the numbers that rows name."""
    named: dict[str, set[str]] = {"account": set(), "card": set()}
    for one in told:
        if one.holder:
            named[one.holder[0]].add(one.holder[1])
    accounts = Account.objects.filter(brand=brand, external_id__in=named["account"])
    cards = Card.objects.filter(account__brand=brand, number__in=named["card"])
    by_id = {("account", name): pk for name, pk in accounts.values_list("external_id", "pk")}
    by_card = {("card", name): pk for name, pk in cards.values_list("number", "account_id")}
    return by_id | by_card
