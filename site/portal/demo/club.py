"""The demo brand with its topics, their wordings, and its staff."""

import secrets
from datetime import datetime

from django.contrib.auth.models import Group

from campaigns.models import SendingRules
from portal.demo.points import create_points
from portal.demo.questions import create_questions
from portal.demo.rewards import create_rewards
from portal.demo.wording import Texts, both
from profiles.models import Brand, ConsentWording, Purpose, Topic, User

ZONE = "America/New_York"  # the data are a United States grocer's
CURRENCY = "USD"
STAFF = {
    "marketer": ("Marta", "Quintero", "Marketers"),
    "approver": ("Ada", "Berg", "Approvers"),
    "analyst": ("Noor", "Haddad", "Analysts"),
}

# key: name, what it is, how often, an example, and the words a member agrees to
TOPICS: dict[str, tuple[Texts, Texts, Texts, Texts, Texts]] = {
    "weekly-offers": (
        both("Weekly offers", "Ofertas de la semana"),
        both(
            "Coupons picked for you from the aisles you like.",
            "Cupones elegidos para ti, de los pasillos que te gustan.",
        ),
        both("Once a week at most", "Una vez por semana como mucho"),
        both("$1.00 off cheese, until Sunday", "$1.00 menos en queso, hasta el domingo"),
        both(
            "Yes, send me La Esquina's weekly offers by e-mail. I can stop this at any time.",
            "Sí, quiero recibir por correo las ofertas de La Esquina. Puedo dejarlo cuando quiera.",
        ),
    ),
    "recipes": (
        both("Recipes", "Recetas"),
        both(
            "What to cook with what is good this week.",
            "Qué cocinar con lo que esta semana está en su punto.",
        ),
        both("Every other Thursday", "Un jueves de cada dos"),
        both("Tomato soup in twenty minutes", "Sopa de tomate en veinte minutos"),
        both(
            "Yes, send me La Esquina's recipes by e-mail. I can stop this at any time.",
            "Sí, quiero recibir por correo las recetas de La Esquina. Puedo dejarlo cuando quiera.",
        ),
    ),
    "wine": (
        both("Wine", "Vino"),
        both("New bottles, and who made them.", "Botellas nuevas y quién las hace."),
        both("Once a month", "Una vez al mes"),
        both("A young red for a Tuesday", "Un tinto joven para un martes"),
        both(
            "Yes, send me La Esquina's wine letter by e-mail. I can stop this at any time.",
            "Sí, quiero recibir por correo la carta de vinos. Puedo dejarlo cuando quiera.",
        ),
    ),
    "new-in-store": (
        both("New in store", "Novedades"),
        both("What came in, and why we like it.", "Lo que ha llegado y por qué nos gusta."),
        both("Now and then", "De vez en cuando"),
        both("Bread from the mill next door", "Pan del molino de al lado"),
        both(
            "Yes, tell me by e-mail what is new in store. I can stop this at any time.",
            "Sí, cuéntame por correo qué hay de nuevo. Puedo dejarlo cuando quiera.",
        ),
    ),
}

TRACKING_WORDING = both(
    "Yes, note which of the mails I open and which links I follow, so that they get better. "
    "I can stop this at any time.",
    "Sí, toma nota de qué correos abro y qué enlaces sigo, para que mejoren. "
    "Puedo dejarlo cuando quiera.",
)


def create_brand() -> Brand:
    """Create the brand La Esquina."""
    return Brand.objects.create(
        name="La Esquina",
        slug="la-esquina",
        strapline="The shop where they know your name",
        sender_name="La Esquina",
        sender_email="club@laesquina.example.com",
        reply_to="hello@laesquina.example.com",
        postal_address="14 Orchard Row, Riverbend",
        time_zone=ZONE,
        default_language="en",
        currency=CURRENCY,
    )


def create_topics(brand: Brand, since: datetime) -> dict[str, Topic]:
    """Create the topics with the first version of their wordings, valid since then."""
    topics = {}
    for order, (key, texts) in enumerate(TOPICS.items()):
        name, description, frequency, example, wording = texts
        topics[key] = Topic.objects.create(
            brand=brand,
            key=key,
            name=name,
            description=description,
            frequency=frequency,
            example=example,
            order=order,
        )
        _word(brand, Purpose.TOPIC, topics[key], wording, since)
    _word(brand, Purpose.TRACKING, None, TRACKING_WORDING, since)
    return topics


def create_staff() -> dict[str, str]:
    """Create a marketer, an approver and an analyst; returns their passwords by user name."""
    passwords = {}
    for username, (first_name, last_name, group) in STAFF.items():
        passwords[username] = f"esquina-{secrets.token_hex(4)}"
        user = User.objects.create_user(
            username, f"{username}@example.com", passwords[username], first_name=first_name
        )
        User.objects.filter(pk=user.pk).update(last_name=last_name)
        user.groups.set(Group.objects.filter(name=group))
    return passwords


def create_club(since: datetime) -> tuple[Brand, dict[str, Topic]]:
    """Create the brand with all that is asked and offered, before anybody joins."""
    brand = create_brand()
    topics = create_topics(brand, since)
    create_questions(brand)
    create_points(brand, since)
    create_rewards(brand, since)
    # Each campaign has its trial, whose answers nobody awaits: the data's year is sent in minutes.
    SendingRules.objects.create(brand=brand, first_wait_minutes=0)
    return brand, topics


def _word(brand: Brand, purpose: str, topic: Topic | None, text: Texts, since: datetime) -> None:
    ConsentWording.objects.create(
        brand=brand, purpose=purpose, topic=topic, version=1, text=text, valid_from=since
    )
