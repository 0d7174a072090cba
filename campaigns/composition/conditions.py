"""Whether a section of a mail is shown to the member of one delivery."""

from typing import Any

from campaigns.composition.merge_tags import Facts
from campaigns.composition.nodes import Condition


def holds(condition: Condition, facts: Facts) -> bool:
    """Tell whether ``condition`` is true of ``facts``. An unknown operator is never true."""
    match condition.operator:
        case "any_of":
            return _any_given(condition, facts)
        case "none_of":
            return not _any_given(condition, facts)
        case "answered":
            return _answer(facts, condition.question) not in (None, "", [])
        case "not_answered":
            return _answer(facts, condition.question) in (None, "", [])
        case "language":
            return bool(facts["member"].get("language") == condition.language)
        case "offers":
            return bool(facts.get("offers"))
        case "offers_more":
            return bool(facts.get("offers_more"))
    return False


def _any_given(condition: Condition, facts: Facts) -> bool:
    answers = facts.get("answers") or {}
    for question, choice in condition.answers:
        given = answers.get(question)
        if given == choice or (isinstance(given, (list, tuple)) and choice in given):
            return True
    return False


def _answer(facts: Facts, question: str) -> Any:
    return (facts.get("answers") or {}).get(question)
