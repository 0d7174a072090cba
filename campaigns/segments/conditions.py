"""One condition per kind of row, each a single correlated EXISTS that an index serves."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from campaigns.segments.tree import ALL, NONE, Group, Row
from loyalty.models import Purchase, PurchaseLine
from profiles.models import Answer, MemberListEntry, Subscription

Values = Mapping[str, Any]


def condition_of(node: Row | Group, now: datetime) -> Q:
    """The condition on members that a row or a group of rows means at ``now``."""
    return _group(node, now) if isinstance(node, Group) else _row(node, now)


def _group(group: Group, now: datetime) -> Q:
    joined = Q()
    for node in group.nodes:
        condition = condition_of(node, now)
        joined = joined & condition if group.match == ALL else joined | condition
    return ~joined if joined and group.match == NONE else joined


def _row(row: Row, now: datetime) -> Q:
    condition = CONDITIONS[row.kind](row.value, now)
    return ~condition if row.negated else condition


def _answer(value: Values, _now: datetime) -> Q:
    return Q(Exists(Answer.objects.filter(member=OuterRef("pk"), choice=int(value["choice"]))))


def _answered(value: Values, _now: datetime) -> Q:
    return Q(Exists(Answer.objects.filter(member=OuterRef("pk"), question=int(value["question"]))))


def _topic(value: Values, _now: datetime) -> Q:
    subscribed = Subscription.objects.filter(
        member=OuterRef("pk"), topic=int(value["topic"]), state=Subscription.State.SUBSCRIBED
    )
    return Q(Exists(subscribed))


def _member_list(value: Values, _now: datetime) -> Q:
    entries = MemberListEntry.objects.filter(member_list=int(value["member_list"]))
    return Q(Exists(entries.filter(member=OuterRef("pk"))))


def _language(value: Values, _now: datetime) -> Q:
    return Q(language=value["language"])


def _purchase(value: Values, now: datetime) -> Q:
    since = now - timedelta(days=value["days"])
    purchases = _purchases_with(value).filter(
        account=OuterRef("account_id"), occurred_at__gte=since, occurred_at__lte=now
    )
    # The n-th purchase exists: the database stops looking once it has found it.
    before = value["at_least"] - 1
    return Q(Exists(purchases.order_by().values("pk")[before : before + 1]))


def _purchases_with(value: Values) -> QuerySet[Purchase]:
    """Purchases that hold such an article; how many of it does not matter."""
    if value["what"] == "anything":
        return Purchase.objects.all()
    articles = {f"product__{value['what']}": value["value"]}
    lines = PurchaseLine.objects.filter(purchase=OuterRef("pk"), quantity__gt=0, **articles)
    return Purchase.objects.filter(Exists(lines))


CONDITIONS: dict[str, Callable[[Values, datetime], Q]] = {
    "answer": _answer,
    "answered": _answered,
    "topic": _topic,
    "purchase": _purchase,
    "member_list": _member_list,
    "language": _language,
}
