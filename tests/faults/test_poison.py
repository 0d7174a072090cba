"""Naughty texts in every field of profiles: only the rows that must fail do, each with its reason.

Every mail that the server accepted is read back with the standard library and shows the texts as
they were typed.
"""

import email
import email.policy
import html
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import unquote
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from campaigns import dispatch, lifecycle
from campaigns.models import Campaign, Delivery
from profiles.addresses import hash_of
from profiles.importing import import_members
from profiles.models import Account, Answer, Member, Question, Subscription
from tests import cast
from tests.cast import Club
from tests.faults.crowd import crowd
from tests.faults.poison import NAUGHTY
from tests.processes import free_port

GOOD = 400
# What ends a header's line, or is no character of a text: never sent, by RFC 5322 and RFC 2047.
NONCHARACTERS = re.compile("[\ufffe\uffff]")  # stand for nothing, and are left out
UNSENDABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
MEGABYTE = 1_000_000
LENGTHS = {"first_name": 80, "last_name": 80, "language": 12, "phone": 20, "time_zone": 64}
BODY: list[dict[str, Any]] = [
    {"type": "text", "value": '<p>[{{ first_name|default("neighbour") }}]</p>'},
    {"type": "text", "value": '<p>({{ last_name|default("friend") }})</p>'},
]
SUBJECT = '{{ first_name|default("neighbour") }}, this week'


@dataclass
class Mailbox:
    """What a mail server took: recipients and mail by delivery."""

    taken: dict[str, list[tuple[list[str], EmailMessage]]] = field(default_factory=dict)

    async def handle_DATA(  # noqa: N802 - the name is the library's
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Take everything."""
        mail = email.message_from_bytes(
            envelope.original_content or b"", policy=email.policy.default
        )
        assert isinstance(mail, EmailMessage)
        key = str(mail["X-Regulars-Delivery"])
        self.taken.setdefault(key, []).append((envelope.rcpt_tos, mail))
        return "250 taken"


@contextmanager
def _mailbox(settings: Any) -> Iterator[Mailbox]:
    """Let campaigns go to a mail server that keeps what it takes."""
    mailbox, port = Mailbox(), free_port()
    server = Controller(mailbox, hostname="127.0.0.1", port=port)
    server.start()
    settings.REGULARS_TRANSPORT = "smtp"
    settings.REGULARS_SMTP_URL = f"smtp://127.0.0.1:{port}"
    try:
        yield mailbox
    finally:
        server.stop()


@pytest.fixture
def club(db: None) -> Club:
    """A club whose members are ordinary people, but for some."""
    club = cast.club()
    crowd(club, GOOD)
    for name in LENGTHS:
        _poison(club, name, [text[: LENGTHS[name]] for text in NAUGHTY])
    return club


def _poison(club: Club, name: str, texts: list[str]) -> list[Member]:
    """Subscribe a member per text, who has it in that field, past every form's checks."""
    accounts = Account.objects.bulk_create(Account(brand=club.brand) for _text in texts)
    members = Member.objects.bulk_create(
        Member(**_facts(name, text, number), account=account)
        for number, (account, text) in enumerate(zip(accounts, texts, strict=True))
    )
    Subscription.objects.bulk_create(
        Subscription(member=member, topic=club.offers, state="subscribed") for member in members
    )
    return members


def _facts(name: str, text: str, number: int) -> dict[str, str]:
    address = f"{name}.{number}@example.com"
    usual = {"first_name": "Ana", "last_name": "Ruiz", "language": "en", "status": "active"}
    return {
        **usual,
        "email": address,
        "email_key": address,
        "email_hash": hash_of(address),
        name: text,
    }


def _send(club: Club, settings: Any, tmp_path: Any) -> tuple[Campaign, Mailbox]:
    settings.REGULARS_JOURNALS = tmp_path
    campaign = cast.campaign(club, first_percent=0)
    campaign.emails.update(body=BODY, subject=SUBJECT)
    campaign = lifecycle.start(cast.approved(club, Campaign.objects.get(pk=campaign.pk)))
    with _mailbox(settings) as mailbox:
        dispatch.drain(campaign.pk, budget=120)
    return campaign, mailbox


def test_only_the_rows_that_must_fail_do_and_each_says_why(
    club: Club, settings: Any, tmp_path: Any
) -> None:
    campaign, mailbox = _send(club, settings, tmp_path)
    assert lifecycle.is_finished(campaign)
    rows = list(campaign.deliveries.select_related("member"))
    assert len(rows) == GOOD + len(LENGTHS) * len(NAUGHTY)
    failed = {row.pk for row in rows if _must_fail(row.member)}
    assert failed
    assert {row.pk for row in rows if row.state == "rejected"} == failed
    assert {row.pk for row in rows if row.state == "accepted"} == {r.pk for r in rows} - failed
    assert {row.reason for row in rows if row.pk in failed} == {"render_failed"}
    assert all("line break or control" in row.detail for row in rows if row.pk in failed)
    for row in rows:
        if row.pk not in failed:
            _assert_literal(row, mailbox)
    assert len(mailbox.taken) == len(rows) - len(failed)


def test_an_address_reaches_its_own_mailbox_or_nobody(
    club: Club, settings: Any, tmp_path: Any
) -> None:
    odd = _poison(club, "email", [f"{text}@example.com" for text in NAUGHTY] + NAUGHTY)
    campaign, mailbox = _send(club, settings, tmp_path)
    assert lifecycle.is_finished(campaign)
    rows = campaign.deliveries.filter(member__in=odd).select_related("member")
    assert {row.state for row in rows} == {"accepted", "rejected"}
    for row in rows:
        if row.state == "rejected":
            assert row.reason
            assert row.detail
            assert f"{row.pk}.1" not in mailbox.taken
        else:
            [(recipients, _mail)] = mailbox.taken[f"{row.pk}.1"]
            assert [_unquoted(address) for address in recipients] == [row.member.email]


def test_a_megabyte_in_an_answer_is_nobodys_trouble(
    club: Club, settings: Any, tmp_path: Any
) -> None:
    about = Question.objects.create(
        group=club.aisles.group, key="about", kind="text", text={"en": "About you"}
    )
    texts = [*NAUGHTY, "x" * MEGABYTE, "é\r\n.\r\n" * (MEGABYTE // 6)]
    people = _poison(club, "source", ["test"] * len(texts))
    Answer.objects.bulk_create(
        Answer(member=member, question=about, text=text)
        for member, text in zip(people, texts, strict=True)
    )
    campaign, mailbox = _send(club, settings, tmp_path)
    rows = campaign.deliveries.filter(member__in=people)
    assert {row.state for row in rows} == {"accepted"}
    assert all(f"{row.pk}.1" in mailbox.taken for row in rows)


@pytest.mark.parametrize(
    "text", ["Ana\x00", "Ana\x1b[31m", "\u202eanA", "Ana\u2028Ruiz", "x" * 3_000]
)
def test_an_import_refuses_the_row_and_says_why(db: None, text: str) -> None:
    club = cast.club()
    rows = f"email,first_name\ngood@example.com,Ana\nbad@example.com,{text}\n"
    job = import_members(club.brand, rows.encode(), "members.csv")
    assert (job.new, job.rejected) == (1, 1)
    assert job.rejects[0]["line"] == 3
    assert "first_name" in job.rejects[0]["reason"]


def _must_fail(member: Member) -> bool:
    """Whether no header can carry this name."""
    names = (member.full_name, member.first_name)
    return any(UNSENDABLE.search(name) for name in names if name.strip())


def _assert_literal(row: Delivery, mailbox: Mailbox) -> None:
    [(recipients, mail)] = mailbox.taken[f"{row.pk}.1"]
    assert recipients == [row.member.email]
    assert not mail.defects
    first = _shown(row.member.first_name, "neighbour")
    last = _shown(row.member.last_name, "friend")
    plain, rich = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain is not None
    assert rich is not None
    assert f"[{first}]" in plain.get_content()
    assert f"({last})" in plain.get_content()
    assert f"[{html.escape(first)}]" in rich.get_content()
    assert f"({html.escape(last)})" in rich.get_content()
    assert NONCHARACTERS.sub("", mail["Subject"]).split() == f"{first}, this week".split()
    assert mail["Bcc"] is None
    assert len(mail.get_all("To", [])) == 1


def _shown(name: str, otherwise: str) -> str:
    return NONCHARACTERS.sub("", name) if name.strip() else otherwise


def _unquoted(address: str) -> str:
    """The server quotes a local part where RFC 5321 wants it; that is the same mailbox."""
    local, at, domain = address.rpartition("@")
    return f"{unquote(local)}{at}{domain}"
