"""What members tell us: answers, language, birthday, pauses and caps."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from profiles.conditions import Conditions, conditions
from profiles.models import Answer, Choice, ImportantDate, Member, Question
from profiles.models.preferences import LONGEST_TEXT
from profiles.signals import answered

Value = Sequence[int] | int | date | str | None
MAX_TEXT = LONGEST_TEXT
BIGGEST = 2**63 - 1
LEAP_YEAR = 2000


class InvalidAnswer(ValueError):
    """The value does not fit the question; the message says why."""


class QuestionClosed(InvalidAnswer):
    """The question is no longer asked, or never was of this member; what was said stays."""


@transaction.atomic
def answer(member: Member, question: Question, value: Value, source: str = "portal") -> None:
    """Replace the member's answer; ``None`` or an empty value clears it.

    ``value`` is choice ids for one-of and any-of, an integer for scale and number, a date, or a
    text. Answers to questions that depend on this one and are thereby no longer asked are deleted.
    Raises InvalidAnswer for a value that does not fit, QuestionClosed for a question that is gone,
    switched off or not asked of this member; clearing is always allowed.
    """
    # Two answers at the same moment: the later one finds the rows of the earlier one.
    Member.objects.select_for_update().get(pk=member.pk)
    given = value not in (None, "", [], ())
    rules = conditions()
    if given:
        _check_open(member, question, rules)
    rows = _rows(member, question, value) if given else []
    Answer.objects.filter(member=member, question=question).delete()
    now = timezone.now()
    Answer.objects.bulk_create(
        Answer(member=member, question=question, source=source, answered_at=now, **row)
        for row in rows
    )
    _forget_hidden(member, rules)
    if rows:
        answered.send(sender=Answer, member=member, question=question)


def ticked(member: Member) -> set[int]:
    """The ids of all choices that the member ticked."""
    rows = Answer.objects.filter(member=member, choice__isnull=False)
    return set(rows.values_list("choice_id", flat=True))


def forget_old_answers(now: datetime | None = None) -> int:
    """Delete the answers that are older than their question may keep them; returns how many."""
    now = now or timezone.now()
    deleted = 0
    for question in Question.objects.exclude(keep_days=None):
        since = now - timedelta(days=question.keep_days or 0)
        old = Answer.objects.filter(question=question, answered_at__lte=since)
        deleted += old.delete()[0]
    return deleted


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


def _check_open(member: Member, question: Question, rules: Conditions) -> None:
    # As it is now: the page may have been open while the question was withdrawn.
    live = Question.objects.filter(pk=question.pk, is_active=True)
    if not live.exists():
        raise QuestionClosed(_("This question is no longer asked."))
    # What is sensitive takes a consent of its own; nobody can give that yet.
    if question.is_sensitive or not rules.hold(question.pk, ticked(member)):
        raise QuestionClosed(_("This question is not asked of you."))


def _forget_hidden(member: Member, rules: Conditions) -> None:
    """What was said under a condition goes with it: it would be segmented by and never seen."""
    if not rules.needs:
        return
    there = ticked(member)
    hidden = [pk for pk in rules.needs if not rules.hold(pk, there)]
    Answer.objects.filter(member=member, question__in=hidden).delete()


def _rows(member: Member, question: Question, value: Value) -> list[dict[str, Any]]:
    kind = Question.Kind(question.kind)
    if kind in (Question.Kind.ONE_OF, Question.Kind.ANY_OF):
        return [{"choice": choice} for choice in _choices(member, question, value)]
    if kind in (Question.Kind.SCALE, Question.Kind.NUMBER):
        return [{"number": _number(question, value)}]
    if kind == Question.Kind.DATE:
        # A moment is a date to Python, not to the database's day.
        if not isinstance(value, date) or isinstance(value, datetime):
            raise InvalidAnswer(_("This is not a date."))
        return [{"date": value}]
    text = _text(question, value)
    return [{"text": text}] if text else []


def _text(question: Question, value: Value) -> str:
    """A text keeps its lines, without what PostgreSQL cannot store."""
    text = str(value).replace("\x00", "").strip()
    if question.max_length and len(text) > question.max_length:
        raise InvalidAnswer(_("Write at most %s characters.") % question.max_length)
    return text[:MAX_TEXT]


def _choices(member: Member, question: Question, value: Value) -> list[Choice]:
    given = [value] if isinstance(value, int) else value
    if not isinstance(given, Sequence) or isinstance(given, str):
        raise InvalidAnswer(_("Choose from the list."))
    if question.kind == Question.Kind.ONE_OF and len(set(given)) > 1:
        raise InvalidAnswer(_("Choose one answer."))
    choices = list(Choice.objects.filter(question=question, pk__in=given))
    if len(choices) != len(set(given)):
        raise InvalidAnswer(_("This answer does not belong to the question."))
    gone = {choice.pk for choice in choices if not choice.is_active}
    if gone and gone - ticked(member):
        raise InvalidAnswer(_("This answer is no longer offered."))
    return choices


def _number(question: Question, value: Value) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidAnswer(_("This is not a whole number."))
    low, high = number_range(question)
    if value < low or value > high:
        raise InvalidAnswer(
            _("Choose a number from %(low)s to %(high)s.") % {"low": low, "high": high}
        )
    return value


def number_range(question: Question) -> tuple[int, int]:
    """The smallest and the largest answer to a question of kind scale or number."""
    if question.kind == Question.Kind.SCALE:
        return question.scale[0], question.scale[-1]
    low = -BIGGEST if question.minimum is None else question.minimum
    return low, BIGGEST if question.maximum is None else question.maximum
