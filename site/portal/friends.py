"""Bringing friends: what a member is shown, and noting by whose link somebody joined."""

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest

from loyalty import referrals
from loyalty.models import ReferralCode, ReferralRule
from loyalty.referrals import Friends
from profiles.addresses import normalise
from profiles.models import Brand, Member

LONGEST_CODE = 20


@dataclass(frozen=True)
class Bringing:
    """A member's link (empty until they ask for one), what it pays, and what it has brought."""

    rule: ReferralRule
    link: str
    friends: Friends


def bringing(request: HttpRequest, member: Member, now: datetime) -> Bringing | None:
    """What a member is shown about friends; None while the brand pays nothing for them."""
    rule = referrals.rule_at(member.account.brand, now)
    if rule is None or member.status != Member.Status.ACTIVE:
        return None
    has_link = ReferralCode.objects.filter(member=member).exists()
    link = request.build_absolute_uri(referrals.referral_link_path(member)) if has_link else ""
    return Bringing(rule, link, referrals.friends_of(member))


def remember(brand: Brand, email: str, code: str) -> None:
    """Note by whose code a person asked to join; who is in the club already came by nobody's."""
    asked = Member.objects.filter(email_key=normalise(email), account__brand=brand)
    member = asked.filter(status=Member.Status.PENDING).select_related("account__brand").first()
    if member is not None:
        referrals.attach(member, code[:LONGEST_CODE])
