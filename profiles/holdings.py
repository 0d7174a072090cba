"""What this app keeps of a member."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import uuid4

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from profiles.models import (
    AddressChange,
    Answer,
    Card,
    ImportJob,
    Member,
    MemberListEntry,
    OptInMail,
    QuestionSkip,
    SignInMail,
    Suppression,
    User,
)
from profiles.personal_data import Basis, Holding, Row, repeating, said
from profiles.preferences import forget_old_answers

REQUESTS_KEPT = timedelta(days=30)
MEMBERSHIP = _("As long as the membership lasts.")
EVIDENCE = _("As long as somebody may ask for the proof; it names nobody after an erasure.")


def _member(member: Member) -> Iterator[Row]:
    yield {
        "e-mail": member.email,
        "telephone": member.phone,
        "first name": member.first_name,
        "last name": member.last_name,
        "language": member.language,
        "time zone": member.time_zone,
        "state": member.status,
        "opens and clicks": member.tracking,
        "paused until": member.paused_until,
        "mails a week at most": member.weekly_cap,
        "came by": member.source,
        "joined": member.joined_at,
        "left": member.left_at,
    }


def _consents(member: Member) -> Iterator[Row]:
    events = member.consent_events.select_related("topic", "wording").order_by("occurred_at", "pk")
    for event in events:
        yield {
            "when": event.occurred_at,
            "what": str(event.topic) if event.topic else str(event.get_purpose_display()),
            "decision": event.action,
            "where": event.source,
            "wording": event.wording.version if event.wording else None,
            "words": event.wording.text.get(member.language) if event.wording else None,
        }


def _answers(member: Member) -> Iterator[Row]:
    for answer in member.answers.select_related("question", "choice").order_by("pk"):
        told = answer.choice or answer.number or answer.date or answer.text
        yield {
            "question": str(answer.question),
            "answer": said(str(told) if told else ""),
            "when": answer.answered_at,
            "where": answer.source,
        }


def _dates(member: Member) -> Iterator[Row]:
    for one in member.important_dates.order_by("pk"):
        year = f"{one.year}-" if one.year else "--"
        yield {
            "whose": one.relation,
            "what": one.occasion,
            "day": f"{year}{one.month:02}-{one.day:02}",
            "told": one.told_at,
        }


def _cards(member: Member) -> Iterator[Row]:
    for card in Card.objects.filter(member=member).order_by("pk"):
        yield {"number": card.number, "issued": card.issued_at, "blocked": card.blocked_at}


def _lists(member: Member) -> Iterator[Row]:
    for entry in MemberListEntry.objects.filter(member=member).select_related("member_list"):
        yield {"list": entry.member_list.name}


def blank_member(member: Member) -> None:
    """Blank who it is; last of all, for others look the member up by it."""
    user = member.user
    Member.objects.filter(pk=member.pk).update(
        user=None,
        email="",
        email_key="",
        email_hash="",
        phone="",
        first_name="",
        last_name="",
        time_zone="",
        source="",
        weekly_cap=None,
        paused_until=None,
        public_id=uuid4(),
        status=Member.Status.ERASED,
    )
    if isinstance(user, User) and not user.has_usable_password():
        user.delete()


def _blank_cards(member: Member) -> None:
    """A card that is erased is worth nothing at a till, and its number tells nothing."""
    for card in Card.objects.filter(member=member):
        card.number = f"erased-{uuid4().hex[:24]}"
        card.blocked_at = card.blocked_at or timezone.now()
        card.save(update_fields=["number", "blocked_at"])


def _blank_account(member: Member) -> None:
    """The number by which other systems know the household goes with its last member."""
    others = member.account.members.exclude(pk=member.pk).exclude(status=Member.Status.ERASED)
    if member.account.external_id and not others.exists():
        member.account.external_id = ""
        member.account.save(update_fields=["external_id"])


def _blank_rejects(member: Member) -> None:
    """Reasons why lines of a file were refused may repeat what stood in them."""
    for job in repeating(ImportJob.objects.all(), "rejects", member):
        job.rejects = [{"line": one["line"], "reason": "erased"} for one in job.rejects]
        job.save(update_fields=["rejects"])


def _forget_requests(now: datetime) -> int:
    """Requests that were confirmed; the others go with the member who never was."""
    old = OptInMail.objects.filter(asked_at__lt=now - REQUESTS_KEPT)
    return old.exclude(member__status=Member.Status.PENDING).delete()[0]


def _blank_suppressions(member: Member) -> None:
    """The hash stays, so that the address is not written to; what a server said of it does not."""
    Suppression.objects.filter(email_hash=member.email_hash).exclude(email_hash="").update(
        detail=""
    )


HOLDINGS = (
    Holding(
        "profiles.Member",
        _("Who the member is"),
        _("To know and to write to a member."),
        Basis.CONTRACT,
        MEMBERSHIP,
        export=_member,
    ),
    Holding(
        "profiles.PersonalDataEvent",
        _("Copies and erasures"),
        _("Proof that a wish was granted, and by whom."),
        Basis.LAW,
        EVIDENCE,
    ),
    Holding(
        "profiles.Account",
        _("Household"),
        _("Points belong to a household."),
        Basis.CONTRACT,
        MEMBERSHIP,
        erase=_blank_account,
    ),
    Holding(
        "profiles.ConsentEvent",
        _("What was allowed, and when"),
        _("Proof of what a member allowed and withdrew, with the words they read."),
        Basis.LAW,
        EVIDENCE,
        export=_consents,
    ),
    Holding(
        "profiles.Subscription",
        _("Topics"),
        _("To write about what a member chose."),
        Basis.CONSENT,
        MEMBERSHIP,
    ),
    Holding(
        "profiles.Answer",
        _("Tastes and answers"),
        _("To make offers that suit; each question says what its answer is for."),
        Basis.CONSENT,
        MEMBERSHIP,
        export=_answers,
        erase=lambda member: Answer.objects.filter(member=member).delete(),
        forget=forget_old_answers,
    ),
    Holding(
        "profiles.QuestionSkip",
        _("Questions put aside"),
        _("Not to ask again soon."),
        Basis.INTEREST,
        MEMBERSHIP,
        erase=lambda member: QuestionSkip.objects.filter(member=member).delete(),
    ),
    Holding(
        "profiles.ImportantDate",
        _("Dates that matter"),
        _("To send wishes and gifts on the day."),
        Basis.CONSENT,
        MEMBERSHIP,
        export=_dates,
        erase=lambda member: member.important_dates.all().delete(),
    ),
    Holding(
        "profiles.Card",
        _("Cards"),
        _("To know a member at the till."),
        Basis.CONTRACT,
        MEMBERSHIP,
        export=_cards,
        erase=_blank_cards,
    ),
    Holding(
        "profiles.CardEvent",
        _("What happened to cards"),
        _("To settle a dispute about a card."),
        Basis.CONTRACT,
        EVIDENCE,
    ),
    Holding(
        "profiles.MemberListEntry",
        _("Lists"),
        _("To invite guests of an event."),
        Basis.INTEREST,
        MEMBERSHIP,
        export=_lists,
        erase=lambda member: MemberListEntry.objects.filter(member=member).delete(),
    ),
    Holding(
        "profiles.OptInMail",
        _("Requests to join"),
        _("To confirm an address once, and not to flood it."),
        Basis.INTEREST,
        _("Thirty days; who never confirmed is then erased, too."),
        forget=_forget_requests,
        erase=lambda member: OptInMail.objects.filter(member=member).delete(),
    ),
    Holding(
        "profiles.SignInMail",
        _("Codes to sign in"),
        _("To let the member in."),
        Basis.CONTRACT,
        _("A day."),
        erase=lambda member: SignInMail.objects.filter(member=member).delete(),
    ),
    Holding(
        "profiles.AddressChange",
        _("Changes of address"),
        _("To ask the new address."),
        Basis.CONTRACT,
        _("The address three days, the rest with the membership."),
        erase=lambda member: AddressChange.objects.filter(member=member).delete(),
    ),
    Holding(
        "profiles.ImportJob",
        _("Imported files"),
        _("To show which lines were refused."),
        Basis.INTEREST,
        MEMBERSHIP,
        erase=_blank_rejects,
    ),
    Holding(
        "profiles.Suppression",
        _("Addresses that are not written to"),
        _("Not to write to who does not want it, even after an erasure; kept as a keyed hash."),
        Basis.LAW,
        _("Until it is released."),
        erase=_blank_suppressions,
    ),
    Holding(
        "profiles.User",
        _("Sign-in"),
        _("To let the member in."),
        Basis.CONTRACT,
        MEMBERSHIP,
    ),
)
