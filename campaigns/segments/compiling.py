"""Compiles a segment's rows to one query over members.

Every row becomes one condition, EXISTS where it asks about other tables. Only what stands in the
allow-list below can be asked. A row that refers to something deleted matches nobody, negated or
not: mailing too few is the safer mistake, and ``problems`` names it.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from campaigns.models import Segment
from loyalty.models import Purchase
from profiles.models import (
    Answer,
    Choice,
    Member,
    MemberList,
    MemberListEntry,
    Question,
    Subscription,
    Topic,
)

Row = tuple[str, Mapping[str, Any]]
NOBODY = Q(pk__in=[])


def members_of(segment: Segment) -> QuerySet[Member]:
    """The members of the segment's brand who fit its rows; no rows mean everyone."""
    members = Member.objects.filter(account__brand=segment.brand_id)
    return members.filter(condition(segment.match, rows_of(segment)))


def count(segment: Segment) -> int:
    """How many members the segment holds now."""
    return members_of(segment).count()


def rows_of(segment: Segment) -> list[Row]:
    """The rows as (kind, value) pairs."""
    return [(block.block_type, block.value) for block in segment.rules]


def condition(match: str, rows: Iterable[Row]) -> Q:
    """Join the rows' conditions: all, any or none of them; no rows are no condition."""
    conditions = [_compile(kind, value) for kind, value in rows]
    joined = Q()
    for one in conditions:
        joined = joined & one if match == "all" else joined | one
    return ~joined if match == "none" and conditions else joined


def problems(segment: Segment) -> list[str]:
    """What the rows refer to that no longer exists, in words."""
    return list(_problems(rows_of(segment)))


def _problems(rows: Iterable[Row]) -> Iterable[str]:
    for kind, value in rows:
        if kind == "group":
            yield from _problems((b.block_type, b.value) for b in value["rows"])
        elif kind in _REFERENCES:
            name, model = _REFERENCES[kind]
            if not model.objects.filter(pk=_number(value[name])).exists():
                yield f"A row refers to a {model._meta.verbose_name} that no longer exists."


def _compile(kind: str, value: Mapping[str, Any]) -> Q:
    if kind == "group":
        inner = [(block.block_type, block.value) for block in value["rows"]]
        return condition(value["match"], inner)
    found = _CRITERIA[kind](value)
    if found is None:
        return NOBODY
    return ~found if value["operator"] == "is_not" else found


def _answer(value: Mapping[str, Any]) -> Q | None:
    choice = Choice.objects.filter(pk=_number(value["choice"])).first()
    if choice is None:
        return None
    rows = Answer.objects.filter(member=OuterRef("pk"), question=choice.question_id, choice=choice)
    return Q(Exists(rows))


def _answered(value: Mapping[str, Any]) -> Q | None:
    question = Question.objects.filter(pk=_number(value["question"])).first()
    if question is None:
        return None
    return Q(Exists(Answer.objects.filter(member=OuterRef("pk"), question=question)))


def _topic(value: Mapping[str, Any]) -> Q | None:
    topic = Topic.objects.filter(pk=_number(value["topic"])).first()
    if topic is None:
        return None
    live = Subscription.State.SUBSCRIBED
    return Q(Exists(Subscription.objects.filter(member=OuterRef("pk"), topic=topic, state=live)))


def _member_list(value: Mapping[str, Any]) -> Q | None:
    found = MemberList.objects.filter(pk=_number(value["member_list"])).first()
    if found is None:
        return None
    return Q(Exists(MemberListEntry.objects.filter(member=OuterRef("pk"), member_list=found)))


def _language(value: Mapping[str, Any]) -> Q | None:
    return Q(language=value["language"])


def _purchase(value: Mapping[str, Any]) -> Q | None:
    since = timezone.now() - timedelta(days=value["days"])
    purchases = Purchase.objects.filter(account=OuterRef("account"), occurred_at__gte=since)
    if value["what"] != "anything":
        name = f"lines__product__{value['what']}"
        purchases = purchases.filter(**{name: value["value"]})
    # The n-th purchase exists: the database stops looking once it has found it.
    nth = purchases.order_by().distinct().values("pk")[value["at_least"] - 1 : value["at_least"]]
    return Q(Exists(nth))


def _number(text: Any) -> int:
    return int(text) if str(text).isdigit() else 0


_CRITERIA: Mapping[str, Callable[[Mapping[str, Any]], Q | None]] = {
    "answer": _answer,
    "answered": _answered,
    "topic": _topic,
    "member_list": _member_list,
    "language": _language,
    "purchase": _purchase,
}
_REFERENCES: Mapping[str, tuple[str, Any]] = {
    "answer": ("choice", Choice),
    "answered": ("question", Question),
    "topic": ("topic", Topic),
    "member_list": ("member_list", MemberList),
}
