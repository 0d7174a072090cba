"""The staff's list of members, and the one page that shows everything about one."""

from typing import Any

from django.db.models import QuerySet
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from wagtail.admin.ui.tables import Column, DateColumn, StatusTagColumn, TitleColumn
from wagtail.admin.views.generic import IndexView, InspectView
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.admin.widgets.button import HeaderButton
from wagtail.permission_policies import ModelPermissionPolicy

from profiles import member_page
from profiles.finding import find
from profiles.models import ConsentEvent, Member, Question
from profiles.staff_urls import import_members_url, member_data_url
from profiles.timeline import timeline

TIMELINE_LENGTH = 200


class LookOnly(ModelPermissionPolicy):
    """Members are looked at here; what they allow and answer is theirs to change."""

    def user_has_permission(self, user: Any, action: str) -> bool:
        """Only viewing, for those who may view members."""
        return action == "view" and bool(super().user_has_permission(user, action))


class MemberIndexView(IndexView):
    """Members by name; the search knows address, card, phone, name and household number."""

    default_ordering = ["last_name", "first_name", "pk"]
    page_title = _("Members")

    @cached_property
    def header_buttons(self) -> list[HeaderButton]:
        """Import, for those who may."""
        if not self.request.user.has_perm("profiles.add_importjob"):
            return []
        return [HeaderButton(_("Import a file"), import_members_url(), icon_name="upload")]

    def get_base_queryset(self) -> QuerySet[Member]:
        """Everyone who is not erased."""
        return Member.objects.exclude(status=Member.Status.ERASED)

    def search_queryset(self, queryset: QuerySet[Member]) -> QuerySet[Member]:
        """Search by prefix, which an index can serve among a million."""
        return find(queryset, self.search_query) if self.search_query else queryset


class MemberPage(InspectView):
    """Profile, consent, points, purchases, and every mail with what they did with it."""

    template_name = "profiles/staff/member.html"
    page_title = _("Member")

    def get_object(self, _queryset: QuerySet[Member] | None = None) -> Member:
        """The member with household and brand."""
        self.queryset = Member.objects.select_related("account__brand")
        self.model = self.queryset.model
        member: Member = super().get_object()
        return member

    def get_page_subtitle(self) -> str:
        """Who this is."""
        return str(self.object)

    @cached_property
    def header_buttons(self) -> list[HeaderButton]:
        """The member's data as a whole, for those who may hand it out."""
        if not self.request.user.has_perm("profiles.copy_personal_data"):
            return []
        if self.object.status == Member.Status.ERASED:
            return []
        url = member_data_url(self.object)
        return [HeaderButton(_("Personal data"), url, icon_name="key")]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Everything the page shows, in a fixed number of queries per section."""
        member = self.object
        sections = member_page.sections(member)
        items = timeline(member)
        context: dict[str, Any] = super().get_context_data(
            member=member,
            figures=[figure for section in sections for figure in section.figures],
            sections=sections,
            answers=answers_by_group(member),
            subscriptions=member.subscriptions.select_related("topic").order_by("topic__order"),
            evidence=_evidence(member),
            dates=member.important_dates.all(),
            cards=member.account.cards.all(),
            household=member.account.members.exclude(pk=member.pk),
            timeline=items[:TIMELINE_LENGTH],
            timeline_left_out=max(0, len(items) - TIMELINE_LENGTH),
            **kwargs,
        )
        return context


class MemberViewSet(ModelViewSet):
    """Members in the staff site: found, looked at, never edited here."""

    model = Member
    icon = "user"
    menu_label = _("Members")
    name = "members"
    url_prefix = "members"
    inspect_view_enabled = True
    copy_view_enabled = False
    index_view_class = MemberIndexView
    inspect_view_class = MemberPage
    exclude_form_fields: list[str] = []
    search_fields = ["last_name"]
    list_display = [
        TitleColumn("full_name", label=_("Name"), url_name="members:inspect"),
        Column("email", label=_("Address"), classname="breakable"),
        Column("language", label=_("Language"), classname="on-wide"),
        StatusTagColumn("status", label=_("State"), accessor="get_status_display"),
        Column(
            "tracking",
            label=_("Opens and clicks"),
            accessor="get_tracking_display",
            classname="on-wide",
        ),
        DateColumn("joined_at", label=_("Joined"), classname="on-wide"),
    ]
    list_filter = ["status", "tracking", "language"]


def answers_by_group(member: Member) -> list[dict[str, Any]]:
    """The member's answers under their questions' groups, each with when and how it was given."""
    rows = member.answers.select_related("question__group", "choice").order_by(
        "question__group__order", "question__order", "choice__order"
    )
    groups: dict[str, dict[Question, dict[str, Any]]] = {}
    for row in rows:
        questions = groups.setdefault(str(row.question.group), {})
        entry = questions.setdefault(row.question, {"texts": [], "at": row.answered_at})
        entry["texts"].append(str(row.choice or row.number or row.date or row.text))
    return [{"title": title, "answers": list(found.items())} for title, found in groups.items()]


def _evidence(member: Member) -> QuerySet[ConsentEvent]:
    events = member.consent_events.select_related("topic", "wording")
    return events.order_by("-occurred_at", "-pk")
