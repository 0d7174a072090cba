"""What members tell us: answers, language, birthday, pauses and caps."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from profiles.models import Answer, Choice, ImportantDate, Member, Question
from profiles.signals import answered

Value = Sequence[int] | int | date | str | None
MAX_TEXT = 2_000
SCALE = range(1, 6)
BIGGEST = 2**63 - 1
LEAP_YEAR = 2000


class InvalidAnswer(ValueError):
    """The value does not fit the question; the message says why."""


@transaction.atomic
def answer(member: Member, question: Question, value: Value, source: str = "portal") -> None:
    """Replace the member's answer; ``None`` or an empty value clears it.

    ``value`` is choice ids for one-of and any-of, an integer for scale and number, a date, or a
    text. Raises InvalidAnswer.
    """
    rows = _rows(question, value)
    # A text keeps its line, without what PostgreSQL cannot store.
    Answer.objects.filter(member=member, question=question).delete()
    now = timezone.now()
    Answer.objects.bulk_create(
        Answer(member=member, question=question, source=source, answered_at=now, **row)
        for row in rows
    )
    if rows:
        answered.send(sender=Answer, member=member, question=question)


def take_over_answers(answers: Iterable[Answer]) -> None:
    """Bring in answers that new members gave elsewhere; known ones stay as they are."""
    Answer.objects.bulk_create(answers, batch_size=1_000, ignore_conflicts=True)


def answers_of(member: Member) -> dict[str, Any]:
    """The member's answers by question key: choice keys in a list, or the typed value."""
    return answers_of_many([member.pk]).get(member.pk, {})


def answers_of_many(members: Iterable[int] | QuerySet[Any]) -> dict[int, dict[str, Any]]:
    """The answers of many members, in one query; ``members`` are ids, or a query for them."""
    found: dict[int, dict[str, Any]] = defaultdict(dict)
    rows = Answer.objects.filter(member__in=members).values_list(
        "member_id", "question__key", "choice__key", "number", "date", "text"
    )
    for member_id, key, choice, number, day, text in rows.order_by("pk"):
        if choice is None:
            found[member_id][key] = next((v for v in (number, day) if v is not None), text)
        else:
            found[member_id].setdefault(key, []).append(choice)
    return dict(found)


def pause(member: Member, until: datetime | None) -> None:
    """Send no marketing until then; ``None`` ends the pause."""
    Member.objects.filter(pk=member.pk).update(paused_until=until)


def set_weekly_cap(member: Member, mails: int | None) -> None:
    """Send at most so many marketing mails in seven days; ``None`` lifts the cap."""
    Member.objects.filter(pk=member.pk).update(weekly_cap=mails)


def set_language(member: Member, language: str) -> None:
    """Write to the member in this language. Raises InvalidAnswer for one the site lacks."""
    if language not in dict(settings.LANGUAGES):
        raise InvalidAnswer("The club does not speak this language.")
    Member.objects.filter(pk=member.pk).update(language=language)


def set_birthday(member: Member, month: int, day: int, year: int | None = None) -> None:
    """Remember the member's own birthday. Raises InvalidAnswer for a day that does not exist."""
    try:
        born = date(year or LEAP_YEAR, month, day)
    except ValueError:
        raise InvalidAnswer("This day does not exist.") from None
    if (year and year < 1900) or born > timezone.localdate():
        raise InvalidAnswer("This year cannot be right.")
    ImportantDate.objects.update_or_create(
        member=member,
        relation=ImportantDate.Relation.SELF,
        occasion=ImportantDate.Occasion.BIRTHDAY,
        defaults={"month": month, "day": day, "year": year, "told_at": timezone.now()},
    )


def _rows(question: Question, value: Value) -> list[dict[str, Any]]:
    if value is None or value == "" or value == []:
        return []
    kind = Question.Kind(question.kind)
    if kind in (Question.Kind.ONE_OF, Question.Kind.ANY_OF):
        return [{"choice": choice} for choice in _choices(question, value)]
    if kind in (Question.Kind.SCALE, Question.Kind.NUMBER):
        return [{"number": _number(value, scale=kind == Question.Kind.SCALE)}]
    if kind == Question.Kind.DATE:
        if not isinstance(value, date):
            raise InvalidAnswer("This is not a date.")
        return [{"date": value}]
    return [{"text": str(value).replace("\x00", "").strip()[:MAX_TEXT]}]


def _choices(question: Question, value: Value) -> list[Choice]:
    given = [value] if isinstance(value, int) else value
    if not isinstance(given, Sequence) or isinstance(given, str):
        raise InvalidAnswer("Choose from the list.")
    if question.kind == Question.Kind.ONE_OF and len(set(given)) > 1:
        raise InvalidAnswer("Choose one answer.")
    choices = list(Choice.objects.filter(question=question, pk__in=given))
    if len(choices) != len(set(given)):
        raise InvalidAnswer("This answer does not belong to the question.")
    return choices


def _number(value: Value, *, scale: bool) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidAnswer("This is not a whole number.")
    if scale and value not in SCALE:
        raise InvalidAnswer("Choose a number from 1 to 5.")
    if abs(value) > BIGGEST:
        raise InvalidAnswer("This number is too large.")
    return value
