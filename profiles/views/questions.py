"""The staff's editor of questions, and the page that shows one as members see and answer it."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from modelcluster.forms import BaseChildFormSet
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.panels import InlinePanel
from wagtail.admin.views.generic import EditView, InspectView
from wagtail.admin.widgets.button import HeaderButton

from profiles import conditions
from profiles.localised import localise
from profiles.models import Answer, Choice, Question
from profiles.models.preferences import LONGEST_SCALE
from profiles.question_figures import figures
from profiles.staff_urls import question_url

Kind = Question.Kind


class QuestionForm(WagtailAdminModelForm):
    """A question that can be asked: its limits fit its kind, its condition leads somewhere."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "only_if" in self.fields:
            offered = _conditions_for(self.instance)
            field: Any = self.fields["only_if"]
            field.queryset = Choice.objects.filter(
                pk__in=[pk for _title, choices in offered for pk, _label in choices]
            )
            field.widget.choices = offered

    def clean(self) -> dict[str, Any]:
        """Refuse a scale too long to tap, a new kind for old answers, a condition in a circle."""
        told: dict[str, Any] = super().clean() or self.cleaned_data
        kind = told.get("kind")
        low, high = told.get("minimum"), told.get("maximum")
        if kind == Kind.SCALE:
            low, high = 1 if low is None else low, 5 if high is None else high
            if low < 0 or not 1 <= high - low < LONGEST_SCALE:
                self.add_error("maximum", _("A scale has 2 to 11 steps and begins at 0 or above."))
        elif low is not None and high is not None and low >= high:
            self.add_error("maximum", _("The largest number must be above the smallest."))
        if self._changes_kind(kind):
            self.add_error(
                "kind", _("Members have answered it already. Write a new question instead.")
            )
        self._check_condition(told)
        return told

    def _changes_kind(self, kind: str | None) -> bool:
        if not self.instance.pk or "kind" not in self.changed_data or kind is None:
            return False
        return Answer.objects.filter(question=self.instance.pk).exists()

    def _check_condition(self, told: dict[str, Any]) -> None:
        group, chosen = told.get("group"), told.get("only_if")
        if group is None or not chosen:
            return
        asked = Question(pk=self.instance.pk, group=group)
        try:
            conditions.check(asked, chosen.select_related("question__group"))
        except conditions.BadCondition as error:
            self.add_error("only_if", str(error))


class ChoiceFormSet(BaseChildFormSet):
    """Choices, of which none disappears under an answer or a condition that names it."""

    def clean(self) -> None:
        """Refuse to delete what is in use; it can be switched off."""
        super().clean()
        gone = [form.instance.pk for form in self.deleted_forms if form.instance.pk]
        kept = Choice.objects.filter(
            Q(answer__isnull=False) | Q(opens__isnull=False), pk__in=gone
        ).distinct()
        if names := ", ".join(f"“{choice}”" for choice in kept):
            raise ValidationError(
                _("%s was answered, or other questions wait for it. Switch it off instead.") % names
            )


class ChoicesPanel(InlinePanel):
    """The choices of a question, guarded by ChoiceFormSet."""

    def get_form_options(self) -> dict[str, Any]:
        """The usual options, with our formset."""
        options: dict[str, Any] = super().get_form_options()
        options["formsets"][self.relation_name]["formset"] = ChoiceFormSet
        return options


class QuestionEditView(EditView):
    """The editor, with the way to what members said."""

    @cached_property
    def header_buttons(self) -> list[HeaderButton]:
        """As members see it."""
        url = question_url(self.object)
        return [HeaderButton(_("As members see it"), url, icon_name="view")]


class QuestionPage(InspectView):
    """One question: its card in every language, whom it is asked, and what they said."""

    template_name = "profiles/staff/question.html"
    page_title = _("Question")

    def get_page_subtitle(self) -> str:
        """Its text."""
        return str(self.object)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Cards, sentence and figures."""
        question: Question = self.object
        language = settings.LANGUAGE_CODE
        context: dict[str, Any] = super().get_context_data(
            question=question,
            cards=[_card(question, code) for code, _name in settings.LANGUAGES],
            sentence=conditions.sentence(question, language),
            waiting=Question.objects.filter(only_if__question=question).distinct(),
            figures=figures(question),
            **kwargs,
        )
        return context


def _card(question: Question, language: str) -> dict[str, Any]:
    """What the member's card says in a language."""
    choices = [choice for choice in question.choices.all() if choice.is_active]
    labels = [localise(choice.label, language) for choice in choices]
    return {
        "language": language,
        "text": localise(question.text, language),
        "purpose": localise(question.purpose, language),
        "options": list(map(str, question.scale)) if question.kind == Kind.SCALE else labels,
        "low": localise(question.low_label, language),
        "high": localise(question.high_label, language),
        "is_written": bool(question.text.get(language)),
    }


def _conditions_for(question: Question) -> list[tuple[str, list[tuple[int, str]]]]:
    """The choices that may stand in a condition of this question, under their questions."""
    others = Question.objects.filter(kind__in=[Kind.ONE_OF, Kind.ANY_OF]).exclude(pk=question.pk)
    if question.group_id:
        others = others.filter(group__brand=question.group.brand_id)
    return [
        (str(other), [(choice.pk, str(choice)) for choice in other.choices.all()])
        for other in others.select_related("group").prefetch_related("choices")
    ]
