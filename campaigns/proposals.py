"""The answers that a mail proposes: from the keys in its content to the ids in its links.

A link's last number is 0 where nothing is proposed, else a choice's id or a scale's step plus one.
"""

from collections.abc import Iterable, Mapping

from profiles.models import Brand, Choice, Question

Proposed = Mapping[str, tuple[int, int]]


def proposed(brand: Brand, names: Iterable[str]) -> Proposed:
    """Question id and last number for each name of ``composition.nodes.proposal``.

    What is no longer asked, or is not a choice any more, is left out; two queries.
    """
    wanted = {name: (key, choice) for name in names for _a, key, choice in [name.split(":", 2)]}
    if not wanted:
        return {}
    keys = {key for key, _choice in wanted.values()}
    questions = Question.objects.filter(group__brand=brand, is_active=True, key__in=keys)
    asked = {question.key: question for question in questions.order_by("-pk")}
    choices = Choice.objects.filter(question__in=asked.values(), is_active=True)
    ids = {(question, key): pk for question, key, pk in _named(choices)}
    found = {}
    for name, (key, choice) in wanted.items():
        number = _number(asked.get(key), choice, ids)
        if number is not None:
            found[name] = (asked[key].pk, number)
    return found


def _named(choices: Iterable[Choice]) -> list[tuple[int, str, int]]:
    return [(choice.question_id, choice.key, choice.pk) for choice in choices]


def _number(
    question: Question | None, choice: str, ids: Mapping[tuple[int, str], int]
) -> int | None:
    if question is None:
        return None
    if not choice:
        return 0
    if question.kind == Question.Kind.SCALE:
        step = int(choice) if choice.isdecimal() else -1
        return step + 1 if step in question.scale else None
    pk = ids.get((question.pk, choice))
    return None if pk is None else pk + 1
