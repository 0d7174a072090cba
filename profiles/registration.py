"""Joining the club from the portal. What the visitor sees never depends on who is known."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db import IntegrityError, transaction

from profiles import consent, preferences
from profiles.addresses import normalise, set_address
from profiles.details import in_one_line
from profiles.double_opt_in import queue_mail
from profiles.models import Account, Brand, Card, Member, OptInMail, Question, Topic
from profiles.preferences import Value


@dataclass(frozen=True)
class JoinForm:
    """What a visitor typed and ticked. Everything but the address is optional.

    ``source`` is where the form stood, for the evidence of consent; ``came_by`` what led there.
    """

    email: str
    first_name: str = ""
    last_name: str = ""
    language: str = "en"
    topic_ids: tuple[int, ...] = ()
    answers: Mapping[int, Value] = field(default_factory=dict)
    birthday: tuple[int, int, int | None] | None = None
    tracking: bool = False
    source: str = "portal"
    came_by: str = ""


def join(brand: Brand, form: JoinForm, requester: str = "") -> None:
    """Take a join request: store it as pending and queue the mail that asks to confirm.

    A known, active member keeps everything as it is and is told by mail that they are in already.
    Raises InvalidAddress when the text is no address at all; otherwise the caller learns nothing.
    """
    key = normalise(form.email)
    try:
        with transaction.atomic():
            _join(brand, form, key, requester)
    except IntegrityError:
        # The same address joined at the same moment; that request's mail is on its way.
        return


def _join(brand: Brand, form: JoinForm, key: str, requester: str) -> None:
    member = Member.objects.select_for_update().filter(email_key=key).first()
    if member is not None and member.status == Member.Status.ACTIVE:
        queue_mail(member, OptInMail.Kind.WELCOME_BACK, requester)
        return
    member = member or new_member(brand, form.email)
    _fill_in(member, form)
    topics = Topic.objects.filter(brand=brand, is_active=True, pk__in=form.topic_ids)
    consent.request_topics(member, topics, form.source, requester)
    if form.tracking:
        consent.request_tracking(member, form.source, requester)
    queue_mail(member, OptInMail.Kind.CONFIRM, requester)


def new_member(brand: Brand, email: str = "", **facts: str) -> Member:
    """Open an account with one pending member and a card. The address may be empty."""
    member = Member(account=Account.objects.create(brand=brand), **facts)
    set_address(member, email)
    member.save()
    Card.objects.create(brand=brand, account=member.account, member=member)
    return member


def _fill_in(member: Member, form: JoinForm) -> None:
    member.status = Member.Status.PENDING
    member.first_name = in_one_line(form.first_name)[:80] or member.first_name
    member.last_name = in_one_line(form.last_name)[:80] or member.last_name
    member.language = form.language
    member.source = member.source or form.came_by or form.source
    member.save()
    # One that was switched off while the page was open is left out.
    questions = Question.objects.filter(is_active=True).in_bulk(list(form.answers))
    for question_id, value in form.answers.items():
        if question_id in questions:
            preferences.answer(member, questions[question_id], value)
    if form.birthday:
        preferences.set_birthday(member, *form.birthday)
