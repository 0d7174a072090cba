"""Handing mails over: one seam, three ways.

A transport takes a batch and yields an outcome per delivery as it happens. It stops at the
deadline; deliveries without an outcome were provably never begun.
"""

from contextlib import AbstractContextManager

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from campaigns.transports.batch import Outgoing, Transport

__all__ = ["Outgoing", "Transport", "current"]


def current() -> AbstractContextManager[Transport]:
    """The transport that the settings name; use it as a context manager."""
    # Only the one that is used is imported: Anymail costs time that a file outbox need not pay.
    if settings.REGULARS_TRANSPORT == "files":
        from campaigns.transports.files import FileTransport

        return FileTransport(settings.REGULARS_OUTBOX)
    if settings.REGULARS_TRANSPORT == "smtp":
        from campaigns.transports.smtp import SmtpTransport

        return SmtpTransport(settings.REGULARS_SMTP_URL)
    if settings.REGULARS_TRANSPORT == "esp":
        from campaigns.transports.esp import EspTransport

        return EspTransport(settings.REGULARS_ESP_BACKEND)
    raise ImproperlyConfigured("REGULARS_TRANSPORT is files, smtp or esp.")
