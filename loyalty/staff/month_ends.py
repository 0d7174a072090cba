"""The months of the books: their reports, their files, and closing them for good."""

from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin import messages

from loyalty import finance_export, months
from loyalty.models import BookEvent, ClosedMonth, Entry
from loyalty.months import BooksDisagree, MonthReport, NotClosable
from loyalty.staff import may
from loyalty.staff.money import csv_answer, in_money, in_words, month_of
from loyalty.staff.screens import BrandScreen
from loyalty.staff.urls import here
from profiles.models import Brand
from profiles.time_zones import zone_named

A_MONTH = timedelta(days=32)  # from the first of a month into the next


class Months(BrandScreen):
    """Every month, the youngest first: closed ones with their figures, open ones to look at."""

    page_title = gettext_lazy("Month-ends")
    header_icon = "date"
    permissions = (may.LOOK_AT_LIABILITY,)
    template_name = "loyalty/staff/months.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The months."""
        closed = ClosedMonth.objects.filter(brand=self.brand).select_related("closed_by")
        context: dict[str, Any] = super().get_context_data(
            open_months=[(month, in_words(month), f"{month:%Y-%m}") for month in _open(self.brand)],
            due=months.next_to_close(self.brand),
            closed=[_closed_row(one) for one in closed.order_by("-until")],
            **kwargs,
        )
        return context


class MonthScreen(BrandScreen):
    """A page about one month."""

    header_icon = "date"
    permissions: tuple[str, ...] = (may.LOOK_AT_LIABILITY,)

    @cached_property
    def month(self) -> date:
        """The month that the address names."""
        return month_of(self.kwargs["month"])

    @cached_property
    def closed(self) -> ClosedMonth | None:
        """How it was closed, if it was."""
        until = months.span(self.brand, self.month)[1]
        return ClosedMonth.objects.filter(brand=self.brand, until=until).first()

    @cached_property
    def report(self) -> MonthReport:
        """The report: of a closed month, as it was known then. Raises BooksDisagree."""
        known_at = self.closed.closed_at if self.closed else None
        return months.report(self.brand, self.month, known_at)

    @property
    def query(self) -> str:
        """What keeps the brand in an address."""
        return f"?brand={self.brand.pk}"

    def crumbs(self) -> list[tuple[str, str]]:
        """All months."""
        return [(f"{here('months')}{self.query}", str(Months.page_title))]

    def get_page_title(self) -> str:
        """The month."""
        return in_words(self.month)

    def own(self, name: str) -> str:
        """The address of another screen about this month."""
        return f"{here(name, f'{self.month:%Y-%m}')}{self.query}"


class Month(MonthScreen):
    """Opening, what changed it, closing: in points and money."""

    template_name = "loyalty/staff/month.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The report, or that the books disagree."""
        told: dict[str, Any] = {}
        try:
            told["rows"] = _rows(self.report)
            told["worth"] = in_money(self.report.worth, self.report.currency)
            signed_off = self.closed.figures if self.closed else self.report.figures()
            told["differs"] = signed_off != self.report.figures()
        except BooksDisagree as error:
            told["disagree"] = str(error)
        may_close = self.who.has_perm(may.CLOSE_MONTHS) and _is_due(self.brand, self.month)
        context: dict[str, Any] = super().get_context_data(
            closed=self.closed,
            close_url=self.own("close_month") if may_close else "",
            summary_url=self.own("month_csv"),
            journal_url=self.own("journal_csv"),
            **told,
            **kwargs,
        )
        return context


class MonthCsv(MonthScreen):
    """The report as a file."""

    def get(self, _request: HttpRequest, **_kwargs: Any) -> HttpResponseBase:
        """Send it, or say that the books disagree."""
        name = f"month-{self.brand.slug}-{self.month:%Y-%m}"
        try:
            return csv_answer(name, finance_export.summary_rows(self.report))
        except BooksDisagree as error:
            messages.error(self.request, str(error))
            return redirect(self.own("month"))


class JournalCsv(MonthScreen):
    """The report as journal lines for the company's general ledger."""

    def get(self, _request: HttpRequest, **_kwargs: Any) -> HttpResponseBase:
        """Send it, or say which accounts are missing."""
        try:
            rows = list(finance_export.journal_rows(self.report))
        except (finance_export.CodesMissing, BooksDisagree) as error:
            messages.error(self.request, str(error))
            return redirect(self.own("month"))
        return csv_answer(f"journal-{self.brand.slug}-{self.month:%Y-%m}", rows)


class CloseMonth(MonthScreen):
    """Closes a month for good; asks first, naming what it holds."""

    permissions = (may.LOOK_AT_LIABILITY, may.CLOSE_MONTHS)
    template_name = "loyalty/staff/close_month.html"

    def crumbs(self) -> list[tuple[str, str]]:
        """The months, and this one."""
        return [*super().crumbs(), (self.own("month"), in_words(self.month))]

    def get_page_title(self) -> str:
        """What is to be done."""
        return _("Close the month")

    def get(self, _request: HttpRequest, **_kwargs: Any) -> HttpResponseBase:
        """Ask, unless it is not its turn."""
        try:
            _require_due(self.brand, self.month)
            return self.shown()
        except (NotClosable, BooksDisagree) as error:
            messages.error(self.request, str(error))
            return redirect(self.own("month"))

    def post(self, request: HttpRequest, **_kwargs: Any) -> HttpResponseBase:
        """Close it."""
        try:
            _require_due(self.brand, self.month)
            months.close(self.brand, self.month, self.who)
        except (NotClosable, BooksDisagree) as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("%(month)s is closed.") % {"month": in_words(self.month)})
        return redirect(self.own("month"))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What it holds."""
        since, until = months.span(self.brand, self.month)
        entries = Entry.objects.filter(
            wallet__account__brand=self.brand, posted_at__gte=since, posted_at__lt=until
        )
        context: dict[str, Any] = super().get_context_data(
            month=in_words(self.month),
            entries=entries.count(),
            report=self.report,
            closing=in_money(self.report.closing.money, self.report.currency),
            back_url=self.own("month"),
            **kwargs,
        )
        return context


def _is_due(brand: Brand, month: date) -> bool:
    over = months.span(brand, month)[1] <= timezone.now()
    return over and months.next_to_close(brand) == month


def _require_due(brand: Brand, month: date) -> None:
    if not _is_due(brand, month):
        raise NotClosable(_("It is not this month's turn, or it is not over yet."))


def _open(brand: Brand) -> list[date]:
    """The months that are not closed, the youngest first: up to the running one."""
    month = months.next_to_close(brand)
    today = timezone.now().astimezone(zone_named(brand.time_zone)).date()
    found: list[date] = []
    while month and month <= today:
        found.insert(0, month)
        month = (month + A_MONTH).replace(day=1)
    return found


def _closed_row(closed: ClosedMonth) -> dict[str, Any]:
    figures = closed.figures
    month = month_of(figures["month"])
    points, money = figures["closing"]
    return {
        "words": in_words(month),
        "month": figures["month"],
        "points": points,
        "money": in_money(money, figures["currency"]),
        "closed": closed,
    }


def _rows(report: MonthReport) -> list[tuple[str, int, str, bool]]:
    """Line, points, money, and whether it is a total."""
    words = dict(BookEvent.choices)
    changes = [
        (str(words[name]), one.points, in_money(one.money, report.currency), False)
        for name, one in report.changes.items()
    ]
    opening, closing = report.opening, report.closing
    return [
        (_("Opening"), opening.points, in_money(opening.money, report.currency), True),
        *changes,
        (_("Closing"), closing.points, in_money(closing.money, report.currency), True),
    ]
