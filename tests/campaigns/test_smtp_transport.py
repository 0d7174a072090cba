"""SMTP: each phase at which a server can refuse or vanish, and what becomes of the mail."""

import datetime
import ssl
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.utils import timezone

from campaigns import dispatch, lifecycle, recovery
from campaigns.models import Campaign, Delivery
from campaigns.transports import Outgoing
from campaigns.transports.smtp import SmtpTransport
from profiles.models import Member
from profiles.suppression import is_suppressed
from tests import cast
from tests.campaigns import mails
from tests.campaigns.scripted_smtp import DROP, Script, scripted_smtp
from tests.cast import Club
from tests.servers import mail_oracle


@pytest.fixture
def club(db: None) -> Club:
    """The corner shop's club, with three who can be mailed."""
    club = cast.club()
    for name in ("Ana", "Gloria", "Hugo"):
        cast.member(club, name)
    return club


@pytest.fixture
def three(club: Club) -> list[Outgoing]:
    """Three mails, ready."""
    return mails.written(mails.started(club))


def _sent(script: Script, three: list[Outgoing]) -> list[tuple[str, str]]:
    with scripted_smtp(script):
        return mails.outcomes(SmtpTransport(script.url), three)


def test_ready_bytes_reach_the_server_over_one_connection(three: list[Outgoing]) -> None:
    script = Script()
    assert _sent(script, three) == [("accepted", "")] * 3
    assert script.bodies == [mail.message for mail in three]
    assert script.connections == 1


def test_a_real_server_takes_each_mail_once_whether_or_not_it_offers_pipelining(
    three: list[Outgoing],
) -> None:
    for pipelining in (True, False):
        with mail_oracle(pipelining=pipelining) as oracle:
            assert mails.outcomes(SmtpTransport(oracle.url), three) == [("accepted", "")] * 3
            assert sorted(oracle.acceptances().values()) == [1, 1, 1]
            assert set(oracle.acceptances()) == {f"{mail.delivery_id}.1" for mail in three}


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ("550 5.1.1 no such mailbox", ("rejected", "hard_bounce")),
        ("550 5.1.10 null MX", ("rejected", "hard_bounce")),
        ("550 no such mailbox", ("rejected", "hard_bounce")),
        ("550 5.7.1 relaying denied", ("rejected", "refused")),
        ("550 5.1.8 sender's domain unknown", ("rejected", "refused")),
        ("552 5.2.2 mailbox full", ("rejected", "refused")),
        ("554 no", ("rejected", "refused")),
        ("450 4.2.1 greylisted", ("deferred", "refused_for_now")),
    ],
)
def test_a_refused_recipient_costs_the_others_nothing(
    three: list[Outgoing], reply: str, expected: tuple[str, str]
) -> None:
    script = Script({"RCPT": [reply]})
    assert _sent(script, three) == [expected, ("accepted", ""), ("accepted", "")]
    assert len(script.bodies) == 2


def test_a_refused_sender_says_nothing_of_the_recipient(three: list[Outgoing]) -> None:
    script = Script({"MAIL": "550 5.7.1 who are you"})
    assert _sent(script, three) == [("deferred", "sender_refused")]


def test_after_a_refused_data_nothing_of_the_mail_is_sent(three: list[Outgoing]) -> None:
    script = Script({"DATA": ["451 later"]})
    assert _sent(script, three)[0] == ("deferred", "refused_for_now")
    assert script.bodies == [mail.message for mail in three[1:]]


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ("554 5.7.1 looks like spam", ("rejected", "refused")),
        ("550 looks like spam", ("rejected", "refused")),
        ("550 5.1.1 gone after all", ("rejected", "hard_bounce")),
        ("452 4.3.1 disk full", ("deferred", "refused_for_now")),
    ],
)
def test_the_answer_to_the_body_is_final_or_for_now(
    three: list[Outgoing], reply: str, expected: tuple[str, str]
) -> None:
    assert _sent(Script({"BODY": [reply]}), three)[0] == expected


@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA"])
def test_a_drop_before_the_body_is_tried_again(three: list[Outgoing], step: str) -> None:
    script = Script({step: [DROP]})
    assert _sent(script, three) == [("deferred", "dropped"), ("accepted", ""), ("accepted", "")]
    assert script.connections == 2


def test_a_drop_after_the_final_dot_leaves_that_one_mail_unknown(three: list[Outgoing]) -> None:
    script = Script({"BODY": [DROP]})
    unknown = ("unknown", "dropped_after_body")
    assert _sent(script, three) == [unknown, ("accepted", ""), ("accepted", "")]


def test_two_drops_in_a_row_leave_the_server_alone(three: list[Outgoing]) -> None:
    script = Script({"RCPT": DROP})
    dropped = ("deferred", "dropped")
    assert _sent(script, three) == [dropped, dropped, ("deferred", "server_away")]
    assert script.connections == 2


def test_too_busy_hangs_up_and_connects_anew(three: list[Outgoing]) -> None:
    script = Script({"RCPT": ["421 too many mails on this line"]})
    assert _sent(script, three)[0] == ("deferred", "refused_for_now")
    assert script.connections == 2


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


def test_a_gone_address_is_suppressed_and_a_refused_mail_is_not(
    club: Club, settings: object
) -> None:
    campaign = mails.started(club)
    script = Script({"RCPT": ["550 5.1.1 gone", "550 5.7.1 not welcome"]})
    _drained(campaign, script, settings)
    suppressed = {
        person.first_name: is_suppressed(person.email_key) for person in Member.objects.all()
    }
    assert suppressed == {"Ana": True, "Gloria": False, "Hugo": False}


def test_an_address_with_an_international_domain_is_mailed(club: Club, settings: object) -> None:
    Member.objects.filter(first_name="Ana").update(email="ana@españa.example")
    campaign, script = mails.started(club), Script()
    _drained(campaign, script, settings)
    assert lifecycle.progress(campaign) == {"accepted": 3}
    assert "RCPT TO:<ana@xn--espaa-rta.example>" in script.commands


def test_while_the_server_is_away_the_campaign_says_so_and_loses_nobody(
    club: Club, settings: object
) -> None:
    campaign = mails.started(club)
    settings.REGULARS_TRANSPORT = "smtp"  # type: ignore[attr-defined]
    settings.REGULARS_SMTP_URL = "smtp://localhost:1"  # type: ignore[attr-defined]
    dispatch.drain(campaign.pk)
    assert Campaign.objects.get(pk=campaign.pk).state_reason == "The mail server does not answer."
    assert not lifecycle.is_finished(campaign)
    Delivery.objects.filter(state="deferred").update(deferred_until=timezone.now())
    recovery.reap()
    _drained(campaign, Script(), settings)
    assert lifecycle.progress(campaign) == {"accepted": 3}
    assert Campaign.objects.get(pk=campaign.pk).state_reason == ""


def _drained(campaign: Campaign, script: Script, settings: object) -> None:
    with scripted_smtp(script):
        settings.REGULARS_TRANSPORT = "smtp"  # type: ignore[attr-defined]
        settings.REGULARS_SMTP_URL = script.url  # type: ignore[attr-defined]
        dispatch.drain(campaign.pk)


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
