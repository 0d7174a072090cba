"""Content-Security-Policy: strict for members, as loose as Wagtail needs for staff."""

from typing import Any

from csp.constants import NONE, SELF, UNSAFE_INLINE
from csp.middleware import CSPMiddleware, PolicyParts
from django.http import HttpRequest
from django.http.response import HttpResponseBase

STAFF_PREFIX = "/staff/"

PORTAL_POLICY: dict[str, Any] = {
    "default-src": [SELF],
    "script-src": [SELF],
    "style-src": [SELF],
    "img-src": [SELF, "data:"],
    "font-src": [SELF],
    "connect-src": [SELF],
    "frame-src": [SELF],
    "object-src": [NONE],
    "base-uri": [NONE],
    "form-action": [SELF],
    "frame-ancestors": [SELF],
}

# Wagtail's editor writes inline scripts and styles of its own.
STAFF_POLICY: dict[str, Any] = {
    **PORTAL_POLICY,
    "script-src": [SELF, UNSAFE_INLINE],
    "style-src": [SELF, UNSAFE_INLINE],
    "img-src": [SELF, "data:", "blob:"],
}


class ContentSecurityMiddleware(CSPMiddleware):
    """Sends the portal's policy, and the staff policy below ``/staff/``."""

    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False
    ) -> PolicyParts:
        """Choose the policy by path, unless the view has set one itself."""
        parts = super().get_policy_parts(request, response, report_only)
        if request.path_info.startswith(STAFF_PREFIX) and not report_only and not parts.config:
            parts.config = dict(STAFF_POLICY)
        return parts
