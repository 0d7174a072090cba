"""Clicks, opens and "view in browser": thin, before any session or template work."""

from base64 import b64decode

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from campaigns import sent_mails, tracking
from campaigns.models import Delivery
from campaigns.views.hits import hit_of
from profiles import signed_links

PIXEL = b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
NO_STORE = "private, no-store"
# The mail as it was sent has its own styles in it, and nothing that runs.
MAIL_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src * data:; font-src *"


@require_safe
def click(request: HttpRequest, token: str) -> HttpResponse:
    """Record the click and go where the link leads."""
    try:
        destination = tracking.click(token, hit_of(request))
    except signed_links.BadLink:
        raise Http404 from None
    return _private(HttpResponseRedirect(destination))


@require_safe
def opened(request: HttpRequest, token: str) -> HttpResponse:
    """Record the open and answer with one transparent pixel."""
    try:
        tracking.opened(token, hit_of(request))
    except signed_links.BadLink:
        raise Http404 from None
    return _private(HttpResponse(PIXEL, content_type="image/gif"))


@require_safe
def view(_request: HttpRequest, token: str) -> HttpResponse:
    """The mail as it was sent."""
    try:
        (delivery_id,) = signed_links.read(signed_links.VIEW, token)
    except signed_links.BadLink:
        raise Http404 from None
    return mail_page(get_object_or_404(sent_mails.written(), pk=delivery_id))


def mail_page(delivery: Delivery) -> HttpResponse:
    """A mail as a page of its own."""
    response = _private(HttpResponse(sent_mails.as_sent(delivery).html))
    response["Content-Security-Policy"] = MAIL_POLICY
    return response


def _private(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = NO_STORE
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    return response
