"""The brand's colours, and the pages for when something went wrong."""

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import translation
from django.views.decorators.http import require_safe

from portal.brand_of import stylesheet
from profiles.models import Brand


@require_safe
def brand_css(_request: HttpRequest, slug: str) -> HttpResponseBase:
    """The brand's stylesheet; its address changes with it, so that it is kept for a year."""
    brand = Brand(slug=slug) if slug == "regulars" else None
    css = stylesheet(brand or get_object_or_404(Brand, slug=slug))
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    return HttpResponse(css, content_type="text/css; charset=utf-8", headers=headers)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponseBase:  # noqa: ARG001
    """400."""
    return _error(request, 400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponseBase:  # noqa: ARG001
    """403."""
    return _error(request, 403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponseBase:  # noqa: ARG001
    """404."""
    return _error(request, 404)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponseBase:  # noqa: ARG001
    """403 for a form that was open too long or posted from elsewhere."""
    return _error(request, 403, "stale")


def server_error(request: HttpRequest) -> HttpResponseBase:
    """500: no database, no brand, no context; the page must come whatever is broken."""
    with translation.override(translation.get_language_from_request(request)):
        return render(None, "500.html", status=500)


def _error(request: HttpRequest, status: int, name: str = "") -> HttpResponseBase:
    with translation.override(translation.get_language_from_request(request)):
        return render(request, f"{name or status}.html", {}, status=status)
