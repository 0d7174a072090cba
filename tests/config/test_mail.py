"""Single mails take the way that campaigns take: files, SMTP or the provider."""

from pathlib import Path

import environ
import pytest
from django.core.mail import EmailMessage
from pytest_django import Settings

from config.eml_files import EmailBackend
from config.mail import mail_settings

ESP = "anymail.backends.sendgrid.EmailBackend"


def test_each_mail_becomes_one_file(tmp_path: Path, settings: Settings) -> None:
    settings.REGULARS_OUTBOX = tmp_path
    mails = [
        EmailMessage(f"Welcome {n}", "Hello Añita", "club@regulars.example", ["ana@mail.example"])
        for n in range(3)
    ]
    assert EmailBackend().send_messages(mails) == 3
    files = sorted((tmp_path / "transactional").iterdir())
    assert [file.suffix for file in files] == [".eml"] * 3
    assert [b"Welcome %d" % n in file.read_bytes() for n, file in enumerate(files)] == [True] * 3


@pytest.mark.parametrize(
    ("transport", "backend"),
    [
        ("files", "config.eml_files.EmailBackend"),
        ("smtp", "django.core.mail.backends.smtp.EmailBackend"),
        ("esp", ESP),
    ],
)
def test_transport_chooses_the_backend(transport: str, backend: str) -> None:
    url = "smtp+tls://club:secret@mail.example:587"
    chosen = mail_settings(environ.Env(), transport, url, ESP)
    assert chosen["EMAIL_BACKEND"] == backend


def test_smtp_address_is_taken_apart() -> None:
    url = "smtp+tls://club:secret@mail.example:587"
    chosen = mail_settings(environ.Env(), "smtp", url, ESP)
    assert chosen["EMAIL_HOST"] == "mail.example"
    assert chosen["EMAIL_PORT"] == 587
    assert chosen["EMAIL_USE_TLS"] is True
