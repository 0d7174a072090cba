"""Rows told as sentences, for staff."""

from campaigns.segments.names import Names
from campaigns.segments.tree import ALL, ANY, Group, Row

_VERBS = {
    "answer": ("answered", "did not answer"),
    "answered": ("answered the question", "never answered the question"),
    "topic": ("subscribed to", "not subscribed to"),
    "member_list": ("on the list", "not on the list"),
    "language": ("reads", "does not read"),
}
_JOINS = {ALL: " and ", ANY: " or "}


def sentence(node: Row | Group, names: Names) -> str:
    """What a row or a group asks of a member."""
    if isinstance(node, Row):
        return _row(node, names)
    inside = _JOINS.get(node.match, " or ").join(sentence(child, names) for child in node.nodes)
    return f"none of: {inside}" if node.match not in _JOINS else inside


def _row(row: Row, names: Names) -> str:
    if row.kind == "purchase":
        return _purchase(row, names)
    return f"{_VERBS[row.kind][row.negated]} {names.of(row)}"


def _purchase(row: Row, names: Names) -> str:
    value = row.value
    what = "" if value["what"] == "anything" else f" from {names.of(row)}"
    times = "" if value["at_least"] == 1 else f" at least {value['at_least']} times"
    verb = "did not buy" if row.negated else "bought"
    return f"{verb}{what}{times} in {value['days']} days"
