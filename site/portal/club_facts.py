"""What the club's own rules say today, for pages that everybody may read."""

from dataclasses import dataclass

from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import get_language

from loyalty.models import BonusRule, EarnRule, Tier, TierScheme, Voucher
from loyalty.models.earn_rules import words_for
from loyalty.reward_catalogue import PublicRow, public_catalogue
from portal.brand_of import brand_of
from portal.offers import OfferRow, State, offer_rows
from portal.signed_in_by_link import who_is_here
from portal.topics import TopicRow, topic_rows
from profiles.models import Topic


@dataclass(frozen=True)
class Ladder:
    """The tiers from the lowest, and within how many months their points are counted."""

    tiers: tuple[Tier, ...]
    scheme: TierScheme | None


def earning(request: HttpRequest) -> list[str]:
    """What brings points now, in the page's language: rules first, then bonuses."""
    brand, now, language = brand_of(request), timezone.now(), get_language() or "en"
    lasting = Q(valid_until=None) | Q(valid_until__gt=now)
    rules = EarnRule.objects.filter(lasting, brand=brand, valid_from__lte=now, segment_id=None)
    youngest = {rule.family: rule for rule in rules.order_by("valid_from")}
    bonuses = BonusRule.objects.filter(lasting, brand=brand, valid_from__lte=now)
    said = [words_for(rule, language) for rule in youngest.values()]
    said += [words_for(bonus, language) for bonus in bonuses.order_by("occasion", "valid_from")]
    return list(dict.fromkeys(said))


def tiers(request: HttpRequest) -> Ladder:
    """The ladder from the lowest tier."""
    brand = brand_of(request)
    return Ladder(
        tuple(Tier.objects.filter(brand=brand).order_by("rank")),
        TierScheme.objects.filter(brand=brand).first(),
    )


def topics(request: HttpRequest) -> list[TopicRow]:
    """What one may be written about."""
    offered = list(Topic.objects.filter(brand=brand_of(request), is_active=True))
    return list(topic_rows(offered, get_language() or "en", set()))


def own_offers(request: HttpRequest) -> list[OfferRow] | None:
    """The open offers of the member who is signed in; None when nobody is."""
    member = who_is_here(request)
    if member is None:
        return None
    vouchers = Voucher.objects.filter(member=member, voided_at=None).select_related("offer")
    rows = offer_rows(vouchers.order_by("offer__valid_until", "pk"), timezone.now())
    return [row for row in rows if row.state in (State.OPEN, State.COMING)]


def rewards(request: HttpRequest) -> list[PublicRow]:
    """The rewards that anybody may look at."""
    return public_catalogue(brand_of(request))
