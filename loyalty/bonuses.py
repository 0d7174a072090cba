"""One-off bonuses: joining, a complete profile, an answer, and each year's birthday.

A bonus is booked once per rule family and member, a birthday's once per calendar year, under an
idempotency key that says so: whatever anyone does to a date, an answer or a clock, it is paid once.
Only active members get one; what a member did before joining counts when they join.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from loyalty import ledger
from loyalty.earning.facts import Lasting
from loyalty.earning.lasting import available_at, expires_at
from loyalty.idempotency import KeyReused
from loyalty.models import BonusRule, Entry
from loyalty.models.earn_rules import words_for
from profiles.completeness import percent_answered
from profiles.models import Answer, Brand, ImportantDate, Member, Question
from profiles.time_zones import zone_named

SOURCE = "bonus"
ONCE = "once"
CHUNK = 2_000
TRIES = 3
CATCH_UP_DAYS = 3  # how long after a birthday a task that did not run may still pay

Occasion = BonusRule.Occasion


def rules_at(brand: Brand, occasion: Occasion, moment: datetime) -> list[BonusRule]:
    """The version of each family of that occasion that counts at a moment."""
    begun = BonusRule.objects.filter(brand=brand, occasion=occasion, valid_from__lte=moment)
    youngest = {rule.family: rule for rule in begun.order_by("valid_from", "pk")}
    return [
        rule for rule in youngest.values() if rule.valid_until is None or moment < rule.valid_until
    ]


def pay(member: Member, occasion: Occasion, now: datetime | None = None) -> list[int]:
    """Pay a member the bonuses of an occasion; returns their entries, also of a repetition."""
    now = now or timezone.now()
    if member.status != Member.Status.ACTIVE:
        return []
    rules = rules_at(member.account.brand, occasion, now)
    return _book(member.account.brand, rules, [(member.pk, member.account_id)], ONCE, now)


def waiting(member: Member, occasion: Occasion, now: datetime | None = None) -> int:
    """The points that an occasion which pays once still holds for a member."""
    rules = rules_at(member.account.brand, occasion, now or timezone.now())
    known = _known(f"{rule.family}:{member.pk}:{ONCE}" for rule in rules)
    return sum(r.points for r in rules if f"{r.family}:{member.pk}:{ONCE}" not in known)


def pay_for_joining(member: Member, **_news: Any) -> None:
    """Pay what joining brings, and what was answered before it."""
    pay(member, Occasion.JOINING)
    answers = Answer.objects.filter(member=member).values("question").distinct()
    for question in Question.objects.filter(pk__in=answers):
        pay_for_answer(member, question)


def pay_for_answer(member: Member, question: Question, **_news: Any) -> None:
    """Pay what this answer brings, and a profile that is complete by it."""
    now = timezone.now()
    if member.status != Member.Status.ACTIVE:
        return
    brand, one = member.account.brand, [(member.pk, member.account_id)]
    rules = rules_at(brand, Occasion.ANSWER, now)
    _book(brand, [rule for rule in rules if rule.question_id == question.pk], one, ONCE, now)
    if profiles := rules_at(brand, Occasion.PROFILE, now):
        percent = percent_answered(member)
        complete = [rule for rule in profiles if percent >= rule.complete_percent]
        _book(brand, complete, one, ONCE, now)


def pay_birthdays(brand: Brand, today: date | None = None, now: datetime | None = None) -> int:
    """Pay the birthdays of ``today`` (in the brand's zone) and of the days just before.

    Returns how many members were concerned. Repeating it pays nobody again. Days before are for a
    task that did not run; a date that was told only after its day waits for the next year.
    """
    now = now or timezone.now()
    zone = zone_named(brand.time_zone)
    today = today or now.astimezone(zone).date()
    concerned = 0
    for ago in range(CATCH_UP_DAYS, -1, -1):
        day = today - timedelta(days=ago)
        midnight = datetime.combine(day, time(), zone)
        rules = rules_at(brand, Occasion.BIRTHDAY, midnight + timedelta(hours=12))
        if not rules:
            continue
        told_by = midnight + timedelta(days=1)
        for chunk in _born_on(brand, day, told_by):
            _book(brand, rules, chunk, str(day.year), now)
            concerned += len(chunk)
    return concerned


def _born_on(brand: Brand, day: date, told_by: datetime) -> Iterator[list[tuple[int, int]]]:
    """Active members and their accounts; who was born on a 29 February has it on the 28th."""
    its = Q(month=day.month, day=day.day)
    if (day.month, day.day) == (2, 28) and not _is_leap(day.year):
        its |= Q(month=2, day=29)
    rows = ImportantDate.objects.filter(
        its,
        relation=ImportantDate.Relation.SELF,
        occasion=ImportantDate.Occasion.BIRTHDAY,
        told_at__lt=told_by,
        member__status=Member.Status.ACTIVE,
        member__account__brand=brand,
    )
    last = 0
    page = rows.order_by("member_id").values_list("member_id", "member__account_id")
    while chunk := list(page.filter(member_id__gt=last)[:CHUNK]):
        yield chunk
        last = chunk[-1][0]


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def _book(
    brand: Brand,
    rules: Sequence[BonusRule],
    members: Sequence[tuple[int, int]],
    about: str,
    now: datetime,
) -> list[int]:
    """Pay each rule to each member who has not had it; returns all the entries."""
    people = Member.objects.filter(pk__in=[member for member, _account in members])
    languages = dict(people.values_list("pk", "language"))
    earnings = [
        replace(
            _earning(brand, rule, member, account, about, now),
            reason=words_for(rule, languages[member]),
        )
        for rule in rules
        for member, account in members
    ]
    for last_try in (False,) * (TRIES - 1) + (True,):
        known = _known(one.key for one in earnings)
        new = [one for one in earnings if one.key not in known]
        try:
            with transaction.atomic():
                return [*known.values(), *(ledger.earn_many(new, now) if new else [])]
        except KeyReused:
            # Paid at the same moment by somebody else, to another second: now it is found.
            if last_try:
                raise
    raise AssertionError


def _earning(
    brand: Brand, rule: BonusRule, member: int, account: int, about: str, now: datetime
) -> ledger.Earning:
    lasting = Lasting(rule.pending_days, rule.valid_days, rule.ends_with)
    end = expires_at(lasting, now, zone_named(brand.time_zone))
    return ledger.Earning(
        account_id=account,
        parcels=(ledger.Parcel(rule.points, available_at(lasting, now), end),),
        source=SOURCE,
        key=f"{rule.family}:{member}:{about}",
        occurred_at=now,
        qualifying=rule.points if rule.qualifies else 0,
    )


def _known(keys: Iterable[str]) -> dict[str, int]:
    rows = Entry.objects.filter(source=SOURCE, idempotency_key__in=list(keys))
    return dict(rows.values_list("idempotency_key", "pk"))
