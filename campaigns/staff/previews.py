"""A campaign's mail shown as any member would get it: on a phone, on a desktop, as text, raw."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.clickjacking import xframe_options_sameorigin

from campaigns.audience import audience
from campaigns.models import Campaign
from campaigns.previewing import NoPreview, Preview, preview
from campaigns.segments.compiling import BrokenSegment
from campaigns.staff.urls import edit_url, overview_url
from profiles.finding import find
from profiles.models import Member

SHOWN = 8


def preview_as(request: HttpRequest, pk: int) -> HttpResponse:
    """The page around the mail: whose eyes, which part, how wide."""
    campaign = draft(request, pk)
    words = request.GET.get("q", "").strip()
    found = _readers(campaign, words)
    member = _chosen(request, campaign) or (found[0] if found else None)
    context = {
        "campaign": campaign,
        "member": member,
        "words": words,
        "found": found,
        "edit_url": edit_url(campaign),
        "overview_url": overview_url(campaign),
        **_shown(campaign, member),
    }
    return render(request, "campaigns/staff/preview.html", context)


@xframe_options_sameorigin
def mail_html(request: HttpRequest, pk: int, member_id: int) -> HttpResponse:
    """The HTML part alone, for the sandboxed frame."""
    campaign = draft(request, pk)
    try:
        html = preview(campaign, get_object_or_404(Member, pk=member_id)).html
    except NoPreview as error:
        return HttpResponse(str(error), content_type="text/plain; charset=utf-8", status=422)
    response = HttpResponse(html)
    response["Cache-Control"] = "no-store"
    return response


def draft(request: HttpRequest, pk: int) -> Campaign:
    """The campaign with its unpublished changes, for those who may look at campaigns."""
    if not request.user.has_perm("campaigns.view_campaign"):
        raise PermissionDenied
    campaign: Campaign = get_object_or_404(Campaign, pk=pk)
    if campaign.latest_revision_id:
        campaign = campaign.get_latest_revision_as_object()
    return campaign


def _readers(campaign: Campaign, words: str) -> list[Member]:
    """Members to choose from: those whom the words describe, else some of the audience."""
    if words:
        everyone = Member.objects.filter(account__brand=campaign.brand_id, status="active")
        return list(_sorted(find(everyone, words))[:SHOWN])
    try:
        return list(_sorted(audience(campaign).filter(status="active"))[:SHOWN])
    except BrokenSegment:
        return []


def _sorted(members: QuerySet[Member]) -> QuerySet[Member]:
    return members.select_related("account__brand").order_by("last_name", "first_name", "pk")


def _chosen(request: HttpRequest, campaign: Campaign) -> Member | None:
    number = request.GET.get("member", "")
    if not number.isdigit():
        return None
    club = Member.objects.filter(account__brand=campaign.brand_id)
    return club.select_related("account__brand").filter(pk=number[:18]).first()


def _shown(campaign: Campaign, member: Member | None) -> dict[str, Any]:
    if member is None:
        return {"problems": ("There is no member to show the mail to.",)}
    try:
        shown: Preview = preview(campaign, member)
    except NoPreview as error:
        return {"problems": error.problems}
    return {"preview": shown, "kilobytes": len(shown.message) / 1024}
