"""Points that were earned before anybody registered, and accounts that become one."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db.models import Sum

from loyalty import audit, claiming, ledger, tiers
from loyalty.claiming import (
    NotClaimable,
    NotMergeable,
    TooManyTries,
    claim,
    merge_accounts,
    take_in,
)
from loyalty.models import Entry, Purchase, Refund, Tier, TierScheme, TierStanding, Wallet
from profiles import cards, households
from profiles.models import Account, Brand, Card, Member
from tests import cast
from tests.cast import Club
from tests.loyalty.books import MARCH, check_books, earn

NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)


@pytest.fixture
def blank(club: Club) -> Card:
    """A card fresh from the printer."""
    return cards.issue_batch(club.brand, 1, "Spring", club.marketer).cards.get()


@pytest.fixture
def used(club: Club, blank: Card) -> Card:
    """A card with 100 points that nobody has claimed, some pending, and a purchase."""
    account, _nobody = cards.account_of(club.brand, blank.number, MARCH)
    purchase = _purchase(account, "p-1")
    parcel = ledger.Parcel(60, MARCH, MARCH + timedelta(days=365), shares=((0, 60),))
    later = ledger.Parcel(40, NOW + timedelta(days=5))
    ledger.earn(
        account,
        [parcel, later],
        "test",
        "e-1",
        occurred_at=MARCH,
        purchase=purchase,
        qualifying=60,
        now=MARCH,
    )
    blank.refresh_from_db()
    return blank


def _purchase(account: Account, number: str, member: Member | None = None) -> Purchase:
    return Purchase.objects.create(
        account=account,
        member=member,
        brand=account.brand,
        source="till-1",
        external_id=number,
        occurred_at=MARCH,
        currency="EUR",
        total_minor=6000,
    )


def _refund(account: Account, purchase: Purchase, number: str = "r-1") -> Refund:
    return Refund.objects.create(
        account=account,
        brand=account.brand,
        purchase=purchase,
        source="till-1",
        external_id=number,
        occurred_at=NOW,
        currency="EUR",
        total_minor=1000,
    )


def _sound(*accounts: Account) -> None:
    for account in accounts:
        check_books(account)
    assert list(audit.differences()) == []


def _scheme(club: Club) -> tuple[Tier, Tier]:
    """Two tiers: from nothing, and from a hundred."""
    TierScheme.objects.create(brand=club.brand)
    regular = Tier.objects.create(brand=club.brand, key="regular", rank=0, threshold=0)
    return regular, Tier.objects.create(brand=club.brand, key="gold", rank=1, threshold=100)


def _counted(account: Account) -> int:
    sums = Entry.objects.filter(wallet__account=account).aggregate(points=Sum("qualifying"))
    return int(sums["points"] or 0)


def test_a_blank_card_becomes_the_members(club: Club, gloria: Member, blank: Card) -> None:
    card = claim(gloria, blank.number)
    assert (card.account, card.member) == (gloria.account, gloria)
    assert cards.account_of(club.brand, blank.number) == (gloria.account, gloria)
    assert [event.kind for event in card.events.all()] == ["claimed"]
    assert not Wallet.objects.exists()


def test_a_card_brings_its_points_and_purchases(gloria: Member, used: Card) -> None:
    old = used.account
    assert old is not None
    _refund(old, Purchase.objects.get())
    earn(gloria.account, 7, "g")
    claim(gloria, used.number, now=NOW)
    purchase, old = Purchase.objects.get(), Account.objects.get(pk=old.pk)
    assert (purchase.account, purchase.member) == (gloria.account, gloria)
    refund = Refund.objects.get()
    assert refund.purchase == purchase
    assert cards.surviving(refund.account) == gloria.account
    assert (old.merged_into, cards.surviving(old)) == (gloria.account, gloria.account)
    assert ledger.balance(gloria.account, NOW) == 67
    assert ledger.balance(gloria.account, NOW + timedelta(days=5)) == 107
    assert ledger.balance(old, NOW) == 0
    assert Wallet.objects.get(account=old).moved_to == gloria.account.wallet
    _sound(old, gloria.account)


def test_debt_of_a_card_is_paid_by_who_claims_it(gloria: Member, blank: Card) -> None:
    account, _nobody = cards.account_of(gloria.brand, blank.number, MARCH)
    ledger.redeem(account, 30, "till-1", "r", overdraw=True, now=MARCH)
    earn(gloria.account, 100, "g")
    claim(gloria, blank.number, now=NOW)
    assert ledger.balance(gloria.account, NOW) == 70
    _sound(account, gloria.account)


def test_a_return_after_the_claim_is_booked_on_the_wallet_that_is_left(
    gloria: Member, used: Card
) -> None:
    old = used.account
    assert old is not None
    earned = Entry.objects.get(kind="earn")
    claim(gloria, used.number, now=NOW)
    ledger.redeem(gloria.account, 50, "till-1", "spent", now=NOW)
    first, _second = earned.lots.order_by("pk")
    back = ledger.take_back(earned, {first.pk: 25}, "till-1", "back", qualifying=25, now=NOW)
    assert back.wallet == gloria.account.wallet
    gloria.account.wallet.refresh_from_db()
    assert (gloria.account.wallet.active, gloria.account.wallet.debt) == (0, 15)
    old_wallet = Wallet.objects.get(account=old)
    assert (old_wallet.active, old_wallet.pending, old_wallet.debt) == (0, 0, 0)
    _sound(old, gloria.account)


def test_what_counted_towards_a_tier_counts_on(gloria: Member, used: Card) -> None:
    claim(gloria, used.number, now=NOW)
    entries = Entry.objects.filter(wallet__account=gloria.account).exclude(qualifying=0)
    assert list(entries.values_list("qualifying", "qualified_at")) == [(60, MARCH)]


def test_what_moves_there_and_back_counts_once(club: Club, gloria: Member) -> None:
    other = Account.objects.create(brand=club.brand)
    parcel = ledger.Parcel(60, MARCH)
    ledger.earn(gloria.account, [parcel], "test", "e", occurred_at=MARCH, qualifying=60, now=MARCH)
    for number, pair in enumerate([(gloria.account, other), (other, gloria.account)]):
        ledger.transfer(*pair, "test", f"move-{number}", reason="Moved", now=NOW)
    counted = [_counted(account) for account in (gloria.account, other)]
    assert counted == [60, 0]
    _sound(gloria.account, other)


def test_a_tier_that_was_granted_goes_along(club: Club, gloria: Member) -> None:
    _regular, gold = _scheme(club)
    origin = cast.bruno(club).account
    tiers.grant(origin, gold, NOW + timedelta(days=90), "A friend of the house", club.marketer, NOW)
    merge_accounts(origin, gloria.account, club.marketer, NOW)
    stands = tiers.standing(gloria.account, NOW)
    assert stands
    assert (stands.tier, stands.granted_until) == (gold, NOW + timedelta(days=90))
    tiers.recompute(club.brand, NOW)
    assert not TierStanding.objects.filter(account=origin).exists()


def test_claiming_again_changes_nothing(gloria: Member, used: Card) -> None:
    first = claim(gloria, used.number, now=NOW)
    entries = Entry.objects.count()
    assert claim(gloria, used.number, now=NOW) == first
    assert Entry.objects.count() == entries
    assert first.events.filter(kind="claimed").count() == 1


def test_a_replaced_card_that_nobody_claimed_brings_everything(gloria: Member, used: Card) -> None:
    new = cards.replace(used, None)
    with pytest.raises(NotClaimable):
        claim(gloria, used.number, now=NOW)
    claim(gloria, new.number, now=NOW)
    used.refresh_from_db()
    assert (used.account, used.member) == (gloria.account, gloria)
    assert ledger.balance(gloria.account, NOW) == 60


def test_other_tables_move_along(gloria: Member, used: Card) -> None:
    old, seen = used.account, []
    claiming.register("test", lambda origin, target: seen.append((origin, target)))
    try:
        claim(gloria, used.number, now=NOW)
    finally:
        del claiming._moves["test"]
    assert seen == [(old, gloria.account)]


def _of_another_member(club: Club, card: Card) -> None:
    claim(cast.bruno(club), card.number)


def _of_a_household(club: Club, card: Card) -> None:
    Card.objects.filter(pk=card.pk).update(account=cast.bruno(club).account, member=None)


def _blocked(club: Club, card: Card) -> None:
    cards.block(card, "Stolen", None)


def _of_another_brand(club: Club, card: Card) -> None:
    other = Brand.objects.create(name="El Faro", slug="el-faro", postal_address="2 Quay Street")
    Card.objects.filter(pk=card.pk).update(brand=other)


def _unknown(club: Club, card: Card) -> None:
    card.delete()


def _of_who_left(club: Club, card: Card) -> None:
    bruno = cast.bruno(club)
    claim(bruno, card.number)
    Member.objects.filter(pk=bruno.pk).update(status=Member.Status.LEFT)


@pytest.mark.parametrize(
    "happened",
    [_of_another_member, _of_a_household, _blocked, _of_another_brand, _unknown, _of_who_left],
)
def test_every_kind_of_no_is_the_same(
    club: Club, gloria: Member, blank: Card, happened: Callable[[Club, Card], None]
) -> None:
    happened(club, blank)
    with pytest.raises(NotClaimable, match="Check the number, or ask at the shop"):
        claim(gloria, blank.number)
    assert not gloria.cards.filter(number=blank.number).exists()


def test_numbers_can_be_tried_five_times_an_hour(club: Club, gloria: Member, blank: Card) -> None:
    for guess in range(5):
        with pytest.raises(NotClaimable):
            claim(gloria, f"47{guess}", now=NOW)
    with pytest.raises(TooManyTries):
        claim(gloria, blank.number, now=NOW)
    claim(cast.bruno(club), blank.number, now=NOW)


def test_staff_may_try_as_often_as_they_need(club: Club, gloria: Member, blank: Card) -> None:
    for guess in range(6):
        with pytest.raises(NotClaimable):
            claim(gloria, f"47{guess}", by=club.marketer, now=NOW)
    card = claim(gloria, blank.number, by=club.marketer, now=NOW)
    assert card.events.get().by == club.marketer


def test_two_households_become_one(club: Club, gloria: Member) -> None:
    bruno = cast.bruno(club)
    origin = bruno.account
    earn(origin, 30, "b", now=MARCH)
    purchase = _purchase(origin, "p-2", bruno)
    merge_accounts(origin, gloria.account, club.marketer, NOW)
    bruno.refresh_from_db()
    purchase.refresh_from_db()
    assert bruno.account == purchase.account == gloria.account
    assert purchase.member == bruno
    assert bruno.cards.get().account == gloria.account
    assert ledger.balance(gloria.account, NOW) == 30
    _sound(origin, gloria.account)


def test_merging_three_leads_to_the_last(club: Club, gloria: Member) -> None:
    first, second = (Account.objects.create(brand=club.brand) for _two in range(2))
    earned = earn(first, 30, "b", now=MARCH)
    merge_accounts(first, second, now=NOW)
    merge_accounts(second, gloria.account, now=NOW)
    first.refresh_from_db()
    assert first.merged_into == gloria.account
    back = ledger.take_back(earned, {earned.lots.get().pk: 30}, "till-1", "back", now=NOW)
    assert (back.wallet, ledger.balance(gloria.account)) == (gloria.account.wallet, 0)


def test_accounts_merge_once_and_within_a_brand(club: Club, gloria: Member) -> None:
    other = Brand.objects.create(name="El Faro", slug="el-faro", postal_address="2 Quay Street")
    origin = Account.objects.create(brand=club.brand)
    merge_accounts(origin, gloria.account)
    for one, another in (
        (origin, gloria.account),
        (gloria.account, origin),
        (gloria.account, gloria.account),
        (gloria.account, Account.objects.create(brand=other)),
    ):
        with pytest.raises(NotMergeable):
            merge_accounts(one, another)


def test_who_joins_a_household_alone_brings_the_points(club: Club, gloria: Member) -> None:
    bruno = cast.bruno(club)
    earn(bruno.account, 30, "b", now=MARCH)
    assert take_in(gloria.account, bruno, now=NOW).account == gloria.account
    assert ledger.balance(gloria.account, NOW) == 30


def test_who_leaves_somebody_behind_leaves_the_points_too(club: Club, gloria: Member) -> None:
    bruno, eva = cast.bruno(club), cast.eva(club)
    take_in(bruno.account, eva, now=NOW)
    earn(bruno.account, 30, "b", now=MARCH)
    assert take_in(gloria.account, eva, now=NOW).account == gloria.account
    assert ledger.balance(gloria.account, NOW) == 0
    assert ledger.balance(bruno.account, NOW) == 30


def test_points_stay_when_somebody_moves_out(club: Club, gloria: Member) -> None:
    bruno = cast.bruno(club)
    earn(gloria.account, 30, "g", now=MARCH)
    take_in(gloria.account, bruno, now=NOW)
    households.remove(bruno)
    assert (ledger.balance(gloria.account, NOW), ledger.balance(bruno.account, NOW)) == (30, 0)
