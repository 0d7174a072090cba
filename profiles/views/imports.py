"""Importing members and lists from CSV: what is new, what changed, which lines were refused."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext_lazy as _

from profiles.importing import UnreadableFile, import_list, import_members
from profiles.models import Brand, ImportJob, MemberList

MAX_BYTES = 20 * 1024 * 1024
REJECTS_SHOWN = 200


class FileForm(forms.Form):
    """A CSV file of at most 20 MB."""

    file = forms.FileField(label=_("CSV file"), help_text=_("UTF-8, with column names on top."))

    def clean_file(self) -> Any:
        """Refuse a file that is too large to read in one go."""
        file = self.cleaned_data["file"]
        if file.size > MAX_BYTES:
            raise forms.ValidationError(_("The file is larger than 20 MB."))
        return file


class MembersForm(FileForm):
    """Which club the members belong to, and whether to try first."""

    brand = forms.ModelChoiceField(Brand.objects.all(), label=_("Club"))
    dry_run = forms.BooleanField(
        required=False, initial=True, label=_("Only try"), help_text=_("Count, but keep nothing.")
    )
    field_order = ["brand", "file", "dry_run"]


def import_members_file(request: HttpRequest) -> HttpResponse:
    """Members by address; nobody is subscribed to anything."""
    _demand(request, "profiles.add_importjob")
    form = MembersForm(
        request.POST or None, request.FILES or None, initial={"brand": Brand.objects.first()}
    )
    columns = "email, first_name, last_name, language, phone"
    context = {"heading": _("Import members"), "columns": columns, "icon": "user"}
    return _page(request, form, context, _take_members)


def import_list_file(request: HttpRequest, pk: int) -> HttpResponse:
    """Members of the club onto a list, by address or card."""
    _demand(request, "profiles.add_importjob")
    member_list = get_object_or_404(MemberList, pk=pk)
    form = FileForm(request.POST or None, request.FILES or None)
    context = {
        "heading": _("Import a list"),
        "subject": member_list.name,
        "columns": "email or card",
        "icon": "list-ul",
    }

    def take(request: HttpRequest, form: forms.Form) -> ImportJob:
        file = form.cleaned_data["file"]
        return import_list(member_list, file.read(), file.name[:200], _staff(request))

    return _page(request, form, context, take)


def _take_members(request: HttpRequest, form: forms.Form) -> ImportJob:
    data = form.cleaned_data
    return import_members(
        data["brand"],
        data["file"].read(),
        data["file"].name[:200],
        _staff(request),
        dry_run=data["dry_run"],
    )


def _page(
    request: HttpRequest,
    form: forms.Form,
    context: dict[str, Any],
    take: Callable[[HttpRequest, forms.Form], ImportJob],
) -> HttpResponse:
    job = None
    if request.method == "POST" and form.is_valid():
        try:
            job = take(request, form)
        except UnreadableFile as error:
            form.add_error("file", str(error))
    status = 422 if form.errors else 200
    found = {"form": form, "job": job, "rejects": job.rejects[:REJECTS_SHOWN] if job else []}
    return render(request, "profiles/staff/import.html", {**context, **found}, status=status)


def _demand(request: HttpRequest, permission: str) -> None:
    if not request.user.has_perm(permission):
        raise PermissionDenied


def _staff(request: HttpRequest) -> Any:
    return request.user
