"""Forms of what a club manager settles: what cannot be saved is told in words, not by a name."""

from types import new_class
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms.models import WagtailAdminModelForm
from wagtail.admin.panels import InlinePanel

# What each constraint of the database means to whoever fills a form: the field, and the words.
WORDS: dict[str, tuple[str, Any]] = {
    "earn_rule_pays": ("points", _("A rule has to pay something, for something.")),
    "earn_rule_multiplies": ("factor_percent", _("A multiplier has to be more than 100 per cent.")),
    "earn_rule_version_once": (
        "valid_from",
        _("Another version of this rule begins at that moment."),
    ),
    "bonus_rule_pays": ("points", _("A bonus has to pay something.")),
    "bonus_rule_question_for_answers": (
        "question",
        _("Name a question for the bonus that answers earn, and only for it."),
    ),
    "bonus_rule_version_once": (
        "valid_from",
        _("Another version of this bonus begins at that moment."),
    ),
    "referral_rule_pays": (
        "referrer_points",
        _("One of the two has to get something."),
    ),
    "referral_rule_wants_a_purchase": ("minimum_minor", _("The friend has to buy something.")),
    "referral_points_last": ("valid_days", _("Points have to last a day at least.")),
    "referral_rule_has_a_span": ("valid_until", _("It would end before it begins.")),
    "referral_rule_version_once": ("valid_from", _("Another version begins at that moment.")),
    "tier_window_has_days": ("rolling_days", _("A day has to count at least.")),
    "tier_key_once": ("key", _("Another tier has this key.")),
    "tier_rank_once": ("rank", _("Another tier has this rank.")),
    "tier_threshold_once": ("threshold", _("Another tier is reached with as much.")),
    "reward_key_once": ("key", _("Another reward has this key.")),
    "reward_has_a_span": ("valid_until", _("It would end before it begins.")),
    "reward_limit_allows_one": ("limit_per_account", _("Nobody could take it.")),
    "reward_days_are_of_a_limit": (
        "limit_days",
        _("Say how many a household may take in these days."),
    ),
    "reward_amount_costs_points": ("points", _("It has to cost something.")),
    "reward_amount_value_has_a_currency": (
        "currency",
        _("A worth needs its currency, and a currency a worth."),
    ),
    "offer_key_once": ("key", _("Another offer has this key.")),
    "offer_has_a_span": ("valid_until", _("It would end before it begins.")),
    "offer_value_fits_kind": (
        "kind",
        _("Amount off needs an amount, percent off a number from 1 to 100."),
    ),
    "offer_caps_a_percentage": (
        "max_discount_minor",
        _("Only percent off has a most that it takes off."),
    ),
    "offer_can_be_used": ("uses_per_voucher", _("It could never be used.")),
    "offer_limits_allow_a_use": ("overall_limit", _("A limit of nothing allows no use.")),
    "offer_scope_names_one_thing": (
        NON_FIELD_ERRORS,
        _("A line names one thing, not several and not none."),
    ),
    "voucher_pool_once": ("name", _("Another pool of this offer has this name.")),
}


class SettledForm(WagtailAdminModelForm):
    """Tells what the database would refuse in words, beside the field that can mend it."""

    def _update_errors(self, errors: ValidationError) -> None:
        """Put a broken constraint into words; what the model itself says stands alone."""
        found = errors.error_dict
        told = [(self._constraint_of(error), error) for error in found.pop(NON_FIELD_ERRORS, [])]
        said = [error for name, error in told if name not in WORDS]
        if said:
            found[NON_FIELD_ERRORS] = said
        super()._update_errors(errors)
        for name, _error in [] if said else told:
            field, words = WORDS[name]
            self.add_error(field if field in self.fields else None, words)

    def _constraint_of(self, error: ValidationError) -> str:
        """The name of the constraint that the error is about; empty: of none."""
        names = (error.params or {}).get("unique_check")
        for constraint in self.instance._meta.constraints:
            same = names and tuple(getattr(constraint, "fields", ())) == tuple(names)
            if same or error.message == constraint.get_violation_error_message():
                return str(constraint.name)
        return ""


class LinesPanel(InlinePanel):
    """Lines of a form that tell in words, too, what the database would refuse."""

    def get_form_options(self) -> dict[str, Any]:
        """Each line is a settled form."""
        options: dict[str, Any] = super().get_form_options()
        lines = options["formsets"][self.relation_name]
        # Wagtail may have made a form of its own, which knows what a draft may leave out.
        bases = (SettledForm, lines["form"]) if "form" in lines else (SettledForm,)
        lines["form"] = new_class("LineForm", bases)
        return options


class VersionForm(SettledForm):
    """A version of a rule: what has counted stays as it was, but for what is ``still_free``."""

    still_free: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in self.fixed():
            if name in self.fields:
                self.fields[name].disabled = True

    def fixed(self) -> set[str]:
        """The fields that cannot be changed any more."""
        version = self.instance
        if version._state.adding:
            # The next version of a rule stays in its family.
            return {"brand", "family"} if version.brand_id else set()
        return set(self.fields) - self.still_free if self.has_counted() else set()

    def has_counted(self) -> bool:
        """Whether somebody has got something by this version."""
        return False

    def clean(self) -> dict[str, Any]:
        """Keep what is fixed to the microsecond, which no input shows."""
        data: dict[str, Any] = super().clean()
        for name in self.fixed() & set(data):
            data[name] = getattr(self.instance, name)
        return data


class Ticks(forms.CheckboxSelectMultiple):
    """Ticks for a field that holds a list of names."""

    def format_value(self, value: Any) -> list[str]:
        """The names, which the field gives one on each line."""
        lines = value.split("\n") if isinstance(value, str) else value or []
        return [str(line) for line in lines]
