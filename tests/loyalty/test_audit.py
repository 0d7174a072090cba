"""The audit finds what somebody has bent past the program, names it, and finds nothing else."""

from collections.abc import Callable
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection

from loyalty import audit, invariants, ledger
from loyalty.models import Allocation, Entry, Hold, LedgerAudit, Lot, Posting, Wallet
from profiles.models import Account, Member
from tests import cast
from tests.loyalty.books import earn


@pytest.fixture
def gloria(gloria: Member) -> Member:
    """Gloria has earned, spent, set aside, and had something returned."""
    first = earn(gloria.account, 100, "e")
    ledger.redeem(gloria.account, 30, "test", "r")
    ledger.hold(gloria.account, 20, "test", "h")
    ledger.take_back(first, {first.lots.get().pk: 10}, "test", "t")
    card = Account.objects.create(brand=gloria.account.brand)
    earn(card, 60, "of a card that nobody has claimed")
    return gloria


def _without_triggers(bend: Callable[[], object]) -> None:
    with connection.cursor() as cursor:
        for table in invariants.LEDGER:
            if connection.vendor == "postgresql":
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            else:
                cursor.execute(f"DROP TRIGGER IF EXISTS {table}_no_update")
    bend()


BENT = {
    "wallet's active points": lambda: Wallet.objects.update(active=41),
    "lots of active points": lambda: Wallet.objects.update(active=39),
    "wallet's debt points": lambda: Wallet.objects.update(debt=1),
    "debt is paid at once": lambda: Wallet.objects.update(debt=1),
    "open holds": lambda: Hold.objects.update(points=21),
    "held out of lots": lambda: Allocation.objects.filter(part="held").update(part="spent"),
    "lot's remaining points": lambda: Lot.objects.update(remaining=50),
    "postings sum to zero": lambda: Posting.objects.filter(amount=30).update(amount=31),
    "entry's lots and allocations": lambda: Allocation.objects.filter(amount=30).update(amount=29),
    "transfers cancel out": lambda: Posting.objects.filter(amount=30).update(
        ledger_account="transferred"
    ),
    "merged accounts hold nothing": lambda: Account.objects.filter(members=None).update(
        merged_into=Account.objects.exclude(members=None).get()
    ),
}


def test_a_ledger_in_order_has_no_differences(gloria: Member) -> None:
    run = audit.audit()
    assert (run.differences, run.found) == (0, [])
    assert (run.wallets, run.entries) == (2, Entry.objects.count())
    assert audit.latest() == run


@pytest.mark.parametrize("check", BENT)
def test_what_was_bent_is_found(gloria: Member, check: str) -> None:
    _without_triggers(BENT[check])
    assert check in {difference.check for difference in audit.differences()}


def test_the_command_prints_and_fails(gloria: Member) -> None:
    said = StringIO()
    call_command("audit_ledger", stdout=said)
    assert "0 differences" in said.getvalue()
    Wallet.objects.update(active=41)
    said = StringIO()
    with pytest.raises(SystemExit) as stopped:
        call_command("audit_ledger", stdout=said)
    assert stopped.value.code == 1
    wallet = gloria.account.wallet
    assert f"wallet's active points: wallet {wallet.pk} has 41, should be 40" in said.getvalue()
    assert LedgerAudit.objects.filter(differences__gt=0).exists()


def test_other_parts_may_add_checks(
    club: cast.Club, gloria: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "_checks", dict(audit._checks))
    audit.register("tiers", lambda: [audit.Difference("tiers", "account 1", 1, 2)])
    assert audit.audit().found == ["tiers: account 1 has 1, should be 2"]
