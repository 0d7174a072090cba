"""Reports in Wagtail: the entry in its Reports menu, and the routes."""

from typing import Any

from django.http import HttpRequest
from django.urls import include, path, reverse_lazy
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from campaigns.views import reports


class ReportsMenuItem(MenuItem):
    """The way to the reports, for those who may look at campaigns."""

    def is_shown(self, request: HttpRequest) -> bool:
        """Whether the person may follow it."""
        return request.user.has_perm("campaigns.view_campaign")


@hooks.register("register_reports_menu_item")
def menu_item() -> ReportsMenuItem:
    """Above Wagtail's own reports: it is what a marketer comes for."""
    url = reverse_lazy("campaigns_report:list")
    return ReportsMenuItem(_("Campaigns"), url, name="campaign-reports", icon_name="mail", order=10)


@hooks.register("register_admin_urls")
def admin_urls() -> list[Any]:
    """The report screens."""
    one, group = "<int:pk>/", "groups/<int:brand>/<str:group>/"
    routes = [
        path("", reports.ReportList.as_view(), name="list"),
        path(one, reports.CampaignReport.as_view(), name="campaign"),
        path(f"{one}progress/", reports.Progress.as_view(), name="progress"),
        path(f"{one}figures.csv", reports.FiguresCsv.as_view(), name="figures_csv"),
        path(f"{one}deliveries.csv", reports.DeliveriesCsv.as_view(), name="deliveries_csv"),
        path(f"{one}members/<str:figure>/", reports.MembersBehind.as_view(), name="members"),
        path(f"{group}<str:figure>/", reports.GroupMembersBehind.as_view(), name="group_members"),
    ]
    return [path("campaign-reports/", include((routes, "campaigns_report")))]
