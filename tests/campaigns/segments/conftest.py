"""A small club whose members differ in everything that a segment may ask."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from django.utils import timezone

from campaigns.models import Segment
from loyalty.models import Product, Purchase, PurchaseLine
from profiles.models import (
    Account,
    Answer,
    Brand,
    Choice,
    Member,
    MemberList,
    MemberListEntry,
    Question,
    QuestionGroup,
    Subscription,
    Topic,
)

DEPARTMENTS = ["Wine", "Bakery"]


@dataclass
class Club:
    """What there is to ask for, and who is there to be asked."""

    brand: Brand
    choices: list[Choice]
    questions: list[Question]
    topics: list[Topic]
    lists: list[MemberList]
    members: list[Member] = field(default_factory=list)

    def segment(self, *rows: Mapping[str, Any], match: str = "all") -> Segment:
        """An unsaved segment with these stored rows."""
        return Segment(brand=self.brand, name="A segment", match=match, rules=list(rows))


@pytest.fixture
def club(db: None) -> Club:
    """Twelve members in ten households, drawn from a fixed seed."""
    brand = Brand.objects.create(name="La Esquina", slug="esquina", sender_email="a@b.example")
    group = QuestionGroup.objects.create(brand=brand, key="food", title={"en": "Food"})
    questions = [
        Question.objects.create(group=group, key=key, kind="any_of", text={"en": key.title()})
        for key in ("aisles", "drinks")
    ]
    choices = [
        Choice.objects.create(question=question, key=key, label={"en": key.title()})
        for question in questions
        for key in ("one", "two")
    ]
    topics = [
        Topic.objects.create(brand=brand, key=key, name={"en": key.title()})
        for key in ("weekly", "wine")
    ]
    lists = [MemberList.objects.create(brand=brand, name=name) for name in ("Tasting", "Press")]
    club = Club(brand, choices, questions, topics, lists)
    _populate(club, Random(7))
    return club


def _populate(club: Club, dice: Random) -> None:
    accounts = [Account.objects.create(brand=club.brand) for _ in range(10)]
    for number in range(12):
        member = Member.objects.create(
            account=accounts[number % 10],
            first_name=f"Member {number}",
            language=dice.choice(["en", "es"]),
            status="active",
        )
        club.members.append(member)
        _tell(club, member, dice)
    products = [
        Product.objects.create(
            brand=club.brand, sku=name, name=name, department=name, category=f"{name} 1"
        )
        for name in DEPARTMENTS
    ]
    for account in accounts:
        for number in range(dice.randrange(5)):
            age = timedelta(days=dice.randrange(1, 120))
            bought(account, dice.choice(products), timezone.now() - age, f"{account.pk}-{number}")


def _tell(club: Club, member: Member, dice: Random) -> None:
    for choice in club.choices:
        if dice.random() < 0.4:
            Answer.objects.create(member=member, question=choice.question, choice=choice)
    for topic in club.topics:
        state = dice.choice(["pending", "subscribed", "withdrawn"])
        Subscription.objects.create(member=member, topic=topic, state=state)
    for member_list in club.lists:
        if dice.random() < 0.4:
            MemberListEntry.objects.create(member_list=member_list, member=member)


def bought(account: Account, product: Product, at: datetime, key: str, quantity: int = 1) -> None:
    """Record a basket with one article."""
    purchase = Purchase.objects.create(
        account=account,
        brand=account.brand,
        source="till",
        external_id=key,
        occurred_at=at,
        currency="EUR",
        total_minor=500,
    )
    PurchaseLine.objects.create(
        purchase=purchase, product=product, quantity=quantity, amount_minor=500
    )
