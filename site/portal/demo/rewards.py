"""What the demo club gives for points, with the offers whose vouchers are given."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from loyalty import rewards
from loyalty.models import Offer, Reward, RewardAmount, Tier
from portal.demo.wording import Texts, both
from profiles.models import Brand, Member

YEARS = timedelta(days=3 * 365)
VOUCHER_DAYS = 60
EVERY = 12  # one household of so many looks for a reward


@dataclass(frozen=True)
class Idea:
    """A reward that is a thing: its words, its picture, its points."""

    key: str
    title: Texts
    description: Texts
    picture: str
    points: int
    stock: int | None = None
    limit: int | None = None


IDEAS = (
    Idea(
        "coffee",
        both("A coffee on the house", "Un café de la casa"),
        both("At the counter, with time to drink it.", "En la barra, con tiempo para tomarlo."),
        "coffee",
        150,
    ),
    Idea(
        "bread",
        both("A loaf from the mill next door", "Un pan del molino de al lado"),
        both("Whole, crusty, of that morning.", "Entero, crujiente, de esa mañana."),
        "bread",
        300,
    ),
    Idea(
        "flowers",
        both("A bunch of what is in bloom", "Un ramo de lo que esté en flor"),
        both("Tied while you wait.", "Lo atamos mientras esperas."),
        "flowers",
        700,
        stock=60,
        limit=2,
    ),
    Idea(
        "basket",
        both("The weekend basket", "La cesta del fin de semana"),
        both(
            "Cheese, fruit, bread and a bottle: enough for four.",
            "Queso, fruta, pan y una botella: para cuatro.",
        ),
        "basket",
        2_500,
        stock=12,
        limit=1,
    ),
)
# points: what they take off the basket, in cents
MONEY_OFF = {500: 500, 950: 1_000, 1_800: 2_000}


def create_rewards(brand: Brand, since: datetime) -> None:
    """Create the shelf: things, money off in three amounts, and a tasting that staff confirm."""
    for order, idea in enumerate(IDEAS):
        reward = _reward(brand, since, idea.key, idea.title, order)
        reward.description, reward.picture = idea.description, idea.picture
        reward.stock, reward.limit_per_account = idea.stock, idea.limit
        reward.offer = _offer(brand, since, f"reward-{idea.key}", idea.title, idea.picture)
        reward.save()
        RewardAmount.objects.create(reward=reward, points=idea.points)
    _money_off(brand, since)
    _tasting(brand, since)


def _money_off(brand: Brand, since: datetime) -> None:
    title = both("Money off your basket", "Menos en tu compra")
    reward = _reward(brand, since, "money-off", title, len(IDEAS))
    reward.picture = "tag"
    reward.description = both("You choose how much.", "Tú eliges cuánto.")
    reward.save()
    for points, cents in MONEY_OFF.items():
        price = f"${cents // 100}"
        label = both(f"{price} off", f"{price} menos")
        offer = _offer(brand, since, f"reward-off-{cents}", label, "tag", cents)
        RewardAmount.objects.create(
            reward=reward,
            points=points,
            value_minor=cents,
            currency=brand.currency,
            label=label,
            offer=offer,
        )


def take_rewards(brand: Brand, now: datetime) -> int:
    """Let some households take what they can afford; returns how many rewards were taken.

    Seats at the tasting wait for staff.
    """
    amounts = list(RewardAmount.objects.filter(reward__brand=brand).order_by("pk"))
    members = Member.objects.filter(status=Member.Status.ACTIVE, account__wallet__active__gt=0)
    taken = 0
    for number, member in enumerate(members.order_by("pk")[::EVERY]):
        try:
            rewards.redeem(member, amounts[number % len(amounts)], "portal", f"{member.pk}", now)
        except rewards.RewardRefused:
            continue
        taken += 1
    return taken


def _tasting(brand: Brand, since: datetime) -> None:
    title = both("A seat at the wine tasting", "Un sitio en la cata de vinos")
    reward = _reward(brand, since, "tasting", title, len(IDEAS) + 1)
    reward.picture, reward.stock = "wine", 16
    reward.fulfilment = Reward.Fulfilment.STAFF
    reward.voucher_days, reward.limit_per_account = None, 1
    reward.minimum_tier = Tier.objects.get(brand=brand, key="de-la-casa")
    reward.description = both(
        "Five glasses and whoever made them, on the last Friday of the month.",
        "Cinco copas y quien las hizo, el último viernes del mes.",
    )
    reward.save()
    RewardAmount.objects.create(reward=reward, points=1_200)


def _reward(brand: Brand, since: datetime, key: str, title: Texts, order: int) -> Reward:
    return Reward(
        brand=brand,
        key=key,
        title=title,
        valid_from=since,
        voucher_days=VOUCHER_DAYS,
        order=order,
    )


def _offer(
    brand: Brand, since: datetime, key: str, title: Texts, picture: str, cents: int | None = None
) -> Offer:
    made: Offer = Offer.objects.create(
        brand=brand,
        key=key,
        title=title,
        kind=Offer.Kind.AMOUNT if cents else Offer.Kind.FREE,
        amount_minor=cents,
        currency=brand.currency,
        picture=picture,
        valid_from=since,
        valid_until=since + YEARS + YEARS,
    )
    return made
