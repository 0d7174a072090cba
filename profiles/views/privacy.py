"""Personal data: the register of what is kept, one member's copy, and their erasure."""

import json
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from profiles import erasing, personal_data
from profiles.models import Member, PersonalDataEvent, User
from profiles.views.screens import Screen, WhyForm

SOURCE = "staff site"
LATEST = 50
SEE, COPY, ERASE = (
    "profiles.view_register",
    "profiles.copy_personal_data",
    "profiles.erase_member",
)


class Register(Screen):
    """Every table that holds something of a member: why, on what ground, how long."""

    template_name = "profiles/staff/register.html"
    page_title = gettext_lazy("Personal data")
    header_icon = "key"
    permissions = (SEE,)

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        """The tables with their sizes, and the latest copies and erasures."""
        rows = [
            {"holding": one, "rows": personal_data.model_of(one)._default_manager.count()}
            for one in personal_data.holdings()
        ]
        latest = PersonalDataEvent.objects.select_related("by").order_by("-occurred_at", "-pk")
        found: dict[str, Any] = super().get_context_data(
            tables=rows, latest=latest[:LATEST], **context
        )
        return found


class EraseForm(WhyForm):
    """Why, and a tick that one means it."""

    sure = forms.BooleanField(
        label=gettext_lazy("Yes, erase this member"),
        error_messages={"required": gettext_lazy("Please tick that you are sure.")},
    )


class MemberScreen(Screen):
    """A page about one member's data as a whole."""

    header_icon = "key"

    @cached_property
    def member(self) -> Member:
        """The member, not erased yet."""
        living = Member.objects.exclude(status=Member.Status.ERASED)
        member: Member = get_object_or_404(
            living.select_related("account__brand"), pk=self.kwargs["pk"]
        )
        return member

    def get_page_subtitle(self) -> str:
        """Who it is."""
        return str(self.member)

    def crumbs(self) -> list[tuple[str, str]]:
        """The member's page."""
        return [(reverse("members:inspect", args=[self.member.pk]), str(self.member))]


class MemberData(MemberScreen):
    """What is kept of one member, with the ways to hand it out and to erase it."""

    template_name = "profiles/staff/member_data.html"
    page_title = gettext_lazy("Personal data")
    permissions = (COPY,)

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        """The tables with how many entries are this member's."""
        found: dict[str, Any] = super().get_context_data(
            member=self.member,
            parts=[
                (part, len(rows)) for part, _columns, rows in personal_data.sections(self.member)
            ],
            may_erase=self.request.user.has_perm(ERASE),
            **context,
        )
        return found


class Erase(MemberScreen):
    """Erase a member who asked for it."""

    template_name = "profiles/staff/erase.html"
    page_title = gettext_lazy("Erase a member")
    permissions = (ERASE,)

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        """The form, and who else is in the household."""
        others = self.member.account.members.exclude(pk=self.member.pk)
        context.setdefault("form", EraseForm())
        found: dict[str, Any] = super().get_context_data(
            member=self.member,
            others=others.exclude(status=Member.Status.ERASED).count(),
            **context,
        )
        return found

    def post(self, request: HttpRequest, **_kwargs: Any) -> HttpResponseBase:
        """Erase, or say what is missing."""
        form = EraseForm(request.POST)
        if not form.is_valid():
            answer = self.shown(form=form)
            answer.status_code = 422
            return answer
        erasing.erase(self.member, SOURCE, by=self.who, why=form.cleaned_data["why"])
        messages.success(request, _("The member is erased. Nothing is left that tells who it was."))
        return HttpResponseRedirect(reverse("members:index"))


@require_POST
def copy_as_json(request: HttpRequest, pk: int) -> HttpResponse:
    """A member's copy for programs; handing it out is on record."""
    member = _handed_out(request, pk)
    text = json.dumps(personal_data.export(member), ensure_ascii=False, indent=2)
    return personal_data_file(text, "application/json", "json")


@require_POST
def copy_as_html(request: HttpRequest, pk: int) -> HttpResponse:
    """A member's copy to read; handing it out is on record."""
    return personal_data_file(
        readable_copy(_handed_out(request, pk)), "text/html; charset=utf-8", "html"
    )


def readable_copy(member: Member) -> str:
    """The copy as one file of HTML that needs nothing else, in the member's language."""
    with translation.override(member.language):
        context = {
            "member": member,
            "brand": member.account.brand,
            "parts": personal_data.sections(member),
            "today": timezone.now(),
        }
        return render_to_string("profiles/my_data_copy.html", context)


def personal_data_file(text: str, kind: str, ending: str) -> HttpResponse:
    """A file to keep, which no cache does."""
    name = f"{timezone.localdate():%Y-%m-%d}-my-data.{ending}"
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "private, no-store",
    }
    return HttpResponse(text, content_type=kind, headers=headers)


def _handed_out(request: HttpRequest, pk: int) -> Member:
    if not request.user.has_perm(COPY) or not isinstance(request.user, User):
        raise PermissionDenied
    living = Member.objects.exclude(status=Member.Status.ERASED)
    member: Member = get_object_or_404(living.select_related("account__brand"), pk=pk)
    PersonalDataEvent.objects.create(
        member=member, kind=PersonalDataEvent.Kind.COPIED, source=SOURCE, by=request.user
    )
    return member
