"""The API of tills and shops. Every call is safe to repeat.

Authorisation: ``Authorization: Bearer <till key>``, whose scopes say what it opens. A repeated
key with the same body gets the same answer; with another body, 409. The description is served as
OpenAPI under ``openapi.json``, a guide for makers of tills is in ``docs/tills.md``.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI

from loyalty.api.batches import router as batches
from loyalty.api.identify import router as identify
from loyalty.api.points import router as points
from loyalty.api.problems import answer_problems
from loyalty.api.purchases import router as purchases
from loyalty.api.vouchers import router as vouchers


class TillAPI(NinjaAPI):
    """Answers are about a member's money: no proxy and no till keeps them."""

    def create_response(self, request: HttpRequest, data: Any, **facts: Any) -> HttpResponse:
        """Answer, and forbid to keep it."""
        response = super().create_response(request, data, **facts)
        response["Cache-Control"] = "private, no-store"
        return response


# No interactive pages: they would load scripts from elsewhere.
api = TillAPI(title="Regulars: tills and shops", version="1", docs_url=None)
answer_problems(api)
api.add_router("", identify)
api.add_router("", purchases)
api.add_router("/points", points)
api.add_router("/vouchers", vouchers)
api.add_router("", batches)
