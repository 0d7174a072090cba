"""The preference centre's form: everything a member decides, saved together."""

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal import questions
from portal.birthdays import BirthdayMixin
from profiles import consent, preferences
from profiles.models import ImportantDate, Member, Question, Subscription, Topic

SOURCE = "preference centre"
KEEP = "keep"
PAUSES = {"14": _("Two weeks"), "30": _("A month"), "90": _("Three months")}
CAPS = {"1": _("One mail a week at most"), "2": _("Two"), "3": _("Three"), "5": _("Five")}


class PreferenceForm(BirthdayMixin, forms.Form):
    """Topics, pause, weekly cap, language, tracking, birthday and answers of one member."""

    topics = forms.MultipleChoiceField(required=False)
    pause = forms.ChoiceField(required=False)
    weekly_cap = forms.ChoiceField(
        required=False, choices=[("", _("As many as there are")), *CAPS.items()]
    )
    language = forms.ChoiceField(choices=settings.LANGUAGES)
    tracking = forms.BooleanField(required=False)

    def __init__(
        self, member: Member, topics: list[Topic], asked: list[Question], data: Any = None
    ) -> None:
        super().__init__(data, initial=_initial(member))
        self.member, self.offered, self.asked = member, topics, asked
        self._choices("topics", [(str(topic.pk), str(topic)) for topic in topics])
        self._choices("pause", _pauses(member))
        if member.weekly_cap and str(member.weekly_cap) not in CAPS:
            cap = str(member.weekly_cap)
            self._choices(
                "weekly_cap", [("", _("As many as there are")), *CAPS.items(), (cap, cap)]
            )
        questions.add_fields(self, asked, member.language)

    def _choices(self, name: str, choices: list[tuple[str, Any]]) -> None:
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField):
            field.choices = choices

    @transaction.atomic
    def save(self, requester: str) -> None:
        """Write what has been decided; consent only where it differs from today's."""
        told = self.cleaned_data
        self._save_topics({int(topic) for topic in told["topics"]}, requester)
        self._save_tracking(told["tracking"], requester)
        preferences.set_language(self.member, told["language"])
        cap = int(told["weekly_cap"]) if told["weekly_cap"] else None
        preferences.set_weekly_cap(self.member, cap)
        if told["pause"] != KEEP:
            preferences.pause(self.member, _until(told["pause"]))
        if birthday := self.birthday():
            preferences.set_birthday(self.member, *birthday)
        self._save_answers()

    def _save_topics(self, wanted: set[int], requester: str) -> None:
        live = set(_live_topics(self.member))
        for topic in self.offered:
            if topic.pk in wanted and topic.pk not in live:
                consent.grant_topic(self.member, topic, SOURCE, requester)
            elif topic.pk in live and topic.pk not in wanted:
                consent.withdraw_topic(self.member, topic, SOURCE, requester)

    def _save_tracking(self, wanted: bool, requester: str) -> None:
        unasked = self.member.tracking == Member.Tracking.UNKNOWN
        if wanted != self.member.is_trackable and (wanted or not unasked):
            consent.set_tracking(self.member, wanted, SOURCE, requester)

    def _save_answers(self) -> None:
        """Only what has changed: an answer keeps the day on which it was given."""
        before = questions.initial(self.member)
        for question in self.asked:
            name = f"q{question.pk}"
            if _told(before.get(name)) != _told(self.cleaned_data.get(name)):
                value = questions.values(self, [question])[question.pk]
                # One that depends on an answer changed just now is no longer asked of them.
                with suppress(preferences.QuestionClosed):
                    preferences.answer(self.member, question, value)


def _initial(member: Member) -> dict[str, Any]:
    born = member.important_dates.filter(
        relation=ImportantDate.Relation.SELF, occasion=ImportantDate.Occasion.BIRTHDAY
    ).first()
    return {
        "topics": [str(topic) for topic in _live_topics(member)],
        "pause": KEEP if _is_paused(member) else "",
        "weekly_cap": str(member.weekly_cap or ""),
        "language": member.language,
        "tracking": member.is_trackable,
        "birth_day": born.day if born else None,
        "birth_month": born.month if born else None,
        "birth_year": born.year if born else None,
        **questions.initial(member),
    }


def _live_topics(member: Member) -> list[int]:
    live = member.subscriptions.filter(state=Subscription.State.SUBSCRIBED)
    return list(live.values_list("topic_id", flat=True))


def _is_paused(member: Member) -> bool:
    return member.paused_until is not None and member.paused_until > timezone.now()


def _pauses(member: Member) -> list[tuple[str, Any]]:
    kept = [(KEEP, _("Stay paused as it is"))] if _is_paused(member) else []
    return [("", _("No pause")), *kept, *PAUSES.items()]


def _until(days: str) -> datetime | None:
    return timezone.now() + timedelta(days=int(days)) if days else None


def _told(value: Any) -> Any:
    """An answer in a form that compares: order and type of the input aside."""
    if value in (None, "", []):
        return None
    return sorted(map(str, value)) if isinstance(value, list) else [str(value)]
