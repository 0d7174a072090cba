"""Structured logs without personal data: addresses and link tokens are masked on the way out."""

import re
from collections.abc import MutableMapping
from typing import Any

import structlog

ADDRESS = re.compile(r"[^\s@<>\"'(),;:=]+@[^\s@<>\"'(),;:]+\.[^\s@<>\"'(),;:]+")
LINK_TOKEN = re.compile(
    r"(/(?:c|o|view|confirm|offer|preferences|unsubscribe)/)[A-Za-z0-9_=.-]{8,}"
)


def mask(text: str) -> str:
    """Return ``text`` with e-mail addresses and tokens of members' links blanked."""
    return LINK_TOKEN.sub(r"\1[token]", ADDRESS.sub("[address]", text))


def mask_event(
    _logger: Any, _name: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Mask every string of a log event, tracebacks included."""
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = mask(value)
    return event


def logging_settings(*, as_json: bool, level: str) -> dict[str, Any]:
    """Return Django's ``LOGGING``: one line per event, JSON in production."""
    before = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    _configure_structlog(before)
    renderer = structlog.processors.JSONRenderer() if as_json else _console()
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "event": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": before,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    structlog.processors.format_exc_info,
                    mask_event,
                    renderer,
                ],
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "event"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {"django": {"level": level, "handlers": [], "propagate": True}},
    }


def _console() -> Any:
    return structlog.dev.ConsoleRenderer(colors=False)


def _configure_structlog(before: list[Any]) -> None:
    """Send structlog's own events through the standard library, to be masked in one place."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *before,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
