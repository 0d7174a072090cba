"""What a brand settles once for all: worth and limits of points, the desk's limits, referrals."""

from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel, ObjectList
from wagtail.admin.ui.tables import Column, DateColumn, TitleColumn
from wagtail.admin.viewsets.model import ModelViewSet

from loyalty.models import LoyaltyRules, ReferralRule, ServiceLimits
from loyalty.staff.forms import SettledForm, VersionForm
from loyalty.staff.versions import NewVersionView, VersionEditView, VersionsPanel, state_column


class LoyaltyRulesViewSet(ModelViewSet):
    """A brand's settings of its points."""

    model = LoyaltyRules
    icon = "sliders"
    menu_label = _("Worth and limits")
    add_to_reference_index = False
    copy_view_enabled = False
    list_display = [
        TitleColumn("brand", label=_("Club"), url_name="loyaltyrules:edit"),
        Column(
            "points_value_minor",
            label=_("100 points are worth"),
            accessor=lambda rules: f"{rules.points_value_minor / 100:,.2f} {rules.brand.currency}",
        ),
        Column("return_days", label=_("Return window in days")),
    ]
    edit_handler = ObjectList(
        [
            FieldPanel("brand"),
            MultiFieldPanel(
                [
                    FieldRowPanel(
                        [FieldPanel("points_value_minor"), FieldPanel("breakage_percent")]
                    ),
                    FieldRowPanel([FieldPanel("return_days"), FieldPanel("grace_days")]),
                ],
                heading=_("Points"),
            ),
            MultiFieldPanel(
                [
                    FieldRowPanel(
                        [FieldPanel("highest_rate_percent"), FieldPanel("biggest_bonus_minor")]
                    ),
                ],
                heading=_("What no rule may exceed"),
                help_text=_("A rule above these is refused when it is saved, with an example."),
            ),
            MultiFieldPanel(
                [FieldRowPanel([FieldPanel("adjustment_limit"), FieldPanel("clock_skew_minutes")])],
                heading=_("Staff and tills"),
            ),
        ],
        base_form_class=SettledForm,
    )


class ServiceLimitsViewSet(ModelViewSet):
    """What a clerk may do alone."""

    model = ServiceLimits
    icon = "lock"
    menu_label = _("Service desk limits")
    add_to_reference_index = False
    copy_view_enabled = False
    list_display = [
        TitleColumn("brand", label=_("Club"), url_name="servicelimits:edit"),
        Column("points_per_day", label=_("Points a day")),
        Column("receipts_per_day", label=_("Receipts a day")),
        Column("vouchers_per_day", label=_("Vouchers a day")),
    ]
    edit_handler = ObjectList(
        [
            FieldPanel("brand"),
            MultiFieldPanel(
                [
                    FieldRowPanel([FieldPanel("receipt_minor"), FieldPanel("receipt_days")]),
                    FieldPanel("receipts_per_day"),
                ],
                heading=_("Missing receipts"),
                help_text=_("Beyond this a second person has to approve."),
            ),
            MultiFieldPanel(
                [FieldRowPanel([FieldPanel("points_per_day"), FieldPanel("vouchers_per_day")])],
                heading=_("Points and vouchers"),
                help_text=_("What one clerk may give in a day without a second person."),
            ),
        ],
        base_form_class=SettledForm,
    )


class ReferralRuleForm(VersionForm):
    """A version by which friends came keeps what it promised."""

    still_free = frozenset()

    def has_counted(self) -> bool:
        """Whether friends have come by it."""
        return bool(self.instance.referrals.exists())


class ReferralRuleViewSet(ModelViewSet):
    """What a friend brings; a change is a new version."""

    model = ReferralRule
    icon = "group"
    menu_label = _("Friends")
    add_to_reference_index = False
    edit_view_class = VersionEditView
    copy_view_class = NewVersionView
    list_display = [
        TitleColumn(
            "__str__", label=_("Points for both"), url_name="referralrule:edit", sort_key="pk"
        ),
        state_column(),
        DateColumn("valid_from", label=_("From"), sort_key="valid_from"),
    ]
    ordering = ["-valid_from"]
    edit_handler = ObjectList(
        [
            MultiFieldPanel(
                [
                    FieldPanel("brand"),
                    FieldRowPanel([FieldPanel("referrer_points"), FieldPanel("referred_points")]),
                    FieldRowPanel([FieldPanel("valid_from"), FieldPanel("valid_until")]),
                ],
                heading=_("What it pays"),
                help_text=_(
                    "Once friends have come by a version it stays as it is: make a new one."
                ),
            ),
            MultiFieldPanel(
                [
                    FieldRowPanel([FieldPanel("minimum_minor"), FieldPanel("currency")]),
                    FieldRowPanel(
                        [
                            FieldPanel("waiting_days", heading=_("Wait for days")),
                            FieldPanel("max_per_year"),
                        ]
                    ),
                    FieldPanel("valid_days", heading=_("Points last for days")),
                ],
                heading=_("On which terms"),
            ),
            MultiFieldPanel([VersionsPanel()], heading=_("Versions")),
        ],
        base_form_class=ReferralRuleForm,
    )
