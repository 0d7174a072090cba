"""SMTP with encryption: what was asked for is had, or nothing is sent."""

import datetime
import ssl
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from campaigns.transports import Outgoing
from campaigns.transports.smtp import SmtpTransport
from tests.campaigns import mails
from tests.campaigns.scripted_smtp import Script, scripted_smtp


def test_without_the_encryption_that_was_asked_for_nothing_is_sent(three: list[Outgoing]) -> None:
    for script in (Script(), Script({"STARTTLS": "454 not now"}, extensions=("STARTTLS",))):
        with scripted_smtp(script):
            found = mails.outcomes(SmtpTransport(f"{script.url}?starttls=1"), three)
        assert [state for state, _reason in found] == ["deferred"]
        assert not any(line.upper().startswith("MAIL") for line in script.commands)


def test_an_untrusted_certificate_ends_the_conversation(
    three: list[Outgoing], tmp_path: Path
) -> None:
    script = Script({"STARTTLS": "220 go"}, ("STARTTLS",), _server_tls(tmp_path))
    with scripted_smtp(script):
        found = mails.outcomes(SmtpTransport(f"{script.url}?starttls=1"), three)
    assert found == [("deferred", "server_away")]
    assert script.bodies == []


def test_encryption_starts_the_conversation_anew(
    three: list[Outgoing], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = Script({"STARTTLS": "220 go"}, ("STARTTLS",), _server_tls(tmp_path))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
    with scripted_smtp(script):
        found = mails.outcomes(SmtpTransport(f"{script.url}?starttls=1"), three)
    assert found == [("accepted", "")] * 3
    commands = [line.split()[0].upper() for line in script.commands]
    assert commands[:4] == ["EHLO", "STARTTLS", "EHLO", "MAIL"]


def _server_tls(folder: Path) -> ssl.SSLContext:
    """A certificate for localhost that nobody trusts unless told to."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    day = datetime.timedelta(days=1)
    names = [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - day).not_valid_after(now + day)
    builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    certificate = builder.sign(key, hashes.SHA256())
    pem = serialization.Encoding.PEM
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(pem))
    (folder / "key.pem").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
    return context
