"""What a segment row may choose from, read from the database when a form is shown.

Values are stable ids, so a renamed topic or answer keeps its segments.
"""

from profiles.models import Choice, MemberList, Question, Topic

Options = list[tuple[str, str]]


def question_options() -> Options:
    """Every question, by id."""
    questions = Question.objects.select_related("group").order_by("group__order", "order")
    return [(str(question.pk), str(question)) for question in questions]


def choice_options() -> Options:
    """Every choice of every question, by id, named ``question: choice``."""
    choices = Choice.objects.select_related("question").order_by("question__group__order", "order")
    return [(str(choice.pk), f"{choice.question}: {choice}") for choice in choices]


def topic_options() -> Options:
    """Every topic, by id."""
    return [(str(topic.pk), str(topic)) for topic in Topic.objects.order_by("order", "pk")]


def list_options() -> Options:
    """Every imported list, by id."""
    return [(str(entry.pk), entry.name) for entry in MemberList.objects.order_by("name")]
