"""The club in Wagtail: menu and routes."""

from typing import Any

from django.templatetags.static import static
from django.urls import include, path
from django.utils.html import format_html
from wagtail import hooks
from wagtail.permissions import register_permission_policy

from profiles.models import Member, Suppression
from profiles.views import imports
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
    return [path("import/", include((routes, "profiles_staff")))]


@hooks.register("insert_global_admin_css")
def styles() -> str:
    """The few rules that texts in several languages and the member page need."""
    return format_html('<link rel="stylesheet" href="{}">', static("profiles/staff.css"))
