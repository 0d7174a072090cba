"""Approval by a second person, bound to exactly what was approved.

The hash covers content, audience rules, offers, schedule and the hours in which mail may go.
Whoever saved that hash may not approve it, superusers included; any change makes another hash and
so voids the approval. Sending asks ``current`` and nothing else.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction

from campaigns.composition.content import raw_blocks
from campaigns.models.approvals import Approval, ContentEdit
from campaigns.models.campaigns import EVERY_DAY, Campaign
from campaigns.models.segments import Segment
from profiles.models import User

SERVICE_APPROVER = "campaigns.approve_service_campaign"


class MayNotApprove(PermissionDenied):
    """This person may not approve this content; the message says why."""


def content_hash(campaign: Campaign) -> str:
    """SHA-256 over content, audience rules, offers and schedule, in hexadecimal."""
    text = json.dumps(_content(campaign), sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def newest_hash(campaign: Campaign) -> str:
    """The hash of the campaign's newest content, published or not."""
    return content_hash(_newest(campaign))


def record_edit(campaign: Campaign, user: User) -> None:
    """Note that ``user`` had a hand in the campaign's newest content, published or not."""
    ContentEdit.objects.get_or_create(
        campaign=campaign, content_hash=newest_hash(campaign), editor=user
    )


def may_approve(campaign: Campaign, user: User) -> bool:
    """Whether ``user`` had no hand in the campaign's newest content, and may judge its kind.

    A service campaign reaches people who allow nothing, so its approver is chosen for that.
    """
    if _newest(campaign).kind == Campaign.Kind.SERVICE and not user.has_perm(SERVICE_APPROVER):
        return False
    edits = ContentEdit.objects.filter(campaign=campaign, content_hash=newest_hash(campaign))
    return not edits.filter(editor=user).exists()


@transaction.atomic
def approve(campaign: Campaign, user: User) -> Approval:
    """Approve the campaign's newest content. Raises MayNotApprove for one of its editors."""
    if not may_approve(campaign, user):
        raise MayNotApprove(
            "Whoever edited this content cannot approve it, and a service campaign has its own "
            "approvers."
        )
    approval, _created = Approval.objects.get_or_create(
        campaign=campaign,
        content_hash=newest_hash(campaign),
        defaults={"approver": user},
    )
    return approval


def current(campaign: Campaign) -> Approval | None:
    """The approval of the campaign as it is now, unpublished changes included, or None.

    An approval that left the time open holds for any time; one that named a time, for that one.
    """
    live = {content_hash(campaign), _hash_at_any_time(campaign)}
    if campaign.has_unpublished_changes:
        newest = _newest(campaign)
        live &= {content_hash(newest), _hash_at_any_time(newest)}
    found: Approval | None = campaign.approvals.filter(content_hash__in=live).first()
    return found


def _newest(campaign: Campaign) -> Campaign:
    if not campaign.latest_revision_id:
        return campaign
    newest: Campaign = campaign.get_latest_revision_as_object()
    return newest


def _hash_at_any_time(campaign: Campaign) -> str:
    kept, campaign.send_at = campaign.send_at, None
    try:
        return content_hash(campaign)
    finally:
        campaign.send_at = kept


def _content(campaign: Campaign) -> dict[str, Any]:
    segment = campaign.segment
    return {
        "kind": campaign.kind,
        "topic": campaign.topic_id,
        "audience": _segment(segment) if segment else None,
        "holdout": campaign.holdout_percent,
        "cap": campaign.weekly_cap_applies,
        "send_at": campaign.send_at,
        "emails": [_email(email) for email in campaign.emails.all()],
        "offers": [_offer(row) for row in campaign.campaign_offers.all()],
        **_pacing(campaign),
    }


def _pacing(campaign: Campaign) -> dict[str, Any]:
    """Who is left out and when mail may go. Only what was set: the rest is as ever approved.

    How fast it goes, and how many go first, is nobody's promise and can be changed at any time.
    """
    excluded, window = campaign.excluded_segment, [campaign.window_from, campaign.window_until]
    said = {
        "excluded": excluded and _segment(excluded),
        "at_local_time": campaign.at_local_time,
        "window": window if any(end is not None for end in window) else None,
        "days": campaign.window_days if campaign.window_days != EVERY_DAY else None,
    }
    return {name: value for name, value in said.items() if value}


def _segment(segment: Segment) -> list[Any]:
    return [segment.pk, segment.match, _rules(segment.rules)]


def _rules(rules: Any) -> Any:
    return _said(rules.get_prep_value() if hasattr(rules, "get_prep_value") else rules)


def _email(email: Any) -> list[Any]:
    return [email.language, email.subject, email.preheader, _said(raw_blocks(email.body))]


def _said(raw: Any) -> Any:
    """Stored blocks without their ids, which an editor may give anew and which say nothing."""
    if isinstance(raw, Mapping):
        is_block = {"type", "value"} <= raw.keys()
        return {key: _said(raw[key]) for key in raw if not (is_block and key == "id")}
    return [_said(item) for item in raw] if isinstance(raw, list | tuple) else raw


def _offer(row: Any) -> list[Any]:
    offer = row.offer
    promise = [offer.kind, offer.amount_minor, offer.currency, offer.percent]
    texts = [offer.title, offer.description, offer.terms]
    return [offer.pk, row.for_holders_only, promise, texts, offer.valid_from, offer.valid_until]
