"""What a mail says about a member: the facts of a batch of deliveries, in a few queries."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from django.utils import formats, timezone, translation

from campaigns import urls_in_mails
from campaigns.compiled_emails import Loaded, load
from campaigns.models import Campaign, Delivery
from loyalty.models import Voucher, Wallet
from loyalty.vouchers import grouped
from profiles.localised import localise
from profiles.models import Member
from profiles.preferences import answers_of_many

OFFERS_SHOWN = 6
INERT_CODE = "X" * 16  # as long as a real one

Facts = dict[str, Any]


@dataclass(frozen=True)
class _Gathered:
    """What was read for a whole batch."""

    campaign: Campaign
    answers: Mapping[int, Mapping[str, Any]]
    points: Mapping[int, int]
    vouchers: Mapping[int, Sequence[Voucher]]


def facts_for(campaign: Campaign, deliveries: Sequence[Delivery]) -> dict[int, Facts]:
    """The facts of each delivery, by its id; ``member`` must have been loaded with them."""
    gathered = _gather(campaign, [delivery.member for delivery in deliveries])
    return {
        delivery.pk: _facts(gathered, delivery, load(delivery.compiled_email_id or 0))
        for delivery in deliveries
    }


def preview_facts(campaign: Campaign, member: Member, loaded: Loaded, *, tracked: bool) -> Facts:
    """The facts of a mail that is only looked at: every link is as long as a real one, and dead.

    Vouchers are those that the member has or would get, without their codes.
    """
    gathered = replace(_gather(campaign, [member]), vouchers=_promised(campaign, member))
    facts = _member_facts(gathered, member, loaded.compiled.language, None)
    dead = {name: urls_in_mails.inert_url(name) for name in ("unsubscribe", "preferences", "view")}
    facts["url"] = {**dead, "one_click": dead["unsubscribe"], "pixel": urls_in_mails.inert_url("o")}
    facts["links"] = [urls_in_mails.inert_url("c") for _link in loaded.compiled.links]
    return facts if tracked else {**facts, "links": []}


def _gather(campaign: Campaign, members: Iterable[Member]) -> _Gathered:
    by_id = {member.pk: member for member in members}
    accounts = {member.account_id for member in by_id.values()}
    wallets = Wallet.objects.filter(account__in=accounts)
    return _Gathered(
        campaign,
        answers_of_many(by_id),
        dict(wallets.values_list("account_id", "active")),
        _vouchers(campaign, list(by_id)),
    )


def _vouchers(campaign: Campaign, member_ids: list[int]) -> dict[int, list[Voucher]]:
    found: dict[int, list[Voucher]] = defaultdict(list)
    if campaign.kind == Campaign.Kind.SERVICE:
        return found
    offer_ids = _offer_ids(campaign.pk)
    rows = Voucher.objects.filter(
        member__in=member_ids, offer__in=offer_ids, voided_at=None
    ).select_related("offer")
    places = {offer_id: place for place, offer_id in enumerate(offer_ids)}
    for voucher in sorted(rows, key=lambda row: (places[row.offer_id], row.pk)):
        found[voucher.member_id].append(voucher)
    return found


def _offer_ids(campaign_id: int) -> list[int]:
    offers = Campaign.objects.get(pk=campaign_id).campaign_offers.order_by("sort_order", "pk")
    return list(offers.values_list("offer_id", flat=True))


def _promised(campaign: Campaign, member: Member) -> dict[int, list[Voucher]]:
    """A nameless voucher of each offer that the member's mail would show."""
    if campaign.kind == Campaign.Kind.SERVICE:
        return {}
    held = set(member.vouchers.filter(voided_at=None).values_list("offer_id", flat=True))
    rows = [
        r for r in campaign.campaign_offers.all() if not r.for_holders_only or r.offer_id in held
    ]
    return {member.pk: [Voucher(offer=r.offer, member=member, code=INERT_CODE) for r in rows]}


def _facts(gathered: _Gathered, delivery: Delivery, loaded: Loaded) -> Facts:
    facts = _member_facts(gathered, delivery.member, loaded.compiled.language, delivery)
    topic_id = gathered.campaign.topic_id or 0
    unsubscribe = urls_in_mails.unsubscribe_url(delivery.member_id, topic_id, delivery.pk)
    facts["url"] = {
        "unsubscribe": unsubscribe,
        "one_click": unsubscribe,
        "preferences": urls_in_mails.preferences_url(delivery.member_id, delivery.pk),
        "view": urls_in_mails.view_url(delivery.pk),
        "pixel": urls_in_mails.pixel_url(delivery.pk) if delivery.tracked else "",
    }
    facts["links"] = (
        [urls_in_mails.click_url(delivery.pk, link_id) for link_id in loaded.link_ids]
        if delivery.tracked
        else []
    )
    return facts


def _member_facts(
    gathered: _Gathered, member: Member, language: str, delivery: Delivery | None
) -> Facts:
    vouchers = gathered.vouchers.get(member.pk, ())
    return {
        "member": {
            "first_name": member.first_name,
            "last_name": member.last_name,
            "full_name": member.full_name,
            "language": member.language,
            "points": gathered.points.get(member.account_id, 0),
        },
        "answers": gathered.answers.get(member.pk, {}),
        "offers": [_offer(voucher, language, delivery) for voucher in vouchers[:OFFERS_SHOWN]],
        "offers_more": max(0, len(vouchers) - OFFERS_SHOWN),
        "brand": {"name": gathered.campaign.brand.name},
    }


def _offer(voucher: Voucher, language: str, delivery: Delivery | None) -> dict[str, str]:
    offer = voucher.offer
    if delivery is None:
        url = urls_in_mails.inert_url("offer")
    elif delivery.tracked:
        url = urls_in_mails.offer_url(voucher.pk, delivery.pk)
    else:
        url = urls_in_mails.public_offer_url(offer.pk)
    return {
        "title": localise(offer.title, language),
        "description": localise(offer.description, language),
        "code": grouped(voucher.code),
        "valid_until": _day(timezone.localdate(offer.valid_until), language),
        "url": url,
        "image_url": "",
    }


@lru_cache(maxsize=4_096)
def _day(day: Any, language: str) -> str:
    with translation.override(language):
        return formats.date_format(day, "DATE_FORMAT")
