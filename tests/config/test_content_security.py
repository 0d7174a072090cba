"""Members' pages forbid inline scripts and styles; the staff site allows what Wagtail needs."""

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from config.content_security import ContentSecurityMiddleware


def policy_of(path: str) -> str:
    """Return the policy sent with a page at ``path``."""

    def page(_request: HttpRequest) -> HttpResponse:
        return HttpResponse("page")

    request = RequestFactory().get(path)
    response = ContentSecurityMiddleware(page).process_response(request, page(request))
    return str(response["Content-Security-Policy"])


@pytest.mark.parametrize("path", ["/", "/en/join/", "/preferences/token/", "/staffing/"])
def test_portal_policy_allows_nothing_inline(path: str) -> None:
    assert "unsafe" not in policy_of(path)
    assert "script-src 'self'" in policy_of(path)
    assert "object-src 'none'" in policy_of(path)


def test_staff_policy_allows_wagtails_inline_code() -> None:
    assert "script-src 'self' 'unsafe-inline'" in policy_of("/staff/pages/")


def test_no_policy_names_another_host() -> None:
    assert "http" not in policy_of("/") + policy_of("/staff/")
