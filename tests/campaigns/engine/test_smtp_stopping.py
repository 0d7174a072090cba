"""SMTP: when a worker stops, and where: no mail is begun by accident, none twice."""

import time
from collections.abc import Generator, Iterator

import pytest

from campaigns.journal import JournalError, opened
from campaigns.outcomes import Outcome
from campaigns.transports import Outgoing, smtp_pipelined, smtp_session
from campaigns.transports.smtp import SmtpTransport
from campaigns.transports.smtp_pipelined import PipelinedSession
from tests.campaigns import mails
from tests.campaigns.mails import over_smtp
from tests.campaigns.scripted_smtp import Script, scripted_smtp


def test_after_the_deadline_an_announced_mail_is_not_begun(
    three: list[Outgoing], script: Script
) -> None:
    with scripted_smtp(script), opened() as journal, SmtpTransport(script.url) as transport:
        sending = transport.send(three, time.monotonic() + 0.5, journal)
        assert next(sending).state == "accepted"
        time.sleep(0.6)
        assert list(sending) == []
    assert script.mails == [three[0].message]


def test_what_the_journal_cannot_hold_is_never_begun(
    three: list[Outgoing], script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    with scripted_smtp(script), opened() as journal, SmtpTransport(script.url) as transport:
        sending = transport.send(three, mails.soon(), journal)
        assert next(sending).state == "accepted"
        monkeypatch.setattr(journal, "begin", _full)
        with pytest.raises(JournalError):
            next(sending)
    assert script.mails == [three[0].message]
    assert script.torn == [b""], "not a byte of the second"


def _full(_ids: object) -> None:
    raise JournalError("full")


def test_a_deadline_that_passes_while_the_server_says_go_ahead_begins_nothing(
    three: list[Outgoing], script: Script
) -> None:
    script.pauses = {"DATA": 0.4}
    with scripted_smtp(script), opened() as journal, SmtpTransport(script.url) as transport:
        assert list(transport.send(three, time.monotonic() + 0.2, journal)) == []
        assert transport.session
        assert not transport.session.is_open
    assert (script.bodies, script.torn) == ([], [b""])


def test_a_deadline_that_has_passed_opens_no_connection(
    three: list[Outgoing], script: Script
) -> None:
    with scripted_smtp(script), opened() as journal, SmtpTransport(script.url) as transport:
        assert list(transport.send(three, time.monotonic(), journal)) == []
    assert script.connections == 0


def test_who_says_goodbye_with_an_envelope_out_sends_no_mail(
    three: list[Outgoing], script: Script
) -> None:
    """The generator is still there, stopped behind the first mail, as it is after an error."""
    with scripted_smtp(script), opened() as journal:
        with SmtpTransport(script.url) as transport:
            sending = transport.send(three, mails.soon(), journal)
            next(sending)
        assert transport.session
        assert not transport.session.is_open
    assert script.bodies == [three[0].message]
    assert script.connections == 1
    del sending


def test_a_goodbye_where_a_body_is_awaited_ends_no_body(
    three: list[Outgoing], monkeypatch: pytest.MonkeyPatch
) -> None:
    script, written = Script(extensions=("PIPELINING",)), list[bytes]()
    with scripted_smtp(script), opened() as journal, SmtpTransport(script.url) as transport:
        sending = transport.send(three, mails.soon(), journal)
        next(sending)
        assert isinstance(transport.session, PipelinedSession)
        monkeypatch.setattr(transport.session, "_write", written.append)
        transport.session.hang_up()
        assert written == [b"QUIT\r\n"]


def test_a_connection_is_kept_over_batches_and_renewed_after_many_mails(
    three: list[Outgoing], script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    with scripted_smtp(script), opened() as journal, SmtpTransport(script.url) as transport:
        for mail in three[:2]:
            list(transport.send([mail], mails.soon(), journal))
        assert script.connections == 1
        for session in (smtp_session, smtp_pipelined):
            monkeypatch.setattr(session, "MAILS_PER_CONNECTION", 3)
        list(transport.send(three[2:], mails.soon(), journal))
        list(transport.send(three[:1], mails.soon(), journal))
    assert script.connections == 2


def test_whoever_stops_half_way_leaves_no_mail_behind(
    three: list[Outgoing], script: Script
) -> None:
    with scripted_smtp(script), opened() as journal, SmtpTransport(script.url) as transport:
        sending = _generator(transport.send(three, mails.soon(), journal))
        next(sending)
        sending.close()
    assert script.mails == [three[0].message]


def _generator(outcomes: Iterator[Outcome]) -> Generator[Outcome, None, None]:
    assert isinstance(outcomes, Generator)
    return outcomes


def test_nothing_is_announced_on_a_connection_that_is_used_up(
    three: list[Outgoing], script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    for session in (smtp_session, smtp_pipelined):
        monkeypatch.setattr(session, "MAILS_PER_CONNECTION", 2)
    assert over_smtp(script, three) == [("accepted", "")] * 3
    told = [command.split(":")[0] for command in script.commands if command != "RSET"]
    assert told.count("MAIL FROM") == 3
    assert script.connections == 2
    assert script.torn == []
