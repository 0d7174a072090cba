"""Joining: what is stored, what is mailed, and what the visitor can never learn."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core import mail

from profiles import double_opt_in, signed_links
from profiles.addresses import InvalidAddress
from profiles.models import Brand, ConsentEvent, Member, OptInMail, Question, Topic
from profiles.registration import JoinForm, join
from profiles.suppression import suppress

ANA = "Ana.Ruiz@Example.com"
MONDAY = datetime(2026, 11, 16, 9, tzinfo=UTC)


def _ana(topic: Topic, **more: object) -> JoinForm:
    return JoinForm(email=ANA, first_name="Ana", topic_ids=(topic.pk,), **more)  # type: ignore[arg-type]


def _confirm_latest() -> Member:
    latest = OptInMail.objects.latest("pk")
    token = signed_links.make(
        signed_links.CONFIRM, latest.member_id, expires_at=latest.asked_at + timedelta(days=3)
    )
    return double_opt_in.confirm(token)


def test_joining_grants_nothing_until_the_address_is_confirmed(brand: Brand, offers: Topic) -> None:
    join(brand, _ana(offers, tracking=True), "who")
    ana = Member.objects.get(email_key="ana.ruiz@example.com")
    assert (ana.status, ana.tracking) == ("pending", "unknown")
    assert ana.subscriptions.get().state == "pending"
    confirmed = _confirm_latest()
    assert (confirmed.status, confirmed.tracking) == ("active", "granted")
    assert confirmed.subscriptions.get().state == "subscribed"


def test_the_evidence_names_wording_source_and_requester(brand: Brand, offers: Topic) -> None:
    join(brand, _ana(offers), "who")
    event = ConsentEvent.objects.get()
    assert event.wording is not None
    assert (event.action, event.wording.version, event.source) == ("requested", 1, "portal")
    assert event.requester_hash == "who"


def test_confirming_twice_changes_nothing_more(brand: Brand, offers: Topic) -> None:
    join(brand, _ana(offers))
    _confirm_latest()
    events = ConsentEvent.objects.count()
    _confirm_latest()
    assert ConsentEvent.objects.count() == events


def test_tracking_is_not_granted_when_it_was_not_ticked(brand: Brand, offers: Topic) -> None:
    join(brand, _ana(offers))
    assert _confirm_latest().tracking == "unknown"


def test_the_mail_goes_to_what_was_typed_and_holds_a_link(brand: Brand, offers: Topic) -> None:
    join(brand, _ana(offers))
    assert double_opt_in.send_waiting() == 1
    assert double_opt_in.send_waiting() == 0
    message = mail.outbox[0]
    assert message.to == [ANA]
    assert "/confirm/" in message.body
    assert message.extra_headers["Message-ID"] == OptInMail.objects.get().message_id


def test_one_address_is_mailed_at_most_once_an_hour_and_thrice_a_day(
    brand: Brand, offers: Topic
) -> None:
    with time_machine.travel(MONDAY, tick=False) as clock:
        for _minute in range(0, 24 * 60, 20):
            join(brand, _ana(offers))
            clock.shift(timedelta(minutes=20))
        assert OptInMail.objects.count() == 3
        times = list(OptInMail.objects.order_by("pk").values_list("asked_at", flat=True))
        assert times[1] - times[0] >= timedelta(hours=1)


def test_one_source_cannot_flood_many_addresses(brand: Brand, offers: Topic) -> None:
    for number in range(25):
        join(brand, JoinForm(email=f"a{number}@example.com", topic_ids=(offers.pk,)), "flooder")
    assert OptInMail.objects.count() == 20


def test_a_known_member_keeps_everything_and_is_told_by_mail(brand: Brand, offers: Topic) -> None:
    with time_machine.travel(MONDAY, tick=False) as clock:
        join(brand, _ana(offers))
        _confirm_latest()
        clock.shift(timedelta(hours=2))
        join(brand, JoinForm(email=ANA.lower(), first_name="Mallory"))
    assert Member.objects.get().first_name == "Ana"
    assert OptInMail.objects.latest("pk").kind == "welcome_back"


def test_a_suppressed_address_gets_no_mail(brand: Brand, offers: Topic) -> None:
    suppress("ana.ruiz@example.com", "hard_bounce", "test")
    join(brand, _ana(offers))
    assert not OptInMail.objects.exists()


@pytest.mark.parametrize(
    "text", ["", "abc", "a@", "a@b@c", "a b@example.com", "a@\x00.com", "=?utf-8?b?QQ==?=@b.com"]
)
def test_what_is_no_address_is_refused(brand: Brand, text: str) -> None:
    with pytest.raises(InvalidAddress):
        join(brand, JoinForm(email=text))
    assert not Member.objects.exists()


def test_a_name_stays_on_one_line(brand: Brand, offers: Topic) -> None:
    join(brand, JoinForm(email=ANA, first_name="Ana\r\nBcc: x@example.com", last_name="R\x00z"))
    ana = Member.objects.get()
    assert (ana.first_name, ana.last_name) == ("Ana Bcc: x@example.com", "R z")


def test_answers_of_the_form_are_kept(brand: Brand, offers: Topic, aisles: Question) -> None:
    choices = list(aisles.choices.values_list("pk", flat=True))
    join(brand, _ana(offers, answers={aisles.pk: choices}, birthday=(2, 29, None)))
    ana = Member.objects.get()
    assert ana.answers.count() == 2
    assert (ana.important_dates.get().month, ana.important_dates.get().day) == (2, 29)
