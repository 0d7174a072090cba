"""Earning rules and bonuses: what pays points, for what, to whom, and at most how many."""

from typing import Any

from django import forms
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel, ObjectList
from wagtail.admin.ui.tables import Column, DateColumn, TitleColumn
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.admin.widgets.button import Button, HeaderButton

from loyalty.models import BonusRule, EarnRule, Tier
from loyalty.models.earn_rules import STILL_FREE
from loyalty.staff import segments
from loyalty.staff.forms import Ticks, VersionForm
from loyalty.staff.urls import here
from loyalty.staff.versions import NewVersionView, VersionEditView, VersionsPanel, state_column
from profiles.localised import localise

WEEKDAYS = [
    ("1", _("Monday")),
    ("2", _("Tuesday")),
    ("3", _("Wednesday")),
    ("4", _("Thursday")),
    ("5", _("Friday")),
    ("6", _("Saturday")),
    ("7", _("Sunday")),
]


def pays(rule: EarnRule) -> str:
    """What the rule pays, as staff say it."""
    kinds = EarnRule.Kind
    if rule.kind == kinds.MULTIPLIER:
        return f"× {rule.factor_percent / 100:g}"
    per = {
        kinds.PER_AMOUNT: f"{rule.per_minor / 100:,.2f} {rule.brand.currency}",
        kinds.PER_PIECE: _("piece"),
        kinds.PER_LINE: _("article"),
        kinds.PER_BASKET: _("basket"),
    }[kinds(rule.kind)]
    return _("%(points)s per %(what)s") % {"points": f"{rule.points:,}", "what": per}


class EarnRuleForm(VersionForm):
    """A version that has paid keeps all but its name and its end."""

    still_free = STILL_FREE

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._choose("tiers", Ticks, _tiers(self.instance.tiers))
        there = self.instance.segment_id
        known = [("", _("Everyone")), *segments.names()]
        if there and there not in dict(known):
            known.append((there, _("Segment %s, which is gone") % there))
        self._choose("segment_id", forms.Select, known)

    def _choose(
        self, name: str, widget: type[forms.widgets.ChoiceWidget], choices: list[Any]
    ) -> None:
        if name in self.fields:
            is_fixed = self.fields[name].disabled
            self.fields[name].widget = widget(choices=choices)
            self.fields[name].disabled = is_fixed

    def has_counted(self) -> bool:
        """Whether it has paid points."""
        return bool(self.instance.lots.exists())


def _tiers(chosen: list[str]) -> list[tuple[str, str]]:
    """Every tier by its key, and the keys that a rule names though no tier has them any more."""
    tiers = Tier.objects.order_by("brand", "rank")
    known = {tier.key: localise(tier.name, "en") or tier.key for tier in tiers}
    return list({**{key: key for key in chosen if key not in known}, **known}.items())


class EarnRuleEditView(VersionEditView):
    """A version, with the ways to the next one and to a dry run."""

    @cached_property
    def header_buttons(self) -> list[Button]:
        """Dry run, and what every version has."""
        url = here("dry_run", self.object.pk)
        return [HeaderButton(_("Dry run"), url, icon_name="history"), *super().header_buttons]


LASTING = MultiFieldPanel(
    [
        FieldRowPanel(
            [
                FieldPanel(
                    "pending_days",
                    heading=_("Can be spent after days"),
                    help_text=_("As long as the return window is safe."),
                ),
                FieldPanel(
                    "valid_days",
                    heading=_("Last for days"),
                    help_text=_("From the day they are earned; empty: for ever."),
                ),
                FieldPanel("ends_with", heading=_("They end")),
            ]
        ),
    ],
    heading=_("How long the points last"),
)
SPAN = FieldRowPanel(
    [
        FieldPanel("valid_from", help_text=_("In the time zone of your account.")),
        FieldPanel("valid_until", help_text=_("Empty: until the next version begins.")),
    ]
)


class EarnRuleViewSet(ModelViewSet):
    """Rules by which purchases earn points; a change is a new version."""

    model = EarnRule
    icon = "pick"
    menu_label = _("Earning rules")
    add_to_reference_index = False
    edit_view_class = EarnRuleEditView
    copy_view_class = NewVersionView
    list_filter = ["kind", "family"]
    list_display = [
        TitleColumn("__str__", label=_("Name"), url_name="earnrule:edit"),
        Column("pays", label=_("Pays"), accessor=pays),
        state_column(),
        DateColumn("valid_from", label=_("From"), sort_key="valid_from"),
        Column("family", label=_("Family"), sort_key="family"),
    ]
    ordering = ["family", "-valid_from"]
    edit_handler = ObjectList(
        [
            MultiFieldPanel(
                [
                    FieldPanel("name"),
                    FieldPanel("title"),
                    FieldRowPanel([FieldPanel("brand"), FieldPanel("family")]),
                    SPAN,
                ],
                heading=_("Rule"),
                help_text=_(
                    "A version that has paid points keeps what it says; "
                    "only its names and its end can change. Make a new version for the rest."
                ),
            ),
            MultiFieldPanel(
                [
                    FieldPanel("kind"),
                    FieldRowPanel(
                        [
                            FieldPanel("points"),
                            FieldPanel(
                                "per_minor",
                                heading=_("For so many cents"),
                                help_text=_("For points per amount: 100 is one point for 1.00."),
                            ),
                            FieldPanel("factor_percent"),
                        ]
                    ),
                    FieldPanel("qualifies"),
                ],
                heading=_("What it pays"),
            ),
            MultiFieldPanel(
                [
                    FieldRowPanel([FieldPanel("departments"), FieldPanel("categories")]),
                    FieldRowPanel([FieldPanel("labels"), FieldPanel("skus")]),
                ],
                heading=_("For which articles"),
                help_text=_("One on each line. Any of them is enough; all articles when empty."),
            ),
            MultiFieldPanel(
                [
                    FieldRowPanel(
                        [FieldPanel("excluded_departments"), FieldPanel("excluded_categories")]
                    ),
                    FieldRowPanel([FieldPanel("excluded_labels"), FieldPanel("excluded_skus")]),
                ],
                heading=_("Never for"),
                help_text=_("One on each line. These never earn by this rule."),
                classname="collapsed",
            ),
            MultiFieldPanel(
                [
                    FieldRowPanel(
                        [
                            FieldPanel("min_basket_minor"),
                            FieldPanel(
                                "stores", help_text=_("One on each line; all shops when empty.")
                            ),
                        ]
                    ),
                    FieldPanel(
                        "weekdays",
                        widget=Ticks(choices=WEEKDAYS),
                        help_text=_("Every day when none is ticked."),
                    ),
                    FieldRowPanel([FieldPanel("date_from"), FieldPanel("date_until")]),
                    FieldRowPanel([FieldPanel("hour_from"), FieldPanel("hour_until")]),
                ],
                heading=_("Where and when"),
                help_text=_("Days and hours are those of the club. The last hour does not count."),
            ),
            MultiFieldPanel(
                [
                    FieldRowPanel(
                        [
                            FieldPanel("tiers", help_text=_("Everyone when none is ticked.")),
                            FieldPanel(
                                "segment_id",
                                heading=_("Segment"),
                                help_text=_("As it stood when the day of the purchase began."),
                            ),
                        ]
                    ),
                ],
                heading=_("For whom"),
                classname="collapsed",
            ),
            MultiFieldPanel(
                [
                    FieldRowPanel([FieldPanel("max_per_purchase"), FieldPanel("max_per_day")]),
                    FieldRowPanel([FieldPanel("max_per_account"), FieldPanel("budget")]),
                ],
                heading=_("The most points it pays"),
                help_text=_("Empty: no limit. The last one is the budget of all versions."),
            ),
            LASTING,
            MultiFieldPanel([VersionsPanel()], heading=_("Versions")),
        ],
        base_form_class=EarnRuleForm,
    )


class BonusForm(VersionForm):
    """A version that somebody has had keeps all but its names and its end."""

    still_free = STILL_FREE

    def has_counted(self) -> bool:
        """Whether it has paid points."""
        return bool(self.instance.has_paid())


class BonusRuleViewSet(ModelViewSet):
    """One-off bonuses: for joining, birthdays, answers; a change is a new version."""

    model = BonusRule
    icon = "plus-inverse"
    menu_label = _("Bonuses")
    add_to_reference_index = False
    edit_view_class = VersionEditView
    copy_view_class = NewVersionView
    list_filter = ["occasion"]
    list_display = [
        TitleColumn("__str__", label=_("Name"), url_name="bonusrule:edit"),
        Column("occasion", label=_("For"), accessor="get_occasion_display"),
        Column("points", label=_("Points"), accessor=lambda rule: f"{rule.points:,}"),
        state_column(),
        DateColumn("valid_from", label=_("From"), sort_key="valid_from"),
    ]
    ordering = ["family", "-valid_from"]
    edit_handler = ObjectList(
        [
            MultiFieldPanel(
                [
                    FieldPanel("name"),
                    FieldPanel("title"),
                    FieldRowPanel([FieldPanel("brand"), FieldPanel("family")]),
                    SPAN,
                ],
                heading=_("Bonus"),
            ),
            MultiFieldPanel(
                [
                    FieldRowPanel([FieldPanel("occasion"), FieldPanel("points")]),
                    FieldRowPanel(
                        [
                            FieldPanel("question", help_text=_("For answers, and only for them.")),
                            FieldPanel("complete_percent"),
                        ]
                    ),
                    FieldPanel("qualifies"),
                ],
                heading=_("What it pays"),
            ),
            LASTING,
            MultiFieldPanel([VersionsPanel()], heading=_("Versions")),
        ],
        base_form_class=BonusForm,
    )
