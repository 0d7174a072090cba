"""Whose page this is: by the token of a mail, or as ``me`` by who is signed in.

A token shows what its mail may show; it signs nobody in. A link that opens nothing gets a page of
its own, and ``me`` leads to signing in.
"""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation

from portal.privacy import keep_private
from profiles import sign_ins, signed_links
from profiles.models import Member

P = ParamSpec("P")
ME = "me"  # no token: those are longer
HERE = "regulars_member"
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


class SignInNeeded(Exception):
    """The page is for somebody who is signed in."""


def member_of(request: HttpRequest, token: str) -> Member:
    """The member of a preference link, or for ``me`` the one who is signed in.

    Raises BadLink for a stranger's or an erased one's, SignInNeeded when nobody is signed in.
    """
    return signed_in(request) if token == ME else _of_link(token)


def signed_in(request: HttpRequest) -> Member:
    """The member who is signed in. Raises SignInNeeded."""
    member = who_is_here(request)
    if member is None:
        raise SignInNeeded
    return member


def who_is_here(request: HttpRequest) -> Member | None:
    """The member who is signed in, looked up once a request; None for strangers and staff."""
    kept = vars(request)
    if HERE not in kept:
        kept[HERE] = sign_ins.member_of(request.user)
    found: Member | None = kept[HERE]
    return found


def _of_link(token: str) -> Member:
    member_id, _delivery_id = two(signed_links.read(signed_links.PREFERENCES, token))
    member = Member.objects.select_related("account__brand").filter(pk=member_id).first()
    if member is None or member.status in (Member.Status.ERASED, Member.Status.PENDING):
        raise signed_links.BadLink
    return member


def two(numbers: tuple[int, ...]) -> tuple[int, int]:
    """The two numbers of a token. Raises BadLink when there are more or fewer."""
    if len(numbers) != 2:
        raise signed_links.BadLink
    return numbers[0], numbers[1]


def linked(view: View[P]) -> View[P]:
    """Answer a bad link with a friendly page: 404, or 410 once its time has passed."""

    @wraps(view)
    def wrapped(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        try:
            response = view(request, *args, **kwargs)
        except SignInNeeded:
            response = redirect_to_login(
                request.get_full_path(), reverse("account_request_login_code")
            )
        except signed_links.ExpiredLink:
            response = _closed(request, "portal/link_expired.html", 410)
        except signed_links.BadLink:
            response = _closed(request, "portal/link_unknown.html", 404)
        return keep_private(response)

    return wrapped


def show(
    request: HttpRequest, template: str, member: Member, status: int = 200, **context: object
) -> HttpResponseBase:
    """Render a page in the member's language and under the brand of their club."""
    with translation.override(member.language):
        whole = {"member": member, "brand": member.account.brand, **context}
        return render(request, template, whole, status=status)


def _closed(request: HttpRequest, template: str, status: int) -> HttpResponseBase:
    with translation.override(translation.get_language_from_request(request)):
        return render(request, template, {}, status=status)
