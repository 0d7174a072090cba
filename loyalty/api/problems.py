"""Why a call is refused: always the same form, with a code for the till and words for people."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI, Schema
from ninja.errors import HttpError, ValidationError

from loyalty.counter import NotRecordable
from loyalty.idempotency import KeyReused
from loyalty.identifying import Ambiguous, NotIdentified
from loyalty.ledger import NotEnoughPoints, NotReversible, WalletMoved
from loyalty.till_accounts import UnknownAccount
from loyalty.voucher_refusals import VoucherRefused
from loyalty.voucher_reservations import ReservationClosed

RETRY_AFTER = 60


class FieldProblem(Schema):
    """What is wrong with a field; ``field`` is its path, such as ``lines.0.quantity``."""

    field: str
    detail: str


class Problem(Schema):
    """Why a request was refused. ``code`` is for the till, ``detail`` for people."""

    code: str
    detail: str
    fields: list[FieldProblem] = []


class Forbidden(Exception):
    """The key does not open this."""


class TooMany(Exception):
    """The key called, or guessed, too often."""


class TooBig(Exception):
    """The body is bigger than anything this route takes."""


class Unknown(Exception):
    """There is no such thing at this brand; the message says what."""


# What every route may answer beside its own; the description names them all.
REFUSALS: dict[int, type[Schema]] = {
    400: Problem, 401: Problem, 403: Problem, 404: Problem, 409: Problem, 413: Problem,
    422: Problem, 429: Problem,
}  # fmt: skip
STATUSES: Mapping[type[Exception], tuple[int, str]] = {
    Ambiguous: (409, "ambiguous"),
    Forbidden: (403, "forbidden"),
    KeyReused: (409, "key_reused"),
    NotEnoughPoints: (409, "not_enough_points"),
    NotIdentified: (404, "not_identified"),
    NotRecordable: (422, "not_recordable"),
    NotReversible: (409, "over"),
    ReservationClosed: (409, "over"),
    TooBig: (413, "too_big"),
    TooMany: (429, "too_many"),
    Unknown: (404, "unknown"),
    UnknownAccount: (404, "unknown"),
    VoucherRefused: (404, "voucher_refused"),
    WalletMoved: (409, "try_again"),
}
HTTP_CODES = {400: "bad_request", 401: "unauthorized"}


def answered_with(response: type[Schema]) -> dict[int, type[Schema]]:
    """All answers of a route whose good one is this."""
    return {200: response, **REFUSALS}


def answer_problems(api: NinjaAPI) -> None:
    """Let the API answer what domain modules and the framework raise."""
    for kind, (status, code) in STATUSES.items():
        api.add_exception_handler(kind, _handler(api, status, code))
    api.add_exception_handler(HttpError, lambda request, error: _http(api, request, error))
    api.add_exception_handler(ValidationError, lambda request, error: _invalid(api, request, error))


def problem(code: str, detail: str, fields: list[FieldProblem] | None = None) -> dict[str, Any]:
    """The body of a refusal."""
    return Problem(code=code, detail=detail, fields=fields or []).model_dump()


def _handler(api: NinjaAPI, status: int, code: str) -> Any:
    def handle(request: HttpRequest, error: Exception) -> HttpResponse:
        response = api.create_response(request, problem(code, str(error)), status=status)
        if status == 429:
            response["Retry-After"] = str(RETRY_AFTER)
        return response

    return handle


def _http(api: NinjaAPI, request: HttpRequest, error: Any) -> HttpResponse:
    code = HTTP_CODES.get(error.status_code, "refused")
    body = problem(code, str(error))
    response = api.create_response(request, body, status=error.status_code)
    if error.status_code == 401:
        response["WWW-Authenticate"] = "Bearer"
    return response


def _invalid(api: NinjaAPI, request: HttpRequest, error: Any) -> HttpResponse:
    fields = [
        FieldProblem(field=_path(each["loc"]), detail=str(each["msg"])) for each in error.errors
    ]
    body = problem("invalid", "The request is not as described.", fields)
    return api.create_response(request, body, status=422)


def _path(place: tuple[str | int, ...]) -> str:
    """Where it is, without the name our function gives to the whole body."""
    inner = place[2:] if len(place) > 2 and place[0] == "body" else place[1:]
    return ".".join(str(step) for step in inner)
