"""The demo inbox: what the club sent, as it would lie in a member's mailbox."""

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from campaigns.models import Campaign
from portal import outbox
from portal.outbox import StoredMail
from portal.privacy import private

PER_PAGE = 25
# A mail has its own styles and remote pictures; nothing in it runs.
MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src * data:; font-src *; "
    "frame-ancestors 'self'"
)
TABS = ("mail", "phone", "text", "headers")


@private
@require_safe
def mails(request: HttpRequest) -> HttpResponseBase:
    """The mails, newest first, by address or campaign."""
    address = request.GET.get("to", "").strip()[:254]
    folder = request.GET.get("in", "")
    found = Paginator(outbox.newest_first(address, folder), PER_PAGE)
    context = {
        "mails": found.get_page(request.GET.get("page")),
        "campaigns": [
            (f"campaign-{number}", name)
            for number, name in Campaign.objects.order_by("name").values_list("pk", "name")
        ],
        "address": address,
        "folder": folder,
    }
    return render(request, "portal/inbox/list.html", context)


@private
@require_safe
def mail(request: HttpRequest, folder: str, name: str) -> HttpResponseBase:
    """One mail: as a mailbox shows it, on a phone, as text, and its headers."""
    tab = request.GET.get("as", "mail")
    context = {"mail": _mail(folder, name), "tab": tab if tab in TABS else "mail"}
    return render(request, "portal/inbox/mail.html", context)


@private
@xframe_options_sameorigin
@require_safe
def page(_request: HttpRequest, folder: str, name: str) -> HttpResponseBase:
    """The mail's HTML for its frame; its links open beside the inbox."""
    html = _mail(folder, name).html
    head, tag, rest = html.partition("<head>")
    response = HttpResponse(f'{head}{tag}<base target="_blank">{rest}' if tag else html)
    response["Content-Security-Policy"] = MAIL_POLICY
    return response


def _mail(folder: str, name: str) -> StoredMail:
    found = outbox.find(folder, name)
    if found is None:
        raise Http404
    return found
