"""The editor of a campaign: its panels, and what submitting and approving ask first."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from wagtail.admin import messages
from wagtail.admin.panels import (
    FieldPanel,
    FieldRowPanel,
    InlinePanel,
    MultiFieldPanel,
    ObjectList,
    TabbedInterface,
)
from wagtail.admin.views.generic.preview import PreviewOnEdit
from wagtail.admin.views.generic.workflow import WorkflowAction
from wagtail.admin.widgets.button import HeaderButton
from wagtail.snippets.views.snippets import EditView

from campaigns import approval
from campaigns.models import Campaign
from campaigns.previewing import NoPreview, preview
from campaigns.readiness import blockers
from campaigns.staff.urls import overview_url, preview_url
from campaigns.staff.weekdays import Weekdays
from profiles.models import Member

PANELS = TabbedInterface(
    [
        ObjectList(
            [
                FieldPanel("name"),
                FieldRowPanel([FieldPanel("brand"), FieldPanel("kind"), FieldPanel("topic")]),
                MultiFieldPanel(
                    [
                        FieldRowPanel(
                            [
                                FieldPanel("segment"),
                                FieldPanel("excluded_segment", heading=_("Leave out")),
                            ]
                        ),
                        FieldRowPanel(
                            [
                                FieldPanel("holdout_percent", heading=_("Hold-out, %")),
                                FieldPanel("group"),
                            ]
                        ),
                        FieldPanel("weekly_cap_applies"),
                    ],
                    heading=_("Audience"),
                ),
                MultiFieldPanel(
                    [
                        FieldRowPanel(
                            [
                                FieldPanel(
                                    "send_at",
                                    heading=_("Start"),
                                    help_text=_("Empty: chosen when it is scheduled."),
                                ),
                                FieldPanel(
                                    "at_local_time", heading=_("At each member's local time")
                                ),
                            ]
                        ),
                        FieldRowPanel(
                            [
                                FieldPanel(
                                    "window_from",
                                    heading=_("Not before"),
                                    help_text=_("Time of the member's day; empty for any time."),
                                ),
                                FieldPanel(
                                    "window_until",
                                    heading=_("Not after"),
                                    help_text=_("What is left then goes on the next day."),
                                ),
                            ]
                        ),
                        FieldPanel(
                            "window_days",
                            heading=_("Only on"),
                            widget=Weekdays,
                            help_text=_("Days of the member's week."),
                        ),
                        FieldRowPanel(
                            [
                                FieldPanel(
                                    "rate_per_minute",
                                    heading=_("At most, mails a minute"),
                                    help_text=_("Empty: as fast as it goes."),
                                ),
                                FieldPanel(
                                    "first_percent",
                                    heading=_("Trial, %"),
                                    help_text=_(
                                        "Goes first; the rest follows while all is well. "
                                        "Empty: the club's own; 0: no trial."
                                    ),
                                ),
                            ]
                        ),
                    ],
                    heading=_("When and how fast"),
                ),
            ],
            heading=_("Plan"),
        ),
        ObjectList(
            [
                InlinePanel(
                    "emails",
                    heading=_("Mail"),
                    label=_("language"),
                    help_text=_("The first one serves members whose language has none."),
                    panels=[
                        FieldPanel("language"),
                        FieldPanel("subject"),
                        FieldPanel("preheader"),
                        FieldPanel("body"),
                    ],
                )
            ],
            heading=_("Mail"),
        ),
        ObjectList(
            [
                InlinePanel(
                    "campaign_offers",
                    heading=_("Offers"),
                    label=_("offer"),
                    panels=[FieldPanel("offer"), FieldPanel("for_holders_only")],
                )
            ],
            heading=_("Offers"),
        ),
    ]
)


class CampaignEditView(EditView):
    """The editor; what is not ready cannot be submitted or approved."""

    @cached_property
    def header_buttons(self) -> list[HeaderButton]:
        """The way to where it stands and to the preview as any member."""
        return [
            HeaderButton(_("Where it stands"), overview_url(self.object), icon_name="tasks"),
            HeaderButton(_("Preview as a member"), preview_url(self.object), icon_name="view"),
        ]

    def save_instance(self) -> Campaign:
        """Save; whoever changed the content is its editor before any action is taken on it."""
        stored = Campaign.objects.get(pk=self.object.pk)
        before = approval.newest_hash(stored)
        saved: Campaign = super().save_instance()
        stored.refresh_from_db()
        if approval.newest_hash(stored) != before:
            approval.record_edit(stored, self.request.user)
        return saved

    def submit_action(self) -> HttpResponse | None:
        """Submit for approval, unless something is in the way: then it stays a saved draft."""
        return self._refused() or super().submit_action()

    def workflow_action_action(self) -> HttpResponse | None:
        """Approve or reject; approving needs the same readiness as submitting."""
        refused = self._refused() if self.workflow_action == "approve" else None
        return refused or super().workflow_action_action()

    def _refused(self) -> HttpResponse | None:
        found = blockers(self.object)
        for problem in found:
            messages.error(self.request, problem)
        return redirect(self.get_edit_url()) if found else None


class CampaignWorkflowAction(WorkflowAction):
    """Approving from the list of tasks."""

    def post(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        """Refuse to approve what is not ready, naming why."""
        newest = self.object.get_latest_revision_as_object()
        found = blockers(newest) if self.action_name == "approve" else ()
        if not found:
            response: HttpResponse = super().post(request, *args, **kwargs)
            return response
        for problem in found:
            messages.error(request, problem)
        return redirect(self.redirect_url)


class CampaignPreview(PreviewOnEdit):
    """The editor's side panel: the mail as the first member of the audience would get it."""

    def get(self, *_args: Any, **_kwargs: Any) -> HttpResponse:
        """Render the form as it stands, unsaved changes included."""
        form = self.get_form(self._get_form_data(self._get_form_state()))
        if not self.validate_form(form):
            response: HttpResponse = self.error_response()
            return response
        form.save(commit=False)
        member = Member.objects.filter(account__brand=self.object.brand_id, status="active").first()
        try:
            html = preview(self.object, member).html if member else "There is no member yet."
        except NoPreview as error:
            return HttpResponse(str(error), content_type="text/plain; charset=utf-8")
        shown = HttpResponse(html)
        shown["X-Frame-Options"] = "SAMEORIGIN"
        return shown
