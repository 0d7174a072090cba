"""The page that a friend's link opens, and asking for such a link."""

from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from loyalty import referrals
from portal.brand_of import brand_of
from portal.club_pages import home_of, join_page_of
from portal.privacy import private
from portal.signed_in_by_link import linked, member_of


@private
@require_safe
def invitation(request: HttpRequest, code: str) -> HttpResponseBase:
    """What both get. The same for every code, good or not: nobody learns codes here."""
    brand, home = brand_of(request), home_of(request)
    page = join_page_of(home) if home else None
    if page is None:
        raise Http404
    join_url = f"{page.get_url(request)}?{urlencode({'friend': code})}"
    rule = referrals.rule_at(brand, timezone.now())
    if rule is None:
        return HttpResponseRedirect(join_url)
    return render(
        request, "portal/friend.html", {"brand": brand, "rule": rule, "join_url": join_url}
    )


@linked
@require_POST
def link(request: HttpRequest, token: str) -> HttpResponseBase:
    """Make the member's link, if there is none, and go back to the card."""
    referrals.code_of(member_of(request, token))
    return HttpResponseRedirect(f"{reverse('portal:card', args=[token])}#friends")
