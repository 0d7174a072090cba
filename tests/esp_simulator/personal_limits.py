"""SendGrid's rules for one personalization, and for headers and arguments wherever they stand."""

import re
from collections.abc import Iterator
from typing import Any

from tests.esp_simulator.addresses import is_address
from tests.esp_simulator.problems import Problem, problem

ROLES = ("to", "cc", "bcc")
SUBSTITUTION_BYTES = 10_000
SUBSTITUTIONS = 150
CUSTOM_ARGS_BYTES = 10_000
RESERVED_HEADERS = {
    "x-sg-id",
    "x-sg-eid",
    "received",
    "dkim-signature",
    "content-type",
    "content-transfer-encoding",
    "to",
    "from",
    "subject",
    "reply-to",
    "cc",
    "bcc",
}


def personal(mail: dict[str, Any], one: dict[str, Any], place: str, refuse: str) -> list[Problem]:
    """Everything that is wrong with one personalization; ``place`` is the path to it."""
    together = {**_as_dict(mail.get("custom_args")), **_as_dict(one.get("custom_args"))}
    return [
        *_recipients(one, place, refuse),
        *_substitutions(one.get("substitutions"), f"{place}.substitutions"),
        *headers(one.get("headers"), f"{place}.headers"),
        *custom_args(one.get("custom_args"), f"{place}.custom_args"),
        *_custom_args_size(together, f"{place}.custom_args"),
    ]


def _recipients(one: dict[str, Any], place: str, refuse: str) -> Iterator[Problem]:
    if not one.get("to"):
        yield problem(
            "The to parameter is required for all personalization objects.", f"{place}.to"
        )
    seen: set[str] = set()
    for role in ROLES:
        found = one.get(role) or []
        if not isinstance(found, list):
            yield problem(f"The {role} parameter must be an array.", f"{place}.{role}")
            continue
        for at, recipient in enumerate(found):
            yield from _recipient(recipient, f"{place}.{role}.{at}", refuse, seen)


def _recipient(value: Any, place: str, refuse: str, seen: set[str]) -> Iterator[Problem]:
    recipient = _as_dict(value)
    address = recipient.get("email")
    if not is_address(address) or (refuse and re.search(refuse, address)):
        yield problem("Does not contain a valid address.", f"{place}.email")
        return
    if address.lower() in seen:
        yield problem(
            "Each email address in the personalization block should be unique between to, cc, and "
            f"bcc. We found the first duplicate instance of [{address}] in this field.",
            place,
        )
    seen.add(address.lower())
    if set(str(recipient.get("name", ""))) & set(";,"):
        yield problem("The name may not contain the ; or , characters.", f"{place}.name")


def _substitutions(values: Any, place: str) -> Iterator[Problem]:
    if values is None:
        return
    if not _holds_strings(values, or_null=True):
        yield problem(
            "The substitution values must be an object of key/value pairs, where the values are "
            "all strings.",
            place,
        )
        return
    if len(values) > SUBSTITUTIONS:
        yield problem(
            f"Substitutions are limited to {SUBSTITUTIONS} items per personalization block.", place
        )
    if _bytes(values) > SUBSTITUTION_BYTES:
        yield problem(
            f"The substitutions are limited to {SUBSTITUTION_BYTES} bytes per personalization "
            "block.",
            place,
        )


def headers(values: Any, place: str) -> Iterator[Problem]:
    """Names in ASCII without blanks, each once, none reserved; values are strings."""
    if values is None:
        return
    if not _holds_strings(values):
        yield problem("All values of the headers object must be strings.", place)
        return
    if len({name.lower() for name in values}) < len(values):
        yield problem("The headers cannot contain duplicate keys.", place)
    for name in values:
        if not re.fullmatch("[!-~]+", name):
            message = "Header keys cannot contain non-ASCII characters or empty spaces."
            yield problem(message, f"{place}.{name}")
        if name.lower() in RESERVED_HEADERS:
            yield problem("Header cannot be one of the reserved keys.", f"{place}.{name}")


def custom_args(values: Any, place: str) -> Iterator[Problem]:
    """An object that is not empty and holds strings only, within the limit."""
    if values is None:
        return
    if not _holds_strings(values):
        yield problem("All values of custom arguments object must be strings.", place)
    elif not values:
        yield problem("The custom_args cannot be empty.", place)


def _custom_args_size(together: dict[str, Any], place: str) -> Iterator[Problem]:
    if _bytes(together) > CUSTOM_ARGS_BYTES:
        yield problem(
            "The combined size of both global and personalization custom arguments may not exceed "
            f"{CUSTOM_ARGS_BYTES} bytes per personalization.",
            place,
        )


def _as_dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _holds_strings(values: Any, *, or_null: bool = False) -> bool:
    return isinstance(values, dict) and all(
        isinstance(value, str) or (or_null and value is None) for value in values.values()
    )


def _bytes(values: dict[str, Any]) -> int:
    """Names and values in UTF-8."""
    return sum(len(key.encode()) + len(str(value).encode()) for key, value in values.items())
