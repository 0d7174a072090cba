"""How the demo club gives points: its rules and bonuses, and the tiers that they lead to."""

from datetime import datetime
from typing import Any

from django.utils import timezone

from loyalty.models import BonusRule, EarnRule, LoyaltyRules, ReferralRule, Tier, TierScheme
from portal.demo.categories import department_name
from portal.demo.wording import Texts, both
from profiles.models import Brand

VALID_DAYS = 400
PENDING_DAYS = 14  # as long as goods can be brought back
PRODUCE = department_name("PRODUCE")
TUESDAY = "2"
POINT_WORTH_MINOR = 1

# key: name, points a year, colour, benefits
TIERS: dict[str, tuple[Texts, int, str, Texts]] = {
    "regular": (
        both("Regular", "Cliente"),
        0,
        "#B97B3A",
        both("A point for every dollar.", "Un punto por cada dólar."),
    ),
    "vecina": (
        both("Vecina", "Vecina"),
        1_500,
        "#5D6B3A",
        both(
            "A quarter more points on everything.",
            "Una cuarta parte más de puntos en todo.",
        ),
    ),
    "de-la-casa": (
        both("De la casa", "De la casa"),
        4_000,
        "#C8452B",
        both(
            "Half as many points again, and a seat at every tasting.",
            "La mitad más de puntos y un sitio en cada cata.",
        ),
    ),
}


def create_points(brand: Brand, since: datetime) -> None:
    """Create the worth of points, the ladder, and the rules by which they are earned."""
    LoyaltyRules.objects.create(
        brand=brand, points_value_minor=100 * POINT_WORTH_MINOR, return_days=PENDING_DAYS
    )
    create_tiers(brand)
    for rule in _rules(brand, since):
        rule.full_clean()
        rule.save()
    for bonus in _bonuses(brand, since):
        bonus.full_clean()
        bonus.save()
    _friends(brand, since)


def _friends(brand: Brand, since: datetime) -> None:
    rule = ReferralRule(
        brand=brand,
        referrer_points=150,
        referred_points=50,
        currency=brand.currency,
        valid_days=VALID_DAYS,
        valid_from=since,
    )
    rule.full_clean()
    rule.save()


def create_tiers(brand: Brand) -> None:
    """Create a ladder by what was bought in the last 365 days."""
    TierScheme.objects.create(brand=brand, window=TierScheme.Window.ROLLING)
    for rank, (key, (name, threshold, colour, benefits)) in enumerate(TIERS.items()):
        Tier.objects.create(
            brand=brand,
            key=key,
            name=name,
            rank=rank,
            threshold=threshold,
            colour=colour,
            benefits=benefits,
        )


def _rules(brand: Brand, since: datetime) -> list[EarnRule]:
    """A point a dollar, and what is put on top; only what is spent counts towards the tier."""
    base = EarnRule(
        brand=brand,
        family="points",
        **_called("A point for every dollar", "Un punto por cada dólar"),
        per_minor=100,
        pending_days=PENDING_DAYS,
        valid_days=VALID_DAYS,
        ends_with=EarnRule.EndsWith.MONTH,
        valid_from=since,
    )
    return [
        base,
        _more(
            base,
            "produce",
            ("Double points on fruit and vegetables", "El doble en fruta y verdura"),
            200,
            departments=[PRODUCE],
        ),
        _more(
            base,
            "tuesday",
            ("One and a half times on Tuesdays", "Los martes, vez y media"),
            150,
            weekdays=[TUESDAY],
        ),
        *_for_tiers(base),
    ]


def _for_tiers(base: EarnRule) -> list[EarnRule]:
    """What the tiers' benefits promise, from the day on which there are tiers."""
    rules = [
        _more(
            base,
            "vecina",
            ("A quarter more for a Vecina", "Un cuarto más por ser Vecina"),
            125,
            tiers=["vecina"],
        ),
        _more(
            base,
            "de-la-casa",
            ("Half as many again, De la casa", "La mitad más, por ser De la casa"),
            150,
            tiers=["de-la-casa"],
        ),
    ]
    for rule in rules:
        rule.valid_from = timezone.now()
    return rules


def _called(english: str, spanish: str) -> dict[str, Any]:
    """What staff and members read."""
    return {"name": english, "title": both(english, spanish)}


def _more(
    base: EarnRule, family: str, names: tuple[str, str], percent: int, **where: list[str]
) -> EarnRule:
    return EarnRule(
        brand=base.brand,
        family=family,
        **_called(*names),
        kind=EarnRule.Kind.MULTIPLIER,
        factor_percent=percent,
        qualifies=False,
        pending_days=base.pending_days,
        valid_days=base.valid_days,
        ends_with=base.ends_with,
        valid_from=base.valid_from,
        **where,
    )


def _bonuses(brand: Brand, since: datetime) -> list[BonusRule]:
    occasion = BonusRule.Occasion
    given = [
        (occasion.JOINING, ("Welcome to the club", "Te damos la bienvenida al club"), 50),
        (occasion.PROFILE, ("For telling us what you like", "Por contarnos qué te gusta"), 30),
        (occasion.BIRTHDAY, ("Happy birthday", "Feliz cumpleaños"), 100),
    ]
    return [
        BonusRule(
            brand=brand,
            family=occasion,
            occasion=occasion,
            **_called(*names),
            points=points,
            valid_days=VALID_DAYS,
            valid_from=since,
        )
        for occasion, names, points in given
    ]
