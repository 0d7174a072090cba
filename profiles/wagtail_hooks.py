"""The club in Wagtail: menu and routes."""

from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import include, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.permissions import register_permission_policy

from profiles.models import Member, Suppression
from profiles.views import imports, privacy
from profiles.views.members import LookOnly
from profiles.viewsets import ClubGroup

for looked_at in (Member, Suppression):
    register_permission_policy(looked_at, LookOnly(looked_at))


@hooks.register("register_admin_viewset")
def club() -> ClubGroup:
    """The menu about the club and its members."""
    return ClubGroup()


@hooks.register("register_admin_urls")
def admin_urls() -> list[Any]:
    """Screens beyond Wagtail's own."""
    routes = [
        path("members/", imports.import_members_file, name="import_members"),
        path("lists/<int:pk>/", imports.import_list_file, name="import_list"),
    ]
    about_data = [
        path("", privacy.Register.as_view(), name="register"),
        path("members/<int:pk>/", privacy.MemberData.as_view(), name="member"),
        path("members/<int:pk>/copy.json", privacy.copy_as_json, name="copy_json"),
        path("members/<int:pk>/copy.html", privacy.copy_as_html, name="copy_html"),
        path("members/<int:pk>/erase/", privacy.Erase.as_view(), name="erase"),
    ]
    return [
        path("import/", include((routes, "profiles_staff"))),
        path("personal-data/", include((about_data, "personal_data"))),
    ]


@hooks.register("register_reports_menu_item")
def register_of_personal_data() -> MenuItem:
    """The register, for those who may see it."""
    return RegisterItem(
        _("Personal data"), reverse("personal_data:register"), icon_name="key", order=900
    )


class RegisterItem(MenuItem):
    """Shown to those who may see the register."""

    def is_shown(self, request: HttpRequest) -> bool:
        """Whether this person may."""
        return bool(request.user.has_perm("profiles.view_register"))


@hooks.register("insert_global_admin_css")
def styles() -> str:
    """The few rules that texts in several languages and the member page need."""
    return format_html('<link rel="stylesheet" href="{}">', static("profiles/staff.css"))
