"""Which questions are asked of whom: “only if you have children”.

A question may name choices of one other question; it is asked of members who ticked one of them
and were asked that question themselves. A chain that leads back to its beginning is refused.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from profiles.localised import localise
from profiles.models import Choice, Question


class BadCondition(ValueError):
    """The condition cannot stand; the message says why and, for a circle, names its path."""


@dataclass(frozen=True)
class Conditions:
    """What must be ticked, by question id; and the question of each choice that is named."""

    needs: Mapping[int, frozenset[int]]
    question_of: Mapping[int, int]

    def hold(self, question_id: int, ticked: Collection[int]) -> bool:
        """Whether a member who ticked these choices is asked the question."""
        needed = self.needs.get(question_id)
        if not needed:
            return True
        return any(
            choice in ticked and self.hold(self.question_of[choice], ticked) for choice in needed
        )


def conditions() -> Conditions:
    """Every condition there is, in one query."""
    needs: dict[int, set[int]] = defaultdict(set)
    question_of = {}
    rows = Question.only_if.through.objects.values_list(
        "question_id", "choice_id", "choice__question_id"
    )
    for question_id, choice_id, owner_id in rows:
        needs[question_id].add(choice_id)
        question_of[choice_id] = owner_id
    return Conditions({key: frozenset(choices) for key, choices in needs.items()}, question_of)


def check(question: Question, choices: Iterable[Choice]) -> None:
    """Refuse a condition on several questions, another brand's, itself, or in a circle.

    Raises BadCondition.
    """
    owners = {choice.question_id: choice.question for choice in choices}
    if not owners:
        return
    if len(owners) > 1:
        names = ", ".join(f"“{owner}”" for owner in owners.values())
        raise BadCondition(_("Tick choices of one question only; these are of %s.") % names)
    (owner,) = owners.values()
    if question.group_id and owner.group.brand_id != question.group.brand_id:
        raise BadCondition(_("“%s” is a question of another brand.") % owner)
    if question.pk and (path := _path(owner.pk, question.pk)):
        names = " → ".join(f"“{one}”" for one in _named([question.pk, *path]))
        raise BadCondition(_("The questions would wait for each other: %s.") % names)


def sentence(question: Question, language: str) -> str:
    """The condition in words, or an empty string: Only who answered “Children?” with One or Two."""
    choices = list(question.only_if.all())
    if not choices:
        return ""
    labels = [localise(choice.label, language) or choice.key for choice in choices]
    *most, last = labels
    said = _("%(most)s or %(last)s") % {"most": ", ".join(most), "last": last} if most else last
    asked = localise(choices[0].question.text, language)
    return _("Only members who answered “%(question)s” with %(said)s.") % {
        "question": asked,
        "said": said,
    }


def _path(start: int, end: int) -> list[int]:
    """The questions from ``start`` up to ``end``, each waiting for the next; empty if none."""
    known = conditions()
    path = [start]
    while path[-1] != end:
        owners = {known.question_of[choice] for choice in known.needs.get(path[-1], ())}
        if not owners or owners & set(path):
            return []
        path.append(min(owners))
    return path


def _named(question_ids: list[int]) -> list[Question]:
    found = Question.objects.in_bulk(question_ids)
    return [found[pk] for pk in question_ids]
