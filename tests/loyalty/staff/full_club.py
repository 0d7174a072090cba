"""A club with some of everything that the staff site can show."""

from datetime import UTC, datetime, timedelta

from django.db.models import F
from django.utils import timezone
from wagtail.log_actions import log

from campaigns import lifecycle
from campaigns.models import DomainLimit, Segment, SendingRules
from loyalty import (
    audit,
    ledger,
    months,
    service_desk,
    switch_over,
    till_keys,
    voucher_pools,
    vouchers,
    worklist,
)
from loyalty.models import (
    BonusRule,
    BookEvent,
    LoyaltyRules,
    Offer,
    ReferralRule,
    ServiceLimits,
    Tier,
    TierScheme,
    Wallet,
    WorklistItem,
)
from profiles.models import Card, Member, MemberList, Store
from tests import cast
from tests.cast import Club
from tests.loyalty.books import earn
from tests.loyalty.reward_cast import reward, rich, take

LONG_AGO = datetime(2026, 2, 3, 12, tzinfo=UTC)


def personal(club: Club) -> tuple[list[Member], list[str]]:
    """The cast with names nobody takes for a word, phones and cards; and all that is personal."""
    found: list[str] = []
    for number, (name, person) in enumerate(cast.everyone(club).items()):
        person.first_name, person.last_name = f"{name}zetta", f"Quintanilla{number}"
        person.phone = f"+3460055512{number}"
        person.save()
        card = Card.objects.create(
            account=person.account, member=person, number=f"290000000{number:04}"
        )
        found += [person.first_name, person.last_name, person.phone, person.phone[3:], card.number]
        found += [person.email] if person.email else []
    people = list(Member.objects.order_by("pk"))
    return people, found


def fill(club: Club, people: list[Member]) -> None:
    """Points, rewards, vouchers, requests, campaigns, a closed month, a switch-over, an audit."""
    gloria = people[-1]
    earn(gloria.account, 40, "old", LONG_AGO, now=LONG_AGO)
    _loyalty(club, gloria)
    _campaigns(club, people)
    _books(club)
    log(instance=gloria, action="wagtail.edit", user=club.marketer)


def _loyalty(club: Club, gloria: Member) -> None:
    rich(gloria)
    take(gloria, reward(club, stock=5))
    ledger.redeem(gloria.account, 10, "till-1", "r", reason="Bread")
    offer = cast.offer(club)
    vouchers.issue([offer.pk], [gloria.pk])
    voucher_pools.create(offer, "Flyer")
    _rules(club)
    store = Store.objects.create(brand=club.brand, code="01", name="Corner")
    till_keys.create(club.brand, "till-1", store)
    asked = service_desk.Asked(club.marketer, "Sorry", "desk:1")
    service_desk.adjust_points(asked, gloria.account, 1_000_000)
    kind = WorklistItem.Kind.values[0]
    worklist.open_item(club.brand, WorklistItem.Kind(kind), "till-1", "w", account=gloria.account)


def _rules(club: Club) -> None:
    TierScheme.objects.create(brand=club.brand)
    Tier.objects.create(brand=club.brand, key="regular", rank=0, threshold=0)
    LoyaltyRules.objects.get_or_create(brand=club.brand)
    ServiceLimits.objects.get_or_create(brand=club.brand)
    since = {"brand": club.brand, "valid_from": LONG_AGO}
    BonusRule.objects.create(family="hello", occasion="joining", name="Hello", points=5, **since)
    ReferralRule.objects.create(referrer_points=5, **since)


def _campaigns(club: Club, people: list[Member]) -> None:
    Segment.objects.create(brand=club.brand, name="All")
    SendingRules.objects.get_or_create(brand=club.brand)
    DomainLimit.objects.create(domain="example.com", per_minute=60)
    chosen = MemberList.objects.create(brand=club.brand, name="Tasters")
    for person in people:
        chosen.entries.create(member=person)
    lifecycle.start(cast.approved(club, cast.campaign(club, *Offer.objects.all())))


def _books(club: Club) -> None:
    for event in BookEvent.values:
        club.brand.ledger_codes.create(event=event, debit="6000", credit="2100")
    months.close(club.brand, LONG_AGO.date().replace(day=1), club.approver)
    go = switch_over.start(club.brand, timezone.now() - timedelta(days=400))
    rows = ["card,points\n", "2900000000006,25\n", "2900000009999,1\n"]
    switch_over.load(go, "lots", rows, "points.csv")
    # What differs is told, too.
    Wallet.objects.update(active=F("active") + 1)
    assert audit.audit().differences
