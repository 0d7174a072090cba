"""What a block may choose from, read from the database when a form is shown.

Answers are named ``question:choice`` by their keys, the names that a delivery's facts use.
"""

from profiles.models import Choice, Question

Options = list[tuple[str, str]]


def question_options() -> Options:
    """Every question, by key."""
    questions = Question.objects.order_by("group__order", "order", "pk")
    return [(question.key, str(question)) for question in questions]


def answer_options() -> Options:
    """Every choice of every question, by ``question:choice``."""
    choices = Choice.objects.select_related("question").order_by(
        "question__group__order", "question__order", "order", "pk"
    )
    return [
        (f"{choice.question.key}:{choice.key}", f"{choice.question}: {choice}")
        for choice in choices
    ]


def proposal_options() -> Options:
    """What a mail can propose as an answer: the choices, and the steps of every scale."""
    scales = Question.objects.filter(kind=Question.Kind.SCALE)
    steps = [
        (f"{scale.key}:{step}", f"{scale}: {step}")
        for scale in scales.order_by("group__order", "order", "pk")
        for step in scale.scale
    ]
    return [*answer_options(), *steps]
