"""The member's statement: every line with its reason, page by page, and as a file to keep."""

from collections.abc import Iterator
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from campaigns.views import report_csv
from loyalty.statement import StatementLine, statement
from portal.purse import purse
from portal.signed_in_by_link import linked, member_of, show
from portal.statement_days import days_of

LINES = 40


@linked
@require_safe
def pages(request: HttpRequest, token: str) -> HttpResponseBase:
    """All that happened to the household's points, newest first."""
    member, now = member_of(request, token), timezone.now()
    with translation.override(member.language):
        lines = statement(member.account, now)
    page = Paginator(lines, LINES).get_page(request.GET.get("page"))
    return show(
        request,
        "portal/statement.html",
        member,
        token=token,
        page=page,
        days=days_of(page.object_list, member.account.brand),
        purse=purse(member.account, now),
    )


@linked
@require_safe
def as_csv(request: HttpRequest, token: str) -> HttpResponseBase:
    """The whole statement, oldest first, for a spreadsheet."""
    member = member_of(request, token)
    with translation.override(member.language):
        rows = list(_rows(statement(member.account)))
        name = _("statement")
    return report_csv.response(name, rows)


def _rows(lines: list[StatementLine]) -> Iterator[list[Any]]:
    yield [
        _("When"),
        _("What for"),
        _("Why"),
        _("Points"),
        _("Balance"),
        _("On their way"),
        _("Set aside"),
        _("Owed"),
    ]
    for line in reversed(lines):
        sums = [line.points, line.balance, line.waiting_after, line.aside_after, line.owed_after]
        yield [line.at.isoformat(timespec="seconds"), line.title, "; ".join(line.details), *sums]
