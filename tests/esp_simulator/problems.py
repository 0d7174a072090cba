"""SendGrid's way of naming what is wrong with a call."""

from typing import Any

Problem = dict[str, str | None]
HELP = "http://sendgrid.com/docs/API_Reference/Web_API_v3/Mail/errors.html#message."


def problem(message: str, field: str | None = None) -> Problem:
    """One entry of ``errors``; ``field`` is the path to the offending value."""
    return {"message": message, "field": field, "help": HELP + field if field else None}


def errors(*problems: Problem) -> dict[str, Any]:
    """The body of an answer that refuses."""
    return {"errors": list(problems)}
