"""The two steps that ask something of a person who joins."""

import re
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from portal import questions
from portal.address_field import AddressField
from portal.birthdays import BirthdayMixin
from profiles.models import Question, Topic
from profiles.registration import JoinForm

CAME_BY = re.compile(r"[A-Za-z0-9_-]{1,40}")


class AddressForm(forms.Form):
    """Step one: where to write, and about what."""

    email = AddressField(
        label=_("Your e-mail address"),
        error_messages={"required": _("We need an address to write to.")},
    )
    first_name = forms.CharField(label=_("First name"), max_length=80, required=False)
    last_name = forms.CharField(label=_("Last name"), max_length=80, required=False)
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    topics = forms.MultipleChoiceField(label=_("What we may write about"), required=False)
    # By whose link the person came; one that is no code brings nothing, and stops nobody.
    friend = forms.CharField(required=False, widget=forms.HiddenInput)
    # Which poster, page or programme led here; nonsense is left out, and stops nobody.
    came_by = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, topics: list[Topic], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offered = topics
        field = self.fields["topics"]
        if isinstance(field, forms.MultipleChoiceField):
            field.choices = [(str(topic.pk), str(topic)) for topic in topics]

    def clean_came_by(self) -> str:
        """Keep it when it is a word that somebody set up."""
        came_by = str(self.cleaned_data["came_by"])
        return came_by if CAME_BY.fullmatch(came_by) else ""


class TastesForm(BirthdayMixin, forms.Form):
    """Step two: tastes, birthday, and whether opens and clicks may be noted."""

    tracking = forms.BooleanField(required=False)

    def __init__(self, asked: list[Question], language: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        questions.add_fields(self, asked, language)


def join_form(address: AddressForm, tastes: TastesForm, asked: list[Question]) -> JoinForm:
    """Both steps, valid, as one request to join."""
    told = address.cleaned_data
    answers = questions.values(tastes, asked)
    return JoinForm(
        email=told["email"],
        first_name=told["first_name"],
        last_name=told["last_name"],
        language=told["language"],
        topic_ids=tuple(int(topic) for topic in told["topics"]),
        answers={question: value for question, value in answers.items() if value is not None},
        birthday=tastes.birthday(),
        tracking=tastes.cleaned_data["tracking"],
        came_by=told["came_by"],
    )
