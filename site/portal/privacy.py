"""Headers of pages that show a member or carry a token."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

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
    """The keyed hash of who asks, for the evidence of consent."""
    return requester_hash(request.META.get("REMOTE_ADDR", ""))
