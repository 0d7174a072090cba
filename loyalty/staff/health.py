"""Whether the ledger is sound: what the nightly audit found, and when it last ran."""

from datetime import timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from kombu.exceptions import OperationalError
from wagtail.admin import messages

from loyalty import audit, tasks
from loyalty.models import LedgerAudit
from loyalty.staff import may
from loyalty.staff.screens import Screen
from loyalty.staff.urls import here

STALE = timedelta(days=2)
AN_HOUR = timedelta(hours=1)  # within it, one that has begun is taken to be running
SHOWN = 14


class Health(Screen):
    """The youngest audit, a warning when it is old or found something, and those before it."""

    page_title = gettext_lazy("Health of the ledger")
    header_icon = "check"
    permissions = (may.LOOK_AT_HEALTH,)
    template_name = "loyalty/staff/health.html"

    def post(self, request: HttpRequest, **_kwargs: Any) -> HttpResponseBase:
        """Have a worker audit the ledger now, unless one does."""
        if not self.who.has_perm(may.AUDIT):
            raise PermissionDenied
        if _is_running():
            messages.warning(request, _("An audit is running."))
        else:
            _start(request)
        return redirect(here("health"))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The audits."""
        latest = audit.latest()
        context: dict[str, Any] = super().get_context_data(
            latest=latest,
            is_stale=latest is not None and latest.started_at < timezone.now() - STALE,
            left_out=max(0, latest.differences - len(latest.found)) if latest else 0,
            broken_off=_broken_off(latest),
            is_running=_is_running(),
            may_audit=self.who.has_perm(may.AUDIT),
            checks=audit.check_names(),
            audits=LedgerAudit.objects.all()[:SHOWN],
            **kwargs,
        )
        return context


def _start(request: HttpRequest) -> None:
    try:
        # Whoever waits longer asks again, or waits for the night's.
        tasks.audit_ledger.apply_async(expires=AN_HOUR.total_seconds())
    except OperationalError:
        messages.error(request, _("The message broker cannot be reached: nothing was started."))
    else:
        messages.success(request, _("An audit was ordered; reload this page in a while."))


def _is_running() -> bool:
    since = timezone.now() - AN_HOUR
    return LedgerAudit.objects.filter(finished_at=None, started_at__gte=since).exists()


def _broken_off(latest: LedgerAudit | None) -> bool:
    """Whether one began after the latest that ended, an hour ago or more, and did not end."""
    begun = LedgerAudit.objects.filter(finished_at=None, started_at__lt=timezone.now() - AN_HOUR)
    return (begun.filter(started_at__gt=latest.started_at) if latest else begun).exists()
