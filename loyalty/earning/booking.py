"""Booking what purchases earn: the same facts, arithmetic and entries for one and for thousands.

Within an account the order decides who finds a cap open, so purchases are taken by the moment at
which they happened. A purchase that has earned is left alone.
"""

from collections.abc import Sequence
from datetime import datetime
from operator import attrgetter

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from loyalty import ledger
from loyalty.bulk import Among, refresh_statistics
from loyalty.earn_rules import EARNING_KEY, EARNING_SOURCE
from loyalty.earning.baskets import Bought, bought, of_purchases
from loyalty.earning.caps import book_budgets, lock_caps
from loyalty.earning.earner import Earner
from loyalty.earning.facts import Award
from loyalty.earning.lasting import available_at, expires_at
from loyalty.models import Entry, Lot, Posting, Purchase, Wallet, WorklistItem
from profiles.models import Brand

BATCH = 2_000


@transaction.atomic
def earn(purchase: Purchase, now: datetime | None = None) -> Entry | None:
    """Book what a purchase earns by the rules of its day; None when that is nothing."""
    brand = purchase.brand
    if purchase.currency != brand.currency:
        return None
    made = earn_batch(brand, bought([purchase]), now)
    return Entry.objects.get(pk=made[purchase.pk]) if purchase.pk in made else None


@transaction.atomic
def earn_batch(
    brand: Brand,
    purchases: Sequence[Bought],
    now: datetime | None = None,
    *,
    earner: Earner | None = None,
    fresh: bool = False,
) -> dict[int, int]:
    """Book what purchases in the brand's currency earn; returns their entries by purchase.

    Those that earn nothing are missing in it. ``fresh`` says that none can have earned before;
    an ``earner`` is worth keeping from batch to batch.
    """
    earner = earner or Earner(brand)
    if not earner.rulebook.rules:
        return {}
    lock_caps(brand, earner.rulebook, {each.account for each in purchases})
    known = {} if fresh else _entries_of([each.pk for each in purchases])
    new = sorted((each for each in purchases if each.pk not in known), key=attrgetter("at", "pk"))
    earned = [(each, awards) for each, awards in earner.earn(new) if awards]
    book_budgets(brand, (award for _each, awards in earned for award in awards))
    earnings = [_earning(each, awards, earner) for each, awards in earned]
    entries = _book(earnings, now or timezone.now())
    return known | dict(zip((one.purchase_id or 0 for one in earnings), entries, strict=True))


def earn_in_bulk(brand: Brand, now: datetime | None = None) -> int:
    """Let every purchase of the brand that has not earned do so; returns how many did.

    A batch is a transaction: interrupted, the next run goes on. Memory does not grow.
    """
    now, earner, earned = now or timezone.now(), Earner(brand), 0
    for batch in of_purchases(brand, BATCH, leave_out=_settled):
        earned += len(earn_batch(brand, batch, now, earner=earner)) if batch else 0
    if earned:
        refresh_statistics(Entry, Lot, Posting, Wallet)
    return earned


def awards_of(purchase: Purchase) -> list[Award]:
    """What a purchase would earn by the rules of its day, caps as they stand; books nothing."""
    if purchase.currency != purchase.brand.currency:
        return []
    earned = list(Earner(purchase.brand).earn(bought([purchase])))
    return earned[0][1]


def _earning(each: Bought, awards: Sequence[Award], earner: Earner) -> ledger.Earning:
    parcels = tuple(
        ledger.Parcel(
            award.points,
            available_at(award.rule.lasting, each.at),
            expires_at(award.rule.lasting, each.at, earner.zone),
            award.rule.pk,
            award.shares if each.has_lines else (),
        )
        for award in awards
    )
    return ledger.Earning(
        account_id=each.account,
        parcels=parcels,
        source=EARNING_SOURCE,
        key=f"{EARNING_KEY}{each.pk}",
        occurred_at=each.at,
        purchase_id=each.pk,
        qualifying=sum(award.points for award in awards if award.rule.qualifies),
    )


def _book(earnings: Sequence[ledger.Earning], now: datetime) -> list[int]:
    return ledger.earn_many(earnings, now) if earnings else []


def _settled(purchases: Sequence[int]) -> set[int]:
    """Those that have earned, and late copies of receipts that the service desk credited."""
    copies = WorklistItem.objects.filter(
        Among(F("purchase_id"), purchases), kind=WorklistItem.Kind.DUPLICATE_RECEIPT
    )
    return {pk for pk in copies.values_list("purchase_id", flat=True) if pk} | {
        *_entries_of(purchases)
    }


def _entries_of(purchases: Sequence[int]) -> dict[int, int]:
    """The entries of those purchases that have earned, by purchase."""
    # By the whole unique key: a planner that believes in an empty table still takes its index.
    keys = {f"{EARNING_KEY}{pk}": pk for pk in purchases}
    found = Entry.objects.filter(Among(F("idempotency_key"), keys), source=EARNING_SOURCE)
    return {keys[key]: pk for key, pk in found.values_list("idempotency_key", "pk")}
