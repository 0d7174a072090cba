"""Any ESP through Anymail: a static skeleton, and each recipient's values as merge data.

Anymail does not divide a batch, so this does: at most 1,000 recipients and a bounded size a call,
every address once a call, because Anymail keys values by address. The delivery's id travels as
metadata, by which the ESP's events find it again. The ESP's own tracking is switched off.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any, Self

from anymail.exceptions import (
    AnymailAPIError,
    AnymailError,
    AnymailRecipientsRefused,
    AnymailRequestsAPIError,
)
from anymail.message import AnymailMessage
from django.core.mail import get_connection
from requests import RequestException

from campaigns.composition.filling import RenderError
from campaigns.composition.rendering import esp_skeleton, esp_values
from campaigns.deliveries import Outcome
from campaigns.models import Delivery
from campaigns.transports.batch import Outgoing, until

State = Delivery.State
RECIPIENTS_PER_CALL = 1_000
BYTES_PER_CALL = 4_000_000
TRACKING_OFF = {
    "tracking_settings": {
        "click_tracking": {"enable": False, "enable_text": False},
        "open_tracking": {"enable": False},
        "subscription_tracking": {"enable": False},
    }
}
SENDGRID = "anymail.backends.sendgrid.EmailBackend"


class EspTransport:
    """Sends through the Anymail backend of that dotted path."""

    def __init__(self, backend: str) -> None:
        self.backend = backend
        self.connection: Any = None

    def __enter__(self) -> Self:
        self.connection = get_connection(self.backend)
        return self

    def __exit__(self, *_error: object) -> None:
        self.connection.close()

    def send(self, batch: Sequence[Outgoing], deadline: float) -> Iterator[Outcome]:
        """One call per compiled mail and chunk; all recipients of a call share its fate."""
        begun = until(batch, deadline)
        for _compiled, mails in groupby(begun, key=lambda mail: id(mail.compiled)):
            for chunk in chunks(list(mails)):
                yield from self._call(chunk)

    def _call(self, chunk: list[Outgoing]) -> Iterator[Outcome]:
        values, failed = _values(chunk)
        yield from failed
        mails = [mail for mail in chunk if mail.delivery_id in values]
        if mails:
            state, reason, detail = self._post(self._message(mails, values))
            yield from (Outcome(mail.delivery_id, state, reason, detail) for mail in mails)

    def _message(self, mails: list[Outgoing], values: dict[int, dict[str, str]]) -> AnymailMessage:
        first = mails[0]
        skeleton = esp_skeleton(first.compiled)
        message = AnymailMessage(
            subject=skeleton.subject,
            body=skeleton.text,
            from_email=first.compiled.from_header.partition(":")[2].strip(),
            to=[mail.recipient for mail in mails],
            connection=self.connection,
        )
        message.attach_alternative(skeleton.html, "text/html")
        message.merge_data = {mail.recipient: values[mail.delivery_id] for mail in mails}
        message.merge_metadata = {
            mail.recipient: {"delivery": str(mail.delivery_id)} for mail in mails
        }
        message.merge_headers = {mail.recipient: _headers(mail) for mail in mails}
        message.track_clicks = message.track_opens = False
        if self.backend == SENDGRID:
            message.esp_extra = {**TRACKING_OFF, "merge_field_format": "-{}-"}
        return message

    def _post(self, message: AnymailMessage) -> tuple[str, str, str]:
        try:
            message.send()
        except AnymailRecipientsRefused as error:
            return State.REJECTED, "refused", str(error)
        except AnymailRequestsAPIError as error:
            return _verdict(error)
        except (AnymailAPIError, RequestException) as error:
            # The call may have reached the ESP: only an answer tells.
            return State.UNKNOWN, "no_answer", str(error)
        except AnymailError as error:
            return State.REJECTED, "refused", str(error)
        return State.ACCEPTED, "", ""


def chunks(mails: list[Outgoing]) -> Iterator[list[Outgoing]]:
    """Divide mails so that no call is too long, too large, or has an address twice."""
    chunk: list[Outgoing] = []
    size, seen = 0, set[str]()
    for mail in mails:
        weight = len(mail.message)
        full = len(chunk) >= RECIPIENTS_PER_CALL or size + weight > BYTES_PER_CALL
        if chunk and (full or mail.recipient.lower() in seen):
            yield chunk
            chunk, size, seen = [], 0, set()
        chunk.append(mail)
        size += weight
        seen.add(mail.recipient.lower())
    if chunk:
        yield chunk


def _values(chunk: list[Outgoing]) -> tuple[dict[int, dict[str, str]], list[Outcome]]:
    values: dict[int, dict[str, str]] = {}
    failed: list[Outcome] = []
    for mail in chunk:
        try:
            values[mail.delivery_id] = esp_values(mail.compiled, mail.facts)
        except RenderError as error:
            failed.append(Outcome(mail.delivery_id, State.REJECTED, "render_failed", str(error)))
    return values, failed


def _headers(mail: Outgoing) -> dict[str, str]:
    headers = {"Message-ID": mail.envelope.message_id}
    one_click = mail.facts["url"].get("one_click")
    if one_click and mail.compiled.kind == "marketing":
        headers["List-Unsubscribe"] = f"<{one_click}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return headers


def _verdict(error: AnymailRequestsAPIError) -> tuple[str, str, str]:
    """Read an HTTP answer: 429 and 5xx are tried again, other 4xx are final."""
    status = error.status_code or 0
    if status == 429 or status >= 500:
        return State.DEFERRED, "refused_for_now", f"{status} {error}"
    if status >= 400:
        return State.REJECTED, "refused", f"{status} {error}"
    return State.UNKNOWN, "no_answer", str(error)
