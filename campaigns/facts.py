"""What a mail says about a member: the facts of a batch of deliveries, in a few queries."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

from django.db.models import QuerySet
from django.utils import formats, timezone, translation

from campaigns.compiled_emails import Loaded, load
from campaigns.models import Campaign, Delivery
from campaigns.proposals import Proposed, proposed
from campaigns.recipients import Recipient, reader, recipients
from campaigns.urls_in_mails import INERT_ANSWER, MailAddresses, inert_url
from loyalty.models import Offer, Voucher
from loyalty.vouchers import grouped
from profiles.localised import localise
from profiles.models import Member
from profiles.preferences import answers_of_many

OFFERS_SHOWN = 6
INERT_CODE = "X" * 16  # as long as a real one

Facts = dict[str, Any]


class _Promise(NamedTuple):
    """A voucher of the recipient's: what it promises, in whose words, and its code."""

    words: Mapping[str, Mapping[str, str]]
    offer_id: int
    voucher_id: int
    code: str


@dataclass(frozen=True)
class _Gathered:
    """What was read for a whole batch."""

    campaign: Campaign
    answers: Mapping[int, Mapping[str, Any]]
    vouchers: Mapping[int, Sequence[_Promise]]
    addresses: MailAddresses
    proposed: Proposed = field(default_factory=dict)


def facts_for(campaign: Campaign, rows: QuerySet[Delivery]) -> list[tuple[Recipient, Facts]]:
    """The recipients of these deliveries with the facts of each one's mail."""
    people = recipients(rows)
    mails = [load(compiled_id) for compiled_id in {p.compiled_email_id for p in people}]
    members = rows.order_by().values("member")
    gathered = _Gathered(
        campaign,
        answers_of_many(members) if any(mail.compiled.asks_answers for mail in mails) else {},
        _vouchers(campaign, members),
        MailAddresses(),
        proposed(campaign.brand, {name for mail in mails for name in mail.compiled.proposals}),
    )
    return [(person, _facts(gathered, person, load(person.compiled_email_id))) for person in people]


def preview_facts(campaign: Campaign, member: Member, loaded: Loaded, *, tracked: bool) -> Facts:
    """The facts of a mail that is only looked at: every link is as long as a real one, and dead.

    Vouchers are those that the member has or would get, without their codes.
    """
    answers = answers_of_many([member.pk])
    gathered = _Gathered(campaign, answers, _promised(campaign, member), MailAddresses())
    facts = _member_facts(gathered, reader(member), loaded.compiled.language, inert=True)
    dead = {name: inert_url(name) for name in ("unsubscribe", "preferences", "view")}
    dead |= dict.fromkeys(loaded.compiled.proposals, inert_url("answer", *INERT_ANSWER))
    facts["url"] = {**dead, "one_click": dead["unsubscribe"], "pixel": inert_url("o")}
    facts["links"] = [inert_url("c") for _link in loaded.compiled.links]
    return facts if tracked else {**facts, "links": []}


def _vouchers(campaign: Campaign, members: QuerySet[Any]) -> Mapping[int, Sequence[_Promise]]:
    if campaign.kind == Campaign.Kind.SERVICE:
        return {}
    carried = campaign.campaign_offers.select_related("offer").order_by("sort_order", "pk")
    offers = [row.offer for row in carried]
    if not offers:
        return {}
    rows = Voucher.objects.filter(member__in=members, offer__in=offers, voided_at=None)
    return _by_member(offers, rows.values_list("member_id", "offer_id", "pk", "code"))


def _by_member(
    offers: Sequence[Offer], rows: Iterable[tuple[int, int, int, str]]
) -> dict[int, list[_Promise]]:
    places = {offer.pk: place for place, offer in enumerate(offers)}
    words = {offer.pk: _Words(offer) for offer in offers}
    found: dict[int, list[_Promise]] = defaultdict(list)
    for member_id, offer_id, pk, code in rows:
        found[member_id].append(_Promise(words[offer_id], offer_id, pk, grouped(code)))
    if len(offers) > 1:
        for promises in found.values():
            promises.sort(key=lambda promise: (places[promise.offer_id], promise.voucher_id))
    return found


def _promised(campaign: Campaign, member: Member) -> dict[int, list[_Promise]]:
    """A nameless voucher of each offer that the member's mail would show."""
    if campaign.kind == Campaign.Kind.SERVICE:
        return {}
    held = set(member.vouchers.filter(voided_at=None).values_list("offer_id", flat=True))
    offers = [
        row.offer
        for row in campaign.campaign_offers.all()
        if not row.for_holders_only or row.offer_id in held
    ]
    return _by_member(offers, [(member.pk, offer.pk, 0, INERT_CODE) for offer in offers])


class _Words(dict[str, Mapping[str, str]]):
    """An offer's words by language, each put together once a batch."""

    def __init__(self, offer: Offer) -> None:
        super().__init__()
        self.offer = offer

    def __missing__(self, language: str) -> Mapping[str, str]:
        offer = self.offer
        self[language] = {
            "title": localise(offer.title, language),
            "description": localise(offer.description, language),
            "valid_until": _day(timezone.localdate(offer.valid_until), language),
            "image_url": "",
        }
        return self[language]


def _facts(gathered: _Gathered, person: Recipient, loaded: Loaded) -> Facts:
    facts = _member_facts(gathered, person, loaded.compiled.language)
    delivery_id, member_id, write = person.delivery_id, person.member_id, gathered.addresses
    unsubscribe = write.unsubscribe(member_id, gathered.campaign.topic_id or 0, delivery_id)
    facts["url"] = {
        "unsubscribe": unsubscribe,
        "one_click": unsubscribe,
        "preferences": write.preferences(member_id, delivery_id),
        "view": write.view(delivery_id),
        "pixel": write.pixel(delivery_id) if person.tracked else "",
    }
    for name in loaded.compiled.proposals:
        about = gathered.proposed.get(name)
        # A question that was withdrawn meanwhile: its answers still lead somewhere.
        facts["url"][name] = (
            write.answer(member_id, delivery_id, *about) if about else facts["url"]["preferences"]
        )
    links = loaded.link_ids if person.tracked else ()
    facts["links"] = [write.click(delivery_id, link_id) for link_id in links]
    return facts


def _member_facts(
    gathered: _Gathered, person: Recipient, language: str, *, inert: bool = False
) -> Facts:
    promises = gathered.vouchers.get(person.member_id, ())
    write = None if inert else gathered.addresses
    return {
        "member": {
            "first_name": person.first_name,
            "last_name": person.last_name,
            "full_name": person.full_name,
            "language": person.language,
            "points": person.points,
        },
        "answers": gathered.answers.get(person.member_id, {}),
        "offers": [_offer(one, language, person, write) for one in promises[:OFFERS_SHOWN]],
        "offers_more": max(0, len(promises) - OFFERS_SHOWN),
        "brand": {"name": gathered.campaign.brand.name},
    }


def _offer(
    promise: _Promise, language: str, person: Recipient, write: MailAddresses | None
) -> dict[str, str]:
    if write is None:
        url = inert_url("offer")
    elif person.tracked:
        url = write.offer(promise.voucher_id, person.delivery_id)
    else:
        url = write.public_offer(promise.offer_id)
    return {**promise.words[language], "code": promise.code, "url": url}


@lru_cache(maxsize=4_096)
def _day(day: Any, language: str) -> str:
    with translation.override(language):
        return formats.date_format(day, "DATE_FORMAT")
