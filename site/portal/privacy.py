"""Headers of pages that show a member or carry a token, and who asked for them."""

from collections.abc import Callable
from functools import wraps
from ipaddress import ip_address
from typing import Concatenate, ParamSpec

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from profiles.addresses import requester_hash

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def keep_private(response: HttpResponseBase) -> HttpResponseBase:
    """No cache keeps the page, no other site learns its address, no search engine lists it."""
    response["Cache-Control"] = "private, no-store"
    response["Referrer-Policy"] = "same-origin"
    response["X-Robots-Tag"] = "noindex"
    return response


def private(view: View[P]) -> View[P]:
    """Send a view's answer with the headers of ``keep_private``."""

    @wraps(view)
    def wrapped(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        return keep_private(view(request, *args, **kwargs))

    return wrapped


def requester(request: HttpRequest) -> str:
    """The keyed hash of who asks, for the evidence of consent and the limit on joins."""
    return requester_hash(address_of(request))


def address_of(request: HttpRequest) -> str:
    """The IP address that asks, through a proxy that is trusted; empty when there is none."""
    return _forwarded_for(request) or str(request.META.get("REMOTE_ADDR", ""))


def _forwarded_for(request: HttpRequest) -> str:
    """The visitor's address as the proxy tells it, or nothing."""
    if settings.SECURE_PROXY_SSL_HEADER is None:
        return ""
    # A proxy appends the address it was asked from; whatever stands before, the visitor wrote.
    last = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    try:
        return str(ip_address(last))
    except ValueError:
        return ""
