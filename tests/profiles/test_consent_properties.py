"""Whatever happens in whatever order: nobody is subscribed but by their own act, after the last no.

A plain model of sets is kept beside the club. Imports, strangers who type the address, complaints,
old links and staff go on around the member; only what the member does may add to what is granted.
"""

import contextlib
from dataclasses import dataclass, field

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from profiles import consent, contactability, double_opt_in, erasing, importing, signed_links
from profiles.leaving import leave
from profiles.models import ConsentEvent, Member, Topic
from profiles.registration import JoinForm, join
from profiles.suppression import suppress
from tests.cast import Club

ADDRESS = "ana@example.com"
FILE = f"email,first_name,language\n{ADDRESS},Anna,en\n".encode()
TOPICS = ("offers", "wine")
STEPS = [
    *(f"join {name}" for name in TOPICS),
    *(f"grant {name}" for name in TOPICS),
    *(f"withdraw {name}" for name in TOPICS),
    "confirm",
    "import",
    "complain",
    "leave",
    "erase",
]


@dataclass
class Ana:
    """Ana's address and what she has said, beside what is stored."""

    club: Club
    asked: set[str] = field(default_factory=set)
    granted: set[str] = field(default_factory=set)
    silenced: bool = False

    @property
    def member(self) -> Member | None:
        """Who has the address now."""
        return Member.objects.filter(email_key=ADDRESS).first()

    def topic(self, name: str) -> Topic:
        """One of the two topics."""
        found: Topic = getattr(self.club, name)
        return found

    def do(self, step: str) -> None:
        """Take a step, in the club and in the model."""
        verb, _blank, name = step.partition(" ")
        member = self.member
        if verb == "join":
            self._join(name, member)
        elif verb == "import":
            importing.import_members(self.club.brand, FILE, "members.csv")
        elif verb == "complain":
            suppress(ADDRESS, "complaint", "webhook")
            self.silenced = True
        elif member:
            self._say(verb, name, member)

    def _join(self, name: str, member: Member | None) -> None:
        """Anybody may type the address: it asks, it never grants."""
        join(self.club.brand, JoinForm(ADDRESS, topic_ids=(self.topic(name).pk,)))
        active = member is not None and member.status == Member.Status.ACTIVE
        if not active and name not in self.granted:
            self.asked.add(name)

    def _say(self, verb: str, name: str, member: Member) -> None:
        """What only the member does, by a mailed link or signed in."""
        if verb == "confirm":
            with contextlib.suppress(signed_links.BadLink):  # of somebody who has left
                double_opt_in.confirm(signed_links.make(signed_links.CONFIRM, member.pk))
                self.granted |= self.asked
                self.asked = set()
        elif verb == "grant":
            consent.grant_topic(member, self.topic(name), "preference centre")
            self.granted.add(name)
            self.asked.discard(name)
        elif verb == "withdraw":
            consent.withdraw_topic(member, self.topic(name), "preference centre")
            self.granted.discard(name)
            self.asked.discard(name)
        else:
            leave(member, "account") if verb == "leave" else erasing.erase(member, "account")
            self.granted, self.asked = set(), set()
            self.silenced |= verb == "erase"

    def check(self) -> None:
        """What is stored is what she said, and whoever may be mailed is no more than that."""
        member = self.member
        rows = member.subscriptions.filter(state="subscribed") if member else []
        stored = {row.topic.key for row in rows}
        keys = {name: self.topic(name).key for name in TOPICS}
        assert stored == {keys[name] for name in self.granted}
        for name in TOPICS:
            if member and self._mailed(member, name):
                assert name in self.granted
                assert not self.silenced
                assert self._last_word(member, name) == "granted"

    def _mailed(self, member: Member, name: str) -> bool:
        now = timezone.now()
        return contactability.block_reason(member, self.topic(name), now) == ""

    def _last_word(self, member: Member, name: str) -> str:
        events = ConsentEvent.objects.filter(member=member, topic=self.topic(name))
        return events.exclude(action="requested").order_by("-pk")[0].action


@pytest.mark.django_db
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=st.lists(st.sampled_from(STEPS), max_size=14))
@example(steps=["join offers", "confirm", "withdraw offers", "import", "join offers", "confirm"])
@example(steps=["join wine", "confirm", "leave", "join wine", "import"])
@example(steps=["join wine", "withdraw wine", "confirm"])
@example(steps=["join offers", "confirm", "erase", "import", "join offers", "confirm"])
def test_no_path_grants_after_a_withdrawal_but_the_members_own(
    club: Club, steps: list[str]
) -> None:
    with transaction.atomic():
        ana = Ana(club)
        for step in steps:
            ana.do(step)
            ana.check()
        transaction.set_rollback(True)


def test_the_model_would_notice(club: Club) -> None:
    ana = Ana(club)
    for step in ("join offers", "confirm", "withdraw offers"):
        ana.do(step)
    member = Member.objects.get(email_key=ADDRESS)
    member.subscriptions.update(state="subscribed")
    with pytest.raises(AssertionError):
        ana.check()
