"""What an ESP's answer to a call, or its silence, says of the deliveries in it."""

from dataclasses import dataclass
from typing import Any

from anymail.exceptions import AnymailAPIError, AnymailRequestsAPIError
from requests import ConnectTimeout, RequestException
from urllib3.exceptions import NewConnectionError

from campaigns.models import Delivery
from campaigns.outcomes import Outcome

State = Delivery.State
NOT_NOW = {429, 503}  # said before anything was taken
NOT_FROM_US = {401, 402, 403}  # key, credit, sender or account
REFUSED = {"invalid", "rejected", "failed"}  # Anymail's words for one recipient


@dataclass(frozen=True)
class Answer:
    """One verdict for a whole call; ``divisible`` when a part of it might be taken."""

    state: str
    reason: str
    detail: str
    divisible: bool = False


def read(error: Exception) -> Answer:
    """Read why a call failed. Where the ESP may have taken it, the answer is unknown."""
    if isinstance(error, AnymailRequestsAPIError) and error.status_code:
        return _by_status(error.status_code, _detail(error))
    if never_connected(error):
        return Answer(State.DEFERRED, "server_away", _detail(error))
    if isinstance(error, AnymailAPIError | RequestException):
        return Answer(State.UNKNOWN, "no_answer", _detail(error))
    # Anymail's own objections come before the call.
    return Answer(State.REJECTED, "refused", _detail(error), divisible=True)


def for_recipient(delivery_id: int, status: Any) -> Outcome:
    """The outcome of one recipient of a call that was taken."""
    if status is not None and status.status in REFUSED:
        return Outcome(delivery_id, State.REJECTED, "refused", f"The provider: {status.status}")
    return Outcome(delivery_id, State.ACCEPTED)


def never_connected(error: BaseException) -> bool:
    """Whether the call provably never left: the connection itself could not be made."""
    if isinstance(error, ConnectTimeout):
        return True
    cause: BaseException | None = error
    while cause is not None:
        inner = [argument for argument in cause.args if isinstance(argument, BaseException)]
        reasons = [getattr(each, "reason", None) for each in inner]
        if any(isinstance(each, NewConnectionError) for each in [*inner, *reasons]):
            return True
        cause = cause.__cause__
    return False


def _by_status(status: int, detail: str) -> Answer:
    if status in NOT_NOW:
        return Answer(State.DEFERRED, "refused_for_now", detail)
    if status in NOT_FROM_US:
        return Answer(State.DEFERRED, "key_refused", detail)
    if 400 <= status < 500:
        return Answer(State.REJECTED, "refused", detail, divisible=True)
    return Answer(State.UNKNOWN, "no_answer", detail)


def _detail(error: Exception) -> str:
    """The ESP's own words, without the payload that the error's text may quote."""
    response = getattr(error, "response", None)
    if response is None:
        return type(error).__name__
    return f"{response.status_code} {response.text}"
