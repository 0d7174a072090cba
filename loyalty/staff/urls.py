"""Where the staff's screens about points are."""

from django.urls import reverse

from loyalty.models import Entry, ServiceRequest
from profiles.models import Member

NAMESPACE = "loyalty_staff"


def here(name: str, *args: object) -> str:
    """The address of one of our screens."""
    return reverse(f"{NAMESPACE}:{name}", args=args)


def member_url(member: Member) -> str:
    """The member's page."""
    return reverse("members:inspect", args=[member.pk])


def ledger_url(member: Member) -> str:
    """The member's ledger."""
    return here("ledger", member.pk)


def undo_url(member: Member, entry: Entry) -> str:
    """The page that asks before an entry is undone."""
    return here("undo", member.pk, entry.pk)


def request_url(request: ServiceRequest) -> str:
    """The page about one request to the service desk."""
    return here("request", request.pk)
