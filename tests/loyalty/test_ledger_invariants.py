"""What a console or a repair script may not do to the ledger, because the database refuses it."""

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from loyalty import audit, invariants, ledger
from loyalty.models import Allocation, Entry, Lot, Posting, Wallet
from profiles.models import Member, User
from tests import cast
from tests.loyalty.books import MARCH, earn


@pytest.fixture
def entry(gloria: Member) -> Entry:
    """Ten points earned, of which three are redeemed."""
    earned = earn(gloria.account, 10, "e")
    ledger.redeem(gloria.account, 3, "test", "r")
    return earned


@pytest.mark.parametrize("model", [Entry, Posting, Allocation])
def test_nothing_is_deleted(entry: Entry, model: type[Entry | Posting | Allocation]) -> None:
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        model._default_manager.all()._raw_delete(using="default")
    assert model._default_manager.exists()


@pytest.mark.parametrize(
    ("model", "field"), [(Entry, "reason"), (Posting, "amount"), (Allocation, "amount")]
)
def test_nothing_is_changed(
    entry: Entry, model: type[Entry | Posting | Allocation], field: str
) -> None:
    before = list(model._default_manager.values_list(field, flat=True))
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        model._default_manager.update(**{field: 99})
    assert list(model._default_manager.values_list(field, flat=True)) == before


def test_a_wallet_and_a_lot_never_go_below_zero(entry: Entry) -> None:
    for rows, change in (
        (Wallet.objects.all(), {"active": -1}),
        (Wallet.objects.all(), {"debt": -1}),
        (Lot.objects.all(), {"remaining": -1}),
        (Lot.objects.all(), {"remaining": 11}),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**change)


def test_nobody_approves_what_they_recorded(
    club: cast.Club, gloria: Member, django_user_model: type[User]
) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        ledger.adjust(
            gloria.account,
            5,
            "staff",
            "k",
            reason="Sorry",
            by=club.marketer,
            approved_by=club.marketer,
        )


def test_an_entry_that_does_not_balance_is_refused_at_the_commit_or_found(entry: Entry) -> None:
    Posting.objects.create(entry=entry, ledger_account="active", amount=1)
    if connection.vendor == "sqlite":
        # Without deferred triggers it is the audit that says so.
        assert "postings sum to zero" in {found.check for found in audit.differences()}
        return
    with pytest.raises(IntegrityError, match="do not sum to zero"):
        connection.check_constraints()
    transaction.set_rollback(True)


def test_installing_again_changes_nothing(entry: Entry) -> None:
    invariants.install(connection)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Entry.objects.filter(pk=entry.pk).update(reason="x")


def test_a_leg_too_few_is_a_mistake_of_the_program(gloria: Member) -> None:
    with pytest.raises(ValueError, match="positive whole number"):
        ledger.redeem(gloria.account, 0, "test", "k")
    with pytest.raises(ValueError, match="positive whole number"):
        ledger.redeem(gloria.account, 1.5, "test", "k")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="before they lapse"):
        earn(gloria.account, 5, "e", available_at=MARCH, expires_at=MARCH)
