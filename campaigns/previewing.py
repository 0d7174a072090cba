"""A campaign's mail as one member would get it, made by the very call that makes the real one."""

from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

from django.utils import timezone

from campaigns.compiled_emails import Loaded, source_of
from campaigns.composition.compiling import CompositionError, compile_email
from campaigns.composition.rendering import Envelope, RenderError, render
from campaigns.facts import preview_facts
from campaigns.models import Campaign, CampaignEmail
from profiles.models import Member

HEADERS = ("From", "To", "Subject", "List-Unsubscribe", "List-Unsubscribe-Post", "List-Id")


class NoPreview(ValueError):
    """The mail cannot be shown; ``problems`` names everything that is wrong."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        self.problems = problems
        super().__init__("; ".join(problems))


@dataclass(frozen=True)
class Preview:
    """The whole message as it would be handed over, and its parts to look at."""

    language: str
    message: bytes
    subject: str
    html: str
    text: str
    headers: tuple[tuple[str, str], ...]


def preview(campaign: Campaign, member: Member, at: datetime | None = None) -> Preview:
    """The mail that ``member`` would get, with dead links of true length. Raises NoPreview."""
    email = email_for(campaign, member)
    tracked = member.is_trackable and campaign.kind == Campaign.Kind.MARKETING
    try:
        loaded = Loaded(compile_email(source_of(email, tracked=tracked)), ())
        facts = preview_facts(campaign, member, loaded, tracked=tracked)
        message = render(loaded.compiled, facts, _envelope(member, at or timezone.now()))
    except CompositionError as error:
        raise NoPreview(error.problems) from None
    except RenderError as error:
        raise NoPreview((str(error),)) from None
    return _opened(email.language, message)


def email_for(campaign: Campaign, member: Member) -> CampaignEmail:
    """The mail in the member's language, else the first one. Raises NoPreview without any."""
    emails = sorted(campaign.emails.all(), key=lambda email: email.sort_order or 0)
    if not emails:
        raise NoPreview(("The campaign has no mail yet.",))
    chosen: CampaignEmail = next((e for e in emails if e.language == member.language), emails[0])
    # An e-mail read from a draft does not know the draft it belongs to.
    chosen.campaign = campaign
    return chosen


def _envelope(member: Member, at: datetime) -> Envelope:
    return Envelope(
        delivery_id=0,
        to_name=member.full_name,
        to_address=member.email or "nobody@example.com",
        message_id="<preview@localhost>",
        date=at,
    )


def _opened(language: str, message: bytes) -> Preview:
    parsed = message_from_bytes(message, EmailMessage, policy=policy.default)
    headers = tuple((name, str(parsed[name])) for name in HEADERS if parsed[name])
    return Preview(
        language=language,
        message=message,
        subject=str(parsed["Subject"]),
        html=_part(parsed, "html"),
        text=_part(parsed, "plain"),
        headers=headers,
    )


def _part(parsed: EmailMessage, kind: str) -> str:
    part = parsed.get_body((kind,))
    return str(part.get_content()) if part else ""
