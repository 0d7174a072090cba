"""The data's 27 campaigns: who was targeted, what they were offered, what the mail says."""

import json
from collections import Counter
from dataclasses import dataclass
from datetime import date

from campaigns.models import Campaign, CampaignEmail, CampaignOffer, Segment
from portal.demo.coupons import Coupon, CouponKey, coupons_of, create_offers
from portal.demo.dates import Shift
from portal.demo.letters import letter
from portal.demo.seasons import BY_MONTH, Season
from portal.demo.shopping_data import ShoppingData
from profiles.models import Brand, MemberList, MemberListEntry, Topic

CHUNK = 1_000
LANGUAGES = ("en", "es")


@dataclass(frozen=True)
class Planned:
    """A campaign of the data on its way in; ``sent`` is the day of its mails in the club."""

    number: int
    kind: str
    start: date
    sent: date
    households: list[int]

    @property
    def season(self) -> Season:
        """Return the words that fit the month it is sent in."""
        return BY_MONTH[self.sent.month]

    @property
    def name(self) -> str:
        """Return its name: the data's own number, and the season."""
        return f"{self.season.name}, no. {self.number}"


def create_campaigns(
    brand: Brand, topic: Topic, data: ShoppingData, members: dict[int, int], shift: Shift
) -> tuple[dict[CouponKey, Coupon], dict[CouponKey, int]]:
    """Create offers, and campaigns as drafts; returns the coupons and the ids of their offers."""
    coupons = coupons_of(data)
    offers = create_offers(brand, data, coupons, shift)
    for planned in planned_campaigns(data, shift):
        _create(brand, topic, planned, members, offers, coupons, shift)
    return coupons, offers


def planned_campaigns(data: ShoppingData, shift: Shift) -> list[Planned]:
    """Return the campaigns in the order they began."""
    households = data.targeted.groupby("campaign_id")["household_id"].apply(list).to_dict()
    rows = data.campaigns.sort_values(["start_date", "campaign_id"]).itertuples()
    return [
        Planned(
            row.campaign_id,
            row.campaign_type,
            row.start_date.date(),
            shift.day(row.start_date.date()),
            households.get(row.campaign_id, []),
        )
        for row in rows
    ]


def _create(
    brand: Brand,
    topic: Topic,
    planned: Planned,
    members: dict[int, int],
    offers: dict[CouponKey, int],
    coupons: dict[CouponKey, Coupon],
    shift: Shift,
) -> None:
    campaign = Campaign.objects.create(
        brand=brand,
        name=planned.name,
        topic=topic,
        segment=_segment(brand, planned, members),
        group=planned.kind,
        # The data's campaigns had no control group, and no member was spared by a cap.
        holdout_percent=0,
        weekly_cap_applies=False,
        business_at=shift.mail_at(planned.start),
    )
    for order, language in enumerate(LANGUAGES):
        _email(campaign, planned.season, language, order)
    CampaignOffer.objects.bulk_create(
        [
            CampaignOffer(
                campaign=campaign, offer_id=offers[key], for_holders_only=True, sort_order=order
            )
            for order, key in enumerate(_in_order(planned.number, coupons))
        ],
        batch_size=CHUNK,
    )


def _in_order(number: int, coupons: dict[CouponKey, Coupon]) -> list[CouponKey]:
    """Return a campaign's coupons so that a mail, which shows a few, does not repeat itself.

    Coupons that name a kind of product come first, and of every kind one before the next.
    """
    seen: Counter[str] = Counter()
    places = {}
    for key, coupon in coupons.items():
        if key[0] == number:
            places[key] = (not coupon.category, seen[coupon.category])
            seen[coupon.category] += 1
    return sorted(places, key=lambda key: places[key])


def _email(campaign: Campaign, season: Season, language: str, order: int) -> None:
    CampaignEmail.objects.create(
        campaign=campaign,
        language=language,
        subject=season.subject[language],
        preheader=season.preheader[language],
        body=json.dumps(letter(season, language)),
        sort_order=order,
    )


def _segment(brand: Brand, planned: Planned, members: dict[int, int]) -> Segment:
    member_list = MemberList.objects.create(brand=brand, name=f"Targeted: {planned.name}")
    MemberListEntry.objects.bulk_create(
        [
            MemberListEntry(member_list=member_list, member_id=members[household])
            for household in planned.households
        ],
        batch_size=CHUNK,
    )
    rule = {"operator": "is", "member_list": str(member_list.pk)}
    return Segment.objects.create(
        brand=brand,
        name=member_list.name,
        rules=json.dumps([{"type": "member_list", "value": rule}]),
    )
