"""SendGrid's rules for one call: https://www.twilio.com/docs/sendgrid/api-reference/mail-send/errors."""

from collections.abc import Iterator
from typing import Any

from tests.esp_simulator.addresses import is_address
from tests.esp_simulator.personal_limits import ROLES, custom_args, headers, personal
from tests.esp_simulator.problems import Problem, problem

PERSONALIZATIONS = 1_000
RECIPIENTS = 1_000
MESSAGE_BYTES = 30_000_000
TYPES_FIRST = ["text/plain", "text/html"]


def find_problems(mail: Any, refuse: str = "") -> list[Problem]:
    """Everything that is wrong with a call's JSON; ``refuse`` is a pattern of bad recipients."""
    if not isinstance(mail, dict):
        return [problem("Bad Request")]
    return [
        *_sender(mail),
        *_content(mail.get("content")),
        *headers(mail.get("headers"), "headers"),
        *custom_args(mail.get("custom_args"), "custom_args"),
        *_sections(mail.get("sections")),
        *_personalizations(mail, refuse),
    ]


def _personalizations(mail: dict[str, Any], refuse: str) -> Iterator[Problem]:
    found = mail.get("personalizations")
    if not isinstance(found, list) or not found:
        yield problem("You must have at least one personalization.", "personalizations")
        return
    if not all(isinstance(one, dict) for one in found):
        yield problem("Bad Request")
        return
    yield from _numbers(found)
    for at, one in enumerate(found):
        yield from _subject(mail, one, at)
        yield from personal(mail, one, f"personalizations.{at}", refuse)


def _numbers(found: list[dict[str, Any]]) -> Iterator[Problem]:
    if len(found) > PERSONALIZATIONS:
        yield problem(
            f"The personalization block is limited to {PERSONALIZATIONS} personalizations per API "
            f"request. You have provided {len(found)} personalizations. Please consider splitting "
            "this into multiple requests and resending your request.",
            "personalizations",
        )
    groups = [one.get(role) for one in found for role in ROLES]
    if sum(len(group) for group in groups if isinstance(group, list)) > RECIPIENTS:
        yield problem(
            f"There is a limit of {RECIPIENTS} total recipients (to + cc + bcc) per request.",
            "personalizations",
        )


def _subject(mail: dict[str, Any], one: dict[str, Any], at: int) -> Iterator[Problem]:
    subject = one.get("subject", mail.get("subject"))
    place = f"personalizations.{at}.subject"
    if subject is None and not mail.get("template_id"):
        yield problem(
            "The subject is required. You can get around this requirement if you use a template "
            "with a subject defined or if every personalization has a subject defined.",
            place,
        )
    elif subject is not None and not (isinstance(subject, str) and subject):
        yield problem(
            "The subject of your email must be a string at least one character in length.", place
        )


def _sender(mail: dict[str, Any]) -> Iterator[Problem]:
    sender = mail.get("from")
    if sender is None:
        yield problem("The from object must be provided for every email send.", "from")
    elif not isinstance(sender, dict) or not is_address(sender.get("email")):
        yield problem("The from email does not contain a valid address.", "from.email")


def _content(content: Any) -> Iterator[Problem]:
    if not isinstance(content, list) or not all(isinstance(part, dict) for part in content):
        yield problem("The content param is required.", "content")
        return
    if not content:
        yield problem("There must be at least one defined content block.", "content")
    for at, part in enumerate(content):
        for key in ("type", "value"):
            if not (isinstance(part.get(key), str) and part[key]):
                yield problem(
                    f"The content {key} must be a string at least one character in length.",
                    f"content.{at}.{key}",
                )
    types = [part.get("type") for part in content]
    first = [kind for kind in TYPES_FIRST if kind in types]
    if types[: len(first)] != first:
        yield problem(
            "Following RFC 1341, section 7.2, if either text/html or text/plain are to be sent in "
            "your email: text/plain needs to be first, followed by text/html, followed by any "
            "other content.",
            "content",
        )


def _sections(sections: Any) -> Iterator[Problem]:
    if sections is None:
        return
    values = sections.values() if isinstance(sections, dict) else [None]
    if not all(isinstance(value, str) for value in values):
        yield problem("The section values must be strings.", "sections")
