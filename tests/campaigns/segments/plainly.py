"""The meaning of a rule tree in plain Python, member by member: what the query is held against."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.utils import timezone

from profiles.models import Member

Raw = Mapping[str, Any]


def belongs(member: Member, match: str, raw: Sequence[Raw]) -> bool:
    """Whether the rows, joined by ``match``, hold for the member."""
    verdicts = [verdict for row in raw if (verdict := _holds(member, row)) is not None]
    if not verdicts:
        return True
    if match == "all":
        return all(verdicts)
    return any(verdicts) if match == "any" else not any(verdicts)


def _holds(member: Member, row: Raw) -> bool | None:
    value = row["value"]
    if row["type"] == "group":
        return belongs(member, value["match"], value["rows"]) if _says_anything(row) else None
    holds = FACTS[row["type"]](member, value)
    return not holds if value["operator"] == "is_not" else holds


def _says_anything(row: Raw) -> bool:
    return bool(row["value"]["rows"])


def _answer(member: Member, value: Raw) -> bool:
    return any(answer.choice_id == int(value["choice"]) for answer in member.answers.all())


def _answered(member: Member, value: Raw) -> bool:
    return any(answer.question_id == int(value["question"]) for answer in member.answers.all())


def _topic(member: Member, value: Raw) -> bool:
    mine = [row for row in member.subscriptions.all() if row.topic_id == int(value["topic"])]
    return any(row.state == "subscribed" for row in mine)


def _on_list(member: Member, value: Raw) -> bool:
    lists = [entry.member_list_id for entry in member.list_entries.all()]
    return int(value["member_list"]) in lists


def _reads(member: Member, value: Raw) -> bool:
    return bool(member.language == value["language"])


def _bought(member: Member, value: Raw) -> bool:
    since = timezone.now() - timedelta(days=value["days"])
    times = 0
    for purchase in member.account.purchases.all():
        articles = [line.product for line in purchase.lines.all() if line.product]
        fits = value["what"] == "anything" or any(
            getattr(article, value["what"]) == value["value"] for article in articles
        )
        times += int(fits and purchase.occurred_at >= since)
    return bool(times >= value["at_least"])


FACTS = {
    "answer": _answer,
    "answered": _answered,
    "topic": _topic,
    "member_list": _on_list,
    "language": _reads,
    "purchase": _bought,
}
