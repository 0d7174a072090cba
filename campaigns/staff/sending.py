"""How mail may be sent: a brand's rules, and limits for single mail domains."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import DomainNameValidator
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel, ObjectList
from wagtail.admin.ui.tables import Column, NumberColumn, TitleColumn
from wagtail.snippets.views.snippets import SnippetViewSet

from campaigns.models import DomainLimit, SendingRules

FASTEST = 1_000_000  # mails a minute; more is no limit
NOT_A_DOMAIN = _("Write the part after the @, like gmail.com.")


class RulesForm(WagtailAdminModelForm):
    """Says in words what the database would refuse."""

    def clean(self) -> dict[str, Any]:
        """Quiet hours need a beginning and another end."""
        data: dict[str, Any] = super().clean()
        begin, end = data.get("quiet_from"), data.get("quiet_until")
        if (begin is None) != (end is None):
            missing = "quiet_from" if begin is None else "quiet_until"
            if missing not in self.errors:
                self.add_error(missing, _("Give both ends of the quiet hours, or neither."))
        elif begin is not None and begin == end:
            self.add_error("quiet_until", _("The quiet hours end when they begin."))
        return data


class DomainLimitForm(WagtailAdminModelForm):
    """Takes a domain however people write it."""

    def clean_domain(self) -> str:
        """The domain as it is compared: in small letters, without what stands before an @."""
        said = self.cleaned_data["domain"].strip().rpartition("@")[2].rstrip(".").lower()
        try:
            DomainNameValidator(accept_idna=False)(said.encode("idna").decode())
        except (ValidationError, UnicodeError):
            raise ValidationError(NOT_A_DOMAIN) from None
        return str(said)

    def clean_per_minute(self) -> int:
        """A limit that limits something."""
        rate: int = self.cleaned_data["per_minute"]
        if rate > FASTEST:
            raise ValidationError(_("At most a million a minute; delete the limit for no limit."))
        return rate


def quiet_hours(rules: SendingRules) -> str:
    """The quiet hours as a span."""
    if rules.quiet_from is None or rules.quiet_until is None:
        return str(_("none"))
    return f"{rules.quiet_from:%H:%M} to {rules.quiet_until:%H:%M}"


def staged_start(rules: SendingRules) -> str:
    """The trial in a few words."""
    if not rules.first_percent:
        return str(_("all at once"))
    return f"{rules.first_percent} % first, then {rules.first_wait_minutes} minutes"


class SendingRulesViewSet(SnippetViewSet):
    """A brand's rules; without any, the defaults hold."""

    model = SendingRules
    icon = "sliders"
    menu_label = _("Sending rules")
    add_to_admin_menu = False
    list_display = [
        TitleColumn(
            "brand",
            label=_("Club"),
            accessor="brand",
            url_name="wagtailsnippets_campaigns_sendingrules:edit",
        ),
        Column("start", label=_("Start"), accessor=staged_start),
        Column("quiet", label=_("Quiet hours"), accessor=quiet_hours),
        Column("warm_up_from", label=_("Warm-up from")),
    ]
    edit_handler = ObjectList(
        [
            FieldPanel("brand", heading=_("Club")),
            MultiFieldPanel(
                [
                    FieldRowPanel(
                        [
                            FieldPanel("first_percent", heading=_("Trial, % of each campaign")),
                            FieldPanel("first_wait_minutes", heading=_("Then wait, minutes")),
                        ]
                    ),
                ],
                heading=_("Staged start"),
                help_text=_("A few mails go first; the rest follows while all is well."),
            ),
            MultiFieldPanel(
                [
                    FieldRowPanel(
                        [
                            FieldPanel(
                                "failed_percent",
                                heading=_("Refused, %"),
                                help_text=_("of the mails tried"),
                            ),
                            FieldPanel(
                                "bounced_percent",
                                heading=_("Bounced, %"),
                                help_text=_("of the mails tried"),
                            ),
                            FieldPanel(
                                "complained_percent",
                                heading=_("Complaints, %"),
                                help_text=_("of the mails accepted"),
                            ),
                        ]
                    ),
                ],
                heading=_("When a campaign holds"),
                help_text=_("Above any of these it pauses by itself and says why."),
            ),
            MultiFieldPanel(
                [
                    FieldRowPanel(
                        [
                            FieldPanel(
                                "quiet_from",
                                heading=_("Quiet from"),
                                help_text=_("Time of the member's day; empty for no quiet hours."),
                            ),
                            FieldPanel(
                                "quiet_until",
                                heading=_("Quiet until"),
                                help_text=_("What came in between waits until then."),
                            ),
                        ]
                    ),
                    FieldPanel("rest_hours", heading=_("Rest between two mails, hours")),
                ],
                heading=_("Members' peace"),
            ),
            MultiFieldPanel(
                [
                    FieldPanel("warm_up_from", heading=_("First day")),
                    FieldRowPanel(
                        [
                            FieldPanel("warm_up_first_day", heading=_("Mails on the first day")),
                            FieldPanel("warm_up_growth_percent", heading=_("Growth a day, %")),
                            FieldPanel(
                                "warm_up_days",
                                heading=_("Days"),
                                help_text=_("After so many there is no cap."),
                            ),
                        ]
                    ),
                ],
                heading=_("Warm-up of a new sender"),
                help_text=_("Mailbox providers trust a new sender little by little."),
            ),
        ],
        base_form_class=RulesForm,
    )


class DomainLimitViewSet(SnippetViewSet):
    """At most so many mails a minute to one mail domain."""

    model = DomainLimit
    icon = "time"
    menu_label = _("Limits by domain")
    add_to_admin_menu = False
    search_fields = ["domain"]
    list_display = [
        TitleColumn(
            "domain",
            label=_("Mail domain"),
            url_name="wagtailsnippets_campaigns_domainlimit:edit",
            sort_key="domain",
        ),
        NumberColumn("per_minute", label=_("Mails a minute")),
    ]
    edit_handler = ObjectList(
        [
            FieldPanel(
                "domain",
                heading=_("Mail domain"),
                help_text=_("What stands after the @ of the addresses it is about."),
            ),
            FieldPanel(
                "per_minute",
                heading=_("Mails a minute"),
                help_text=_("At most, over all campaigns; those above it wait their turn."),
            ),
        ],
        base_form_class=DomainLimitForm,
    )
