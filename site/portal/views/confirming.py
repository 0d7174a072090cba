"""Double opt-in: the link opens a page, and only its button changes anything."""

from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from portal.privacy import requester
from portal.signed_in_by_link import linked, member_of, show
from profiles import double_opt_in, signed_links

METHODS = ["GET", "HEAD", "POST"]


@linked
@require_http_methods(METHODS)
def confirm(request: HttpRequest, token: str) -> HttpResponseBase:
    """Ask for one more click; on it, confirm the address and welcome the member."""
    if request.method != "POST":
        return show(request, "portal/confirm.html", double_opt_in.peek(token))
    member = double_opt_in.confirm(token, requester(request))
    key = signed_links.make(signed_links.PREFERENCES, member.pk, 0)
    return HttpResponseRedirect(reverse("portal:welcome", args=[key]))


@linked
@require_http_methods(["GET", "HEAD"])
def welcome(request: HttpRequest, token: str) -> HttpResponseBase:
    """The first page of a new member: their card, and what happens next."""
    member = member_of(request, token)
    card = member.account.cards.filter(blocked_at=None).order_by("pk").first()
    return show(request, "portal/welcome.html", member, card=card, token=token)
