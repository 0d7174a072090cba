"""Nothing is kept longer than the register says, and nobody is erased who belongs to the club."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from campaigns.models import RawEvent
from profiles import erasing, suppression, tasks
from profiles.models import Member, OptInMail
from profiles.registration import JoinForm, join, new_member
from tests import cast
from tests.cast import Club

ADDRESS = "nico@example.com"


def a_month_later() -> None:
    """The nightly task, thirty-one days on."""
    with time_machine.travel(timezone.now() + timedelta(days=31)):
        tasks.keep_no_longer()


def test_who_never_confirmed_is_forgotten_and_may_ask_again(club: Club) -> None:
    join(club.brand, JoinForm(ADDRESS, first_name="Nico"))
    tasks.keep_no_longer()
    assert Member.objects.get().first_name == "Nico"
    a_month_later()
    gone = Member.objects.get()
    assert (gone.status, gone.email, gone.first_name) == ("erased", "", "")
    assert not suppression.is_suppressed(ADDRESS)
    join(club.brand, JoinForm(ADDRESS))
    assert Member.objects.get(email_key=ADDRESS).opt_in_mails.exists()


def test_an_imported_member_waits_for_no_mail(club: Club) -> None:
    new_member(club.brand, ADDRESS, first_name="Nico")
    a_month_later()
    assert Member.objects.get().first_name == "Nico"


def test_somebody_who_was_a_member_once_is_kept(club: Club) -> None:
    ana = cast.ana(club)
    Member.objects.filter(pk=ana.pk).update(status="left", joined_at=timezone.now())
    join(club.brand, JoinForm(ana.email))
    assert Member.objects.get(pk=ana.pk).status == "pending"
    a_month_later()
    assert Member.objects.get(pk=ana.pk).email == ana.email


def test_requests_that_were_confirmed_go_after_a_month(club: Club) -> None:
    join(club.brand, JoinForm(ADDRESS))
    Member.objects.update(status="active", joined_at=timezone.now())
    a_month_later()
    assert Member.objects.get().email == ADDRESS
    assert not OptInMail.objects.exists()


@pytest.mark.parametrize(
    ("state", "stays"), [("done", False), ("new", True), ("quarantined", True)]
)
def test_processed_events_go_after_ninety_days(db: None, state: str, stays: bool) -> None:
    old = timezone.now() - timedelta(days=91)
    RawEvent.objects.create(
        provider="sendgrid", event_id="1", payload={}, state=state, received_at=old
    )
    tasks.keep_no_longer()
    assert RawEvent.objects.exists() == stays


def test_a_night_has_an_end(club: Club, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(erasing, "A_NIGHT", 1)
    for number in range(3):
        join(club.brand, JoinForm(f"n{number}@example.com"))
    later = timezone.now() + timedelta(days=31)
    assert [erasing.forget_unconfirmed(later) for _night in range(4)] == [1, 1, 1, 0]
