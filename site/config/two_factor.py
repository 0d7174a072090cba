"""The staff site opens with a second factor only."""

from collections.abc import Callable

from allauth.mfa.adapter import get_adapter
from django.conf import settings
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse

from config.content_security import STAFF_PREFIX
from portal.sign_in_urls import TWO_FACTOR, WITHOUT_SECOND_FACTOR
from portal.signed_in_by_link import who_is_here


class StaffTwoFactorMiddleware:
    """Leads staff who have none yet to the page that sets one up; no other page opens."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Let through, or send to the set-up; a member to their own account."""
        if _is_members_own(request):
            return HttpResponseRedirect(reverse("portal:account"))
        if settings.REGULARS_TWO_FACTOR and _is_guarded(request) and not _has_one(request):
            return HttpResponseRedirect(reverse("mfa_activate_totp"))
        return self.get_response(request)


def _is_members_own(request: HttpRequest) -> bool:
    """Whether a signed-in member stands before the pages of staff's second factor."""
    path = request.path_info
    return path.startswith(TWO_FACTOR) and who_is_here(request) is not None


def _is_guarded(request: HttpRequest) -> bool:
    path = request.path_info
    return path.startswith(STAFF_PREFIX) and not path.startswith(WITHOUT_SECOND_FACTOR)


def _has_one(request: HttpRequest) -> bool:
    """Strangers pass: they are asked to sign in, where a second factor is part of it."""
    return not request.user.is_authenticated or get_adapter().is_mfa_enabled(request.user)
