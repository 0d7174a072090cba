"""Whatever rules a marketer stacks, the one query finds exactly those whom they describe."""

from collections.abc import Sequence
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaigns.segments.compiling import members_of
from tests.campaigns.segments.conftest import DEPARTMENTS, Club
from tests.campaigns.segments.plainly import belongs

OPERATOR = st.sampled_from(["is", "is_not"])
WHICH = st.integers(0, 3)


def _row(kind: str, **values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    value = st.fixed_dictionaries({"operator": OPERATOR, **values})
    return st.fixed_dictionaries({"type": st.just(kind), "value": value})


PURCHASE = {"at_least": st.integers(1, 3), "days": st.integers(1, 150)}
ROW = st.one_of(
    _row("answer", choice=WHICH),
    _row("answered", question=WHICH),
    _row("topic", topic=WHICH),
    _row("member_list", member_list=WHICH),
    _row("language", language=st.sampled_from(["en", "es"])),
    _row("purchase", what=st.just("anything"), value=st.just(""), **PURCHASE),
    _row("purchase", what=st.just("department"), value=st.sampled_from(DEPARTMENTS), **PURCHASE),
    _row("purchase", what=st.just("category"), value=st.just("Wine 1"), **PURCHASE),
)
GROUP = st.fixed_dictionaries(
    {
        "type": st.just("group"),
        "value": st.fixed_dictionaries(
            {
                "match": st.sampled_from(["all", "any", "none"]),
                "rows": st.lists(ROW, max_size=3),
            }
        ),
    }
)
RULES = st.lists(ROW | GROUP, max_size=4)


@given(match=st.sampled_from(["all", "any"]), rules=RULES)
@settings(
    max_examples=80,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_the_query_finds_exactly_those_whom_the_rules_describe(
    club: Club, match: str, rules: list[dict[str, Any]]
) -> None:
    raw = [_pointed(club, row) for row in rules]
    found = {member.pk for member in members_of(club.segment(*raw, match=match))}
    assert found == {member.pk for member in club.members if belongs(member, match, raw)}


def _pointed(club: Club, row: dict[str, Any]) -> dict[str, Any]:
    """The row with its numbers replaced by ids of things that exist."""
    value = dict(row["value"])
    if row["type"] == "group":
        value["rows"] = [_pointed(club, inner) for inner in value["rows"]]
        return {"type": "group", "value": value}
    things: dict[str, Sequence[Any]] = {
        "choice": club.choices,
        "question": club.questions,
        "topic": club.topics,
        "member_list": club.lists,
    }
    for name, there in things.items():
        if name in value:
            value[name] = str(there[value[name] % len(there)].pk)
    return {"type": row["type"], "value": value}
