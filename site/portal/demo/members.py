"""Households become accounts with a card and a member, who allowed what and answered what."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from portal.demo.people import (
    Person,
    has_partner_on_card,
    partner_of,
    person_of,
)
from portal.demo.shopping_data import ShoppingData
from portal.demo.tastes import (
    Answers,
    age_bands,
    answers_by_household,
    households_of_two_or_more,
)
from profiles.addresses import set_address
from profiles.consent import take_over
from profiles.models import (
    Account,
    Answer,
    Brand,
    Card,
    Choice,
    ConsentEvent,
    ConsentWording,
    ImportantDate,
    Member,
    Purpose,
    Topic,
)
from profiles.preferences import take_over_answers

SOURCE = "demo"
CARD_START = 2_700_000_000_000  # card numbers of the demo club count from here
CHUNK = 1_000


def create_members(
    brand: Brand, topics: dict[str, Topic], data: ShoppingData, first_day: datetime
) -> dict[int, int]:
    """Create everybody who shops; returns the mailed member's id by household.

    ``first_day`` is when the club's first mail went out: all have joined before.
    """
    people = _people(data)
    accounts = _accounts(brand, people, first_day)
    members = _members(people, accounts, first_day)
    _cards(accounts, members)
    _birthdays(people, members)
    take_over(_consents(people, members, topics, ConsentWording.objects.filter(brand=brand)))
    take_over_answers(_answers(answers_by_household(data), members, brand))
    _partners(people, accounts, data, first_day)
    return {household: member.pk for household, member in members.items()}


def _people(data: ShoppingData) -> list[Person]:
    ages, targeted = age_bands(data.demographics), set(data.targeted["household_id"].tolist())
    households = sorted(set(data.transactions["household_id"].tolist()) | targeted)
    return [person_of(h, ages.get(h, ""), targeted=h in targeted) for h in households]


def _accounts(brand: Brand, people: list[Person], first_day: datetime) -> dict[int, Account]:
    accounts = [
        Account(
            brand=brand,
            external_id=str(person.household),
            opened_at=first_day - timedelta(days=person.joined_days_before),
        )
        for person in people
    ]
    created = Account.objects.bulk_create(accounts, batch_size=CHUNK)
    return {person.household: account for person, account in zip(people, created, strict=True)}


def _members(
    people: list[Person], accounts: dict[int, Account], first_day: datetime
) -> dict[int, Member]:
    members = [_member(person, accounts[person.household], first_day) for person in people]
    created = Member.objects.bulk_create(members, batch_size=CHUNK)
    return {person.household: member for person, member in zip(people, created, strict=True)}


def _member(person: Person, account: Account, first_day: datetime) -> Member:
    joined_at = first_day - timedelta(days=person.joined_days_before)
    member = Member(
        account=account,
        first_name=person.first_name,
        last_name=person.last_name,
        language=person.language,
        status=Member.Status.ACTIVE,
        source=SOURCE,
        created_at=joined_at,
        joined_at=joined_at,
    )
    set_address(member, person.email)
    return member


def _cards(accounts: dict[int, Account], members: dict[int, Member]) -> None:
    Card.objects.bulk_create(
        [
            Card(
                brand_id=account.brand_id,
                account=account,
                member=members[household],
                number=str(CARD_START + household * 7),
                issued_at=account.opened_at,
            )
            for household, account in accounts.items()
        ],
        batch_size=CHUNK,
    )


def _birthdays(people: list[Person], members: dict[int, Member]) -> None:
    dates = [
        ImportantDate(
            member=members[person.household],
            month=person.birthday[0],
            day=person.birthday[1],
            year=person.birthday[2],
            told_at=members[person.household].created_at,
        )
        for person in people
        if person.birthday
    ]
    ImportantDate.objects.bulk_create(dates, batch_size=CHUNK)


def _consents(
    people: list[Person],
    members: dict[int, Member],
    topics: dict[str, Topic],
    wordings: Iterable[ConsentWording],
) -> Iterator[ConsentEvent]:
    wording = {row.topic_id: row for row in wordings}
    for person in people:
        member = members[person.household]
        for key in sorted(person.topics):
            yield _event(member, topics[key], "granted", wording[topics[key].pk])
        if person.tracking != "unknown":
            yield _event(member, None, person.tracking, wording[None])


def _event(
    member: Member, topic: Topic | None, action: str, wording: ConsentWording
) -> ConsentEvent:
    return ConsentEvent(
        member=member,
        purpose=Purpose.TOPIC if topic else Purpose.TRACKING,
        topic=topic,
        action=action,
        wording=wording,
        source=SOURCE,
        occurred_at=member.created_at,
    )


def _answers(
    told: dict[int, Answers], members: dict[int, Member], brand: Brand
) -> Iterator[Answer]:
    choices = {
        (choice.question.key, choice.key): choice
        for choice in Choice.objects.filter(question__group__brand=brand).select_related("question")
    }
    for household, answers in told.items():
        for key, chosen in answers.items():
            for choice in (choices[key, name] for name in chosen):
                yield Answer(
                    member=members[household],
                    question=choice.question,
                    choice=choice,
                    answered_at=members[household].created_at,
                    source=SOURCE,
                )


def _partners(
    people: list[Person], accounts: dict[int, Account], data: ShoppingData, first_day: datetime
) -> None:
    several = households_of_two_or_more(data.demographics)
    partners = [
        partner_of(person.household, person.language, person.last_name)
        for person in people
        if person.household in several and has_partner_on_card(person.household)
    ]
    rows = [_member(partner, accounts[partner.household], first_day) for partner in partners]
    Member.objects.bulk_create(rows, batch_size=CHUNK)
