"""Clicks, opens and "view in browser": thin, before any session or template work."""

from base64 import b64decode

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from campaigns import tracking
from campaigns.compiled_emails import load
from campaigns.composition.rendering import render_parts
from campaigns.facts import facts_for
from campaigns.models import Delivery
from campaigns.views.hits import hit_of
from profiles import signed_links

PIXEL = b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
NEVER_SENT = [Delivery.State.SKIPPED, Delivery.State.HELD_OUT]
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
    mails = Delivery.objects.exclude(compiled_email=None).exclude(state__in=NEVER_SENT)
    delivery = get_object_or_404(mails.select_related("member", "campaign__brand"), pk=delivery_id)
    [(_recipient, facts)] = facts_for(delivery.campaign, mails.filter(pk=delivery.pk))
    parts = render_parts(load(delivery.compiled_email_id or 0).compiled, facts)
    response = _private(HttpResponse(parts.html))
    response["Content-Security-Policy"] = MAIL_POLICY
    return response


def _private(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = NO_STORE
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    return response
