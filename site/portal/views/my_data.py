"""A member's data: what is kept and why, a copy to take along, and having it erased."""

import json

from django.contrib.auth import logout
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import translation
from django.views.decorators.http import require_http_methods, require_safe

from loyalty.ledger import balance
from portal.privacy import requester
from portal.signed_in_by_link import ME, linked, show, signed_in
from profiles import erasing as erasure
from profiles import personal_data
from profiles.models import Member
from profiles.views.privacy import personal_data_file, readable_copy

SOURCE = "account"


@linked
@require_safe
def overview(request: HttpRequest) -> HttpResponseBase:
    """What is kept, why and how long; each table with how many entries there are."""
    member = signed_in(request)
    with translation.override(member.language):
        there = {part.model: len(rows) for part, _columns, rows in personal_data.sections(member)}
    rows = [(one, there[one.model]) for one in personal_data.holdings() if one.model in there]
    return show(request, "portal/my_data.html", member, token=ME, rows=rows)


@linked
@require_safe
def as_json(request: HttpRequest) -> HttpResponseBase:
    """The whole copy, for another program to read."""
    text = json.dumps(personal_data.export(signed_in(request)), ensure_ascii=False, indent=2)
    return personal_data_file(text, "application/json", "json")


@linked
@require_safe
def as_html(request: HttpRequest) -> HttpResponseBase:
    """The whole copy, for people to read, in one file that needs nothing else."""
    return personal_data_file(readable_copy(signed_in(request)), "text/html; charset=utf-8", "html")


@linked
@require_http_methods(["GET", "HEAD", "POST"])
def erasing(request: HttpRequest) -> HttpResponseBase:
    """Say what goes and what stays; on a yes that was ticked, erase and sign out."""
    member = signed_in(request)
    if request.method == "POST" and "sure" in request.POST:
        return _erased(request, member)
    return show(
        request,
        "portal/erase.html",
        member,
        422 if request.method == "POST" else 200,
        token=ME,
        unsure=request.method == "POST",
        points=balance(member.account),
        others=_others(member),
    )


def _erased(request: HttpRequest, member: Member) -> HttpResponseBase:
    language, brand = member.language, member.account.brand
    erasure.erase(member, SOURCE, requester(request))
    logout(request)
    return show(
        request,
        "portal/erased.html",
        Member(language=language, account=member.account),
        brand=brand,
    )


def _others(member: Member) -> int:
    living = member.account.members.exclude(status=Member.Status.ERASED)
    return living.exclude(pk=member.pk).count()
