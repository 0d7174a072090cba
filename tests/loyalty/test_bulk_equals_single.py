"""Earning for a whole history at once books what earning purchase by purchase books."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import transaction

from loyalty import history, ledger
from loyalty.earning import earn, earn_in_bulk
from loyalty.models import EarnRule, Entry, Lot, Posting, Purchase, Wallet
from profiles.models import Account, Member
from tests import cast
from tests.loyalty.books import check_books
from tests.loyalty.books import earn as book_earning

NOW = datetime(2026, 6, 1, 8, 0, 0, 250_000, tzinfo=UTC)
LOT_FACTS = ("original", "remaining", "available_at", "expires_at", "is_pending")


@pytest.fixture
def purchases(club: cast.Club, gloria: Member) -> list[Purchase]:
    """Sixty baskets of two accounts over half a year, in which the rule changes twice."""
    rules = [("2026-02-01", 2, 14, 365), ("2026-04-01", 3, 30, None), ("2026-05-20", 1, 0, 90)]
    for day, points, pending, valid in rules:
        EarnRule.objects.create(
            brand=club.brand,
            name=day,
            points=points,
            per_minor=150,
            pending_days=pending,
            valid_days=valid,
            valid_from=datetime.fromisoformat(f"{day}T00:00:00Z"),
        )
    chance = random.Random(7)
    accounts = [gloria.account, cast.ana(club).account]
    Account.objects.update(external_id="")
    return [_purchase(chance, chance.choice(accounts), number) for number in range(60)]


def _purchase(chance: random.Random, account: Account, number: int) -> Purchase:
    ago = timedelta(days=chance.randrange(180), microseconds=chance.randrange(10**6))
    return Purchase.objects.create(
        account=account,
        brand=account.brand,
        source="history",
        external_id=str(number),
        occurred_at=NOW - ago,
        currency=chance.choice(["EUR"] * 9 + ["USD"]),
        total_minor=chance.choice([0, 149, 150, 4999, chance.randrange(20_000), -300]),
    )


def _books() -> dict[str, list[Any]]:
    entries = Entry.objects.order_by("purchase")
    lots = Lot.objects.order_by("entry__purchase")
    legs = Posting.objects.order_by("entry__purchase", "ledger_account")
    return {
        "entries": list(entries.values_list("purchase", "kind", "source", "idempotency_key")),
        "moments": list(entries.values_list("occurred_at", "request_hash", "wallet__account")),
        "lots": list(lots.values_list("entry__purchase", *LOT_FACTS)),
        "postings": list(legs.values_list("entry__purchase", "ledger_account", "amount")),
        "wallets": list(Wallet.objects.order_by("account").values_list("account", "active")),
    }


def test_bulk_books_what_single_earning_books(purchases: list[Purchase]) -> None:
    with transaction.atomic():
        for purchase in purchases:
            earn(purchase, NOW)
        single = _books()
        transaction.set_rollback(True)
    brand = purchases[0].brand
    with time_machine.travel(NOW, tick=False):
        earned = earn_in_bulk(brand)
    assert earned == len(single["entries"]) > 20
    assert {lot[-1] for lot in single["lots"]} == {True, False}
    bulk = _books()
    for name, rows in single.items():
        if name != "wallets":
            assert bulk[name] == rows, name
    there = [wallet for wallet in bulk["wallets"] if wallet[1]]
    assert there == single["wallets"]
    for account in {purchase.account for purchase in purchases}:
        check_books(account)


def test_earning_again_in_either_way_changes_nothing(purchases: list[Purchase]) -> None:
    brand = purchases[0].brand
    earn_in_bulk(brand, NOW)
    before = _books()
    assert earn_in_bulk(brand, NOW) == 0
    for purchase in purchases:
        earn(purchase, NOW)
    assert _books() == before


def test_debt_is_paid_by_bulk_earning_too(club: cast.Club, gloria: Member) -> None:
    account = gloria.account
    first = book_earning(account, 10, "e", NOW)
    ledger.redeem(account, 8, "test", "r")
    ledger.reverse(first, "test", "back")
    assert Wallet.objects.get().debt == 8
    Account.objects.filter(pk=account.pk).update(external_id="h-1")
    history.load(
        club.brand,
        stores=[("01", "Corner")],
        products=[("4711", "Manchego", "FOOD", "CHEESE", "National", "1 kg")],
        baskets=[("b-1", "h-1", "01", NOW)],
        lines=[("b-1", "4711", 1, 1200, 0)],
    )
    earn_in_bulk(club.brand)
    assert (ledger.balance(account), Wallet.objects.get().debt) == (4, 0)
    check_books(account)
