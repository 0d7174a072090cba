"""Erasing: no identifier stays anywhere, the ledger's sums do, and so does the hash."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db.models import CharField, GeneratedField, JSONField, TextField, UUIDField
from django.utils import timezone

from campaigns import dispatch, lifecycle
from campaigns.models import RawEvent
from loyalty import audit, ledger, referrals
from loyalty.models import Entry, OfflineEvent, TillAnswer, TillKey
from profiles import consent, erasing, preferences, sign_ins, suppression
from profiles.models import Account, Answer, ConsentEvent, ImportJob, Member, User
from profiles.registration import JoinForm, join, new_member
from tests import cast
from tests.cast import Club
from tests.loyalty.reward_cast import rich

CANARY = "kanarienvogel"
ADDRESS = f"{CANARY}@example.org"
PHONE = "+34 600 777 888"
TEXTS = (CharField, TextField, JSONField, GeneratedField, UUIDField)


@pytest.fixture
def gone(club: Club, settings: Any, tmp_path: Path) -> Member:
    """A member of whom everything there is in the house bears the canary's name."""
    settings.REGULARS_OUTBOX = tmp_path
    member = new_member(club.brand, ADDRESS, first_name=CANARY, last_name=CANARY, phone=PHONE)
    Member.objects.filter(pk=member.pk).update(status="active")
    Account.objects.filter(pk=member.account_id).update(external_id=CANARY)
    member.refresh_from_db()
    consent.grant_topic(member, club.offers, "portal", "who")
    preferences.answer(member, club.aisles, [club.aisles.choices.get(key="bread").pk])
    preferences.set_birthday(member, 2, 29)
    rich(member, 321)
    referrals.code_of(member)
    sign_ins.sign_in_of(member)
    sign_ins.queue_code(member, "123456")
    started = lifecycle.start(cast.approved(club, cast.campaign(club, cast.offer(club))))
    dispatch.drain(started.pk)
    _what_others_sent(club, member)
    return member


def _what_others_sent(club: Club, member: Member) -> None:
    number = member.cards.get().number
    event = {"email": ADDRESS, "event": "bounce"}
    RawEvent.objects.create(provider="sendgrid", event_id="1", payload=event)
    till = TillKey.objects.create(brand=club.brand, source="till-1", key_hash="x" * 64)
    OfflineEvent.objects.create(
        till=till, kind="purchase", key="1", request_hash="x", occurred_at=timezone.now(),
        body={"card": number}, outcome={"member": CANARY},
    )  # fmt: skip
    TillAnswer.objects.create(
        source="till-1", idempotency_key="1", request_hash="x", body={"name": PHONE}
    )
    rejects = [{"line": 2, "reason": f"{ADDRESS} is known"}]
    ImportJob.objects.create(brand=club.brand, kind="members", file_name="a.csv", rejects=rejects)


def places(text: str) -> set[str]:
    """The columns of all tables in which a text stands."""
    found = set()
    for model in apps.get_models():
        columns = [
            field.attname for field in model._meta.concrete_fields if isinstance(field, TEXTS)
        ]
        for row in model._default_manager.values(*columns) if columns else []:
            for column, value in row.items():
                if text.lower() in json.dumps(value, default=str).lower():
                    found.add(f"{model._meta.label}.{column}")
    return found


def test_nothing_that_tells_who_it_was_stays_anywhere(gone: Member, tmp_path: Path) -> None:
    number, public_id = gone.cards.get().number, str(gone.public_id)
    texts = (CANARY, PHONE, "+34600777888", number, public_id)
    assert all(places(text) for text in texts)
    assert list(tmp_path.rglob("*.eml"))
    erasing.erase(gone, "account")
    assert {text: places(text) for text in texts if places(text)} == {}
    assert not list(tmp_path.rglob("*.eml"))


def test_the_ledgers_sums_stay(gone: Member) -> None:
    before = ledger.balance(gone.account), Entry.objects.count()
    erasing.erase(gone, "account")
    assert (ledger.balance(gone.account), Entry.objects.count()) == before
    assert not list(audit.differences())


def test_every_consent_is_withdrawn_and_provable(gone: Member) -> None:
    erasing.erase(gone, "account", "who")
    assert {row.state for row in gone.subscriptions.all()} == {"withdrawn"}
    assert ConsentEvent.objects.filter(member=gone, action="withdrawn").exists()
    assert ConsentEvent.objects.filter(member=gone, action="granted").exists()
    assert not Answer.objects.filter(member=gone).exists()
    assert not User.objects.filter(username__startswith="member-").exists()


def test_the_address_is_not_written_to_again(club: Club, gone: Member) -> None:
    erasing.erase(gone, "account")
    assert suppression.is_suppressed(ADDRESS)
    join(club.brand, JoinForm(ADDRESS), "who")
    again = Member.objects.get(email_key=ADDRESS)
    assert not again.opt_in_mails.exists()


def test_doing_it_twice_is_doing_it_once(gone: Member) -> None:
    erasing.erase(gone, "account")
    events = ConsentEvent.objects.count()
    assert erasing.erase(gone, "account").status == "erased"
    assert ConsentEvent.objects.count() == events


def test_the_rest_of_the_household_keeps_points_and_number(club: Club, gone: Member) -> None:
    bruno = cast.bruno(club)
    Member.objects.filter(pk=bruno.pk).update(account=gone.account)
    erasing.erase(gone, "account")
    bruno.refresh_from_db()
    assert bruno.account.external_id == CANARY
    assert ledger.balance(bruno.account) == 321
    assert bruno.email == "bruno@example.com"


def test_others_are_left_alone(club: Club, gone: Member) -> None:
    ana = cast.ana(club)
    erasing.erase(gone, "account")
    ana.refresh_from_db()
    assert (ana.email, ana.status) == ("ana@example.com", "active")
    assert ana.cards.filter(blocked_at=None).exists()
