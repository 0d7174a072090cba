"""Where the staff's screens of this app are, beyond Wagtail's own."""

from django.urls import reverse

from profiles.models import Member, MemberList, Question


def list_import_url(member_list: MemberList) -> str:
    """The page that fills a list from a file."""
    return reverse("profiles_staff:import_list", args=[member_list.pk])


def question_url(question: Question) -> str:
    """The page that shows a question as members see and answer it."""
    return reverse("question:inspect", args=[question.pk])


def import_members_url() -> str:
    """The page that imports members."""
    return reverse("profiles_staff:import_members")


def member_data_url(member: Member) -> str:
    """The page about a member's data as a whole."""
    return reverse("personal_data:member", args=[member.pk])
