"""Where the staff's screens about campaigns are."""

from django.urls import reverse

from campaigns.models import Campaign

NAMESPACE = "wagtailsnippets_campaigns_campaign"


def overview_url(campaign: Campaign) -> str:
    """The page that says where a campaign stands."""
    return reverse(f"{NAMESPACE}:inspect", args=[campaign.pk])


def edit_url(campaign: Campaign) -> str:
    """The editor."""
    return reverse(f"{NAMESPACE}:edit", args=[campaign.pk])


def move_url(campaign: Campaign, name: str) -> str:
    """The page that asks before a move."""
    return reverse("campaigns_staff:move", args=[campaign.pk, name])


def preview_url(campaign: Campaign) -> str:
    """The preview as any member."""
    return reverse("campaigns_staff:preview", args=[campaign.pk])


def progress_url(campaign: Campaign) -> str:
    """The moving part of the overview."""
    return reverse("campaigns_staff:progress", args=[campaign.pk])


def unknowns_url(campaign: Campaign) -> str:
    """The deliveries of unknown fate."""
    return reverse("campaigns_staff:unknowns", args=[campaign.pk])


def decide_url(campaign: Campaign) -> str:
    """The page that asks before something is decided about them."""
    return reverse("campaigns_staff:decide", args=[campaign.pk])
