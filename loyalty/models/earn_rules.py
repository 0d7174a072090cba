"""Rules by which purchases earn points, in versions, and what is left of their budgets."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from loyalty.earn_limits import absurdities, bonus_absurdities
from loyalty.models.loyalty_rules import LoyaltyRules
from loyalty.models.name_lists import NameListField
from profiles.localised import LocalisedTextField, localise
from profiles.models import Brand

# What may change in a version that has paid: its names, and its end, when that lies ahead.
LONGEST_WORDS = 200  # as the reason of an entry
STILL_FREE = frozenset({"name", "title", "valid_until"})


class PaidRule(ValueError):
    """A version that has paid points cannot be edited: a change is a new version."""


def changed(version: models.Model) -> set[str]:
    """The names of the columns in which a version differs from what is stored."""
    there = type(version)._default_manager.filter(pk=version.pk).values().first()
    return {name for name, value in (there or {}).items() if getattr(version, name) != value}


class Lasting(models.Model):
    """What members read, how long points last: from when they can be spent, and when they end."""

    class EndsWith(models.TextChoices):
        DAY = "", _("On that very day")
        MONTH = "month", _("With the month")
        QUARTER = "quarter", _("With the quarter")
        YEAR = "year", _("With the year")

    title = LocalisedTextField(
        _("in the statement"), blank=True, help_text=_("What members read; empty: the name.")
    )
    pending_days = models.PositiveSmallIntegerField(_("pending days"), default=0)
    valid_days = models.PositiveSmallIntegerField(_("valid days"), null=True, blank=True)
    ends_with = models.CharField(
        _("points end"), max_length=7, choices=EndsWith.choices, blank=True, default=""
    )
    valid_from = models.DateTimeField(_("valid from"))
    valid_until = models.DateTimeField(_("valid until"), null=True, blank=True)

    class Meta:
        abstract = True


class EarnRule(Lasting):
    """One version of a rule, for one brand, from a moment on; a change is a new version.

    Versions share a ``family``; the youngest that has begun decides, and when that has ended the
    family pays nothing. A purchase earns by the versions of its day, however late it arrives.

    Points can be spent ``pending_days`` after the purchase and lapse ``valid_days`` after it
    (null: never), or when the month, quarter or year of that day is over in the brand's zone.
    Names in ``departments``, ``categories``, ``labels`` and ``skus`` choose lines: one that is in
    any of them counts, and all count when none is named. Excluded lines never count.
    ``loyalty.earning.working_out`` tells the arithmetic.
    """

    class Kind(models.TextChoices):
        PER_AMOUNT = "per_amount", _("Points per amount")
        PER_PIECE = "per_piece", _("Points per piece")
        PER_LINE = "per_line", _("Points per article")
        PER_BASKET = "per_basket", _("Points per basket")
        MULTIPLIER = "multiplier", _("Multiplier of the points per amount")

    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="earn_rules")
    family = models.SlugField(default="points", help_text=_("Versions of a rule share it."))
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.PER_AMOUNT)
    points = models.PositiveIntegerField(default=1)
    per_minor = models.PositiveIntegerField(_("for so many cents"), default=100)
    factor_percent = models.PositiveIntegerField(
        _("factor in per cent"), default=100, help_text=_("For multipliers: 200 doubles.")
    )
    qualifies = models.BooleanField(_("counts towards the tier"), default=True)
    # which lines
    departments = NameListField(_("departments"))
    categories = NameListField(_("categories"))
    labels = NameListField(_("labels"))
    skus = NameListField(_("article numbers"))
    excluded_departments = NameListField(_("excluded departments"))
    excluded_categories = NameListField(_("excluded categories"))
    excluded_labels = NameListField(_("excluded labels"))
    excluded_skus = NameListField(_("excluded article numbers"))
    # which baskets; days and hours in the brand's zone, both days included, the last hour not
    min_basket_minor = models.PositiveBigIntegerField(_("smallest basket in cents"), default=0)
    stores = NameListField(_("codes of stores"))
    weekdays = NameListField(_("weekdays"), help_text=_("1 is Monday, 7 is Sunday."))
    hour_from = models.TimeField(_("from"), null=True, blank=True)
    hour_until = models.TimeField(_("until"), null=True, blank=True)
    date_from = models.DateField(_("first day"), null=True, blank=True)
    date_until = models.DateField(_("last day"), null=True, blank=True)
    # whose baskets
    tiers = NameListField(_("keys of tiers"))
    segment_id = models.PositiveBigIntegerField(_("segment"), null=True, blank=True)
    # the most points it pays
    max_per_purchase = models.PositiveBigIntegerField(_("per purchase"), null=True, blank=True)
    max_per_day = models.PositiveBigIntegerField(_("per account and day"), null=True, blank=True)
    max_per_account = models.PositiveBigIntegerField(_("per account"), null=True, blank=True)
    budget = models.PositiveBigIntegerField(_("altogether"), null=True, blank=True)

    class Meta:
        verbose_name = _("earning rule")
        verbose_name_plural = _("earning rules")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(points__gt=0, per_minor__gt=0), name="earn_rule_pays"
            ),
            models.CheckConstraint(
                condition=models.Q(
                    kind__in=["per_amount", "per_piece", "per_line", "per_basket", "multiplier"]
                ),
                name="earn_rule_kind_known",
            ),
            models.CheckConstraint(
                condition=~models.Q(kind="multiplier") | models.Q(factor_percent__gt=100),
                name="earn_rule_multiplies",
            ),
            models.UniqueConstraint(
                fields=["brand", "family", "valid_from"], name="earn_rule_version_once"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Write the version. Raises PaidRule when it has paid and more than its end changes."""
        if self.pk and changed(self) - STILL_FREE and self.lots.exists():
            raise PaidRule("This version has paid points. Make a new version instead.")
        super().save(*args, **kwargs)

    def clean(self) -> None:
        """Refuse what would pay without limit or absurdly, and edits of what has paid."""
        if self.brand_id is None or self.valid_from is None:
            return
        problems = absurdities(self, LoyaltyRules.of(self.brand), self._base_rate())
        problems += self._rewriting()
        if problems:
            raise ValidationError(problems)

    def _rewriting(self) -> list[str]:
        """Why these dates would change what purchases of past days earn."""
        if self.pk and changed(self) - STILL_FREE and self.lots.exists():
            return [str(_("This version has paid points. Make a new version instead."))]
        versions = EarnRule.objects.filter(brand_id=self.brand_id, family=self.family)
        paid = versions.filter(lots__isnull=False)
        last = paid.aggregate(last=models.Max("lots__entry__occurred_at"))["last"]
        if last and self._state.adding and self.valid_from <= last:
            return [str(_("The rule has paid for purchases after this begin: begin later."))]
        own = (
            self.lots.aggregate(last=models.Max("entry__occurred_at"))["last"] if self.pk else None
        )
        if own and self.valid_until and self.valid_until <= own:
            return [str(_("This version has paid for purchases after this end: end it later."))]
        return []

    def _base_rate(self) -> tuple[int, int]:
        """Points and cents of the brand's rule per amount that counts when this one begins."""
        others = EarnRule.objects.filter(
            brand_id=self.brand_id, kind=self.Kind.PER_AMOUNT, valid_from__lte=self.valid_from
        )
        best = max(others, key=lambda rule: rule.points / rule.per_minor, default=None)
        return (best.points, best.per_minor) if best else (1, 100)


class EarnBudget(models.Model):
    """How much of its budget a family has paid: the row to lock before it pays more."""

    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="+")
    family = models.SlugField()
    paid = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["brand", "family"], name="earn_budget_once"),
        ]

    def __str__(self) -> str:
        return f"{self.family}: {self.paid}"


class BonusRule(Lasting):
    """One version of a one-off bonus; a member gets it once, a birthday's once a calendar year."""

    class Occasion(models.TextChoices):
        JOINING = "joining", _("Joining")
        PROFILE = "profile", _("Profile completed")
        BIRTHDAY = "birthday", _("Birthday")
        ANSWER = "answer", _("Question answered")

    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="bonus_rules")
    family = models.SlugField(help_text=_("Versions of a bonus share it."))
    occasion = models.CharField(max_length=8, choices=Occasion.choices)
    name = models.CharField(max_length=80)
    points = models.PositiveIntegerField()
    qualifies = models.BooleanField(_("counts towards the tier"), default=False)
    question = models.ForeignKey(
        "profiles.Question", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    complete_percent = models.PositiveSmallIntegerField(
        _("profile complete from"), default=100, help_text=_("Per cent of the questions answered.")
    )

    class Meta:
        verbose_name = _("bonus")
        verbose_name_plural = _("bonuses")
        constraints = [
            models.CheckConstraint(condition=models.Q(points__gt=0), name="bonus_rule_pays"),
            models.CheckConstraint(
                condition=models.Q(
                    occasion__in=["joining", "profile", "birthday", "answer"]
                ),
                name="bonus_rule_occasion_known",
            ),
            models.CheckConstraint(
                condition=models.Q(occasion="answer", question__isnull=False)
                | ~models.Q(occasion="answer") & models.Q(question=None),
                name="bonus_rule_question_for_answers",
            ),
            models.UniqueConstraint(
                fields=["brand", "family", "valid_from"], name="bonus_rule_version_once"
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Write the version. Raises PaidRule when it has paid and more than its end changes."""
        if self.pk and changed(self) - STILL_FREE and self.has_paid():
            raise PaidRule("This version has paid points. Make a new version instead.")
        super().save(*args, **kwargs)

    def has_paid(self) -> bool:
        """Whether somebody has had the bonus since this version began."""
        from loyalty.models.ledger import Entry

        # The key of a bonus begins with its family: see loyalty.bonuses.
        paid = Entry.objects.filter(source="bonus", idempotency_key__startswith=f"{self.family}:")
        since = paid.filter(occurred_at__gte=self.valid_from)
        return since.filter(wallet__account__brand=self.brand_id).exists()

    def clean(self) -> None:
        """Refuse a bonus worth more than the brand allows, or that ends before it can be spent."""
        if self.brand_id is None:
            return
        if problems := bonus_absurdities(self, LoyaltyRules.of(self.brand)):
            raise ValidationError(problems)


def words_for(rule: EarnRule | BonusRule, language: str) -> str:
    """What a member of that language reads of a rule in the statement, 200 letters at most."""
    # The name stands for the site's own language where nothing else was written.
    words = {settings.LANGUAGE_CODE: rule.name, **rule.title}
    return localise(words, language)[:LONGEST_WORDS]
