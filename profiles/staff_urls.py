"""Where the staff's screens of this app are, beyond Wagtail's own."""

from django.urls import reverse

from profiles.models import MemberList


def list_import_url(member_list: MemberList) -> str:
    """The page that fills a list from a file."""
    return reverse("profiles_staff:import_list", args=[member_list.pk])


def import_members_url() -> str:
    """The page that imports members."""
    return reverse("profiles_staff:import_members")
