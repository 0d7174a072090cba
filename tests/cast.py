"""The named cast: one club, its people, an offer and a campaign, made the same way everywhere.

Ana reads Spanish and allows tracking. Bruno allows it not. Carmen left her address out. David's
address bounced. Eva pauses. Felix never subscribed. Gloria is a plain, trackable regular.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from campaigns import approval, staff_roles
from campaigns.models import Campaign, CampaignEmail, CampaignOffer
from loyalty.models import Offer
from profiles import consent, preferences
from profiles.models import (
    Brand,
    Choice,
    ConsentWording,
    Member,
    Question,
    QuestionGroup,
    Topic,
    User,
)
from profiles.registration import new_member
from profiles.suppression import suppress

BODY: list[dict[str, Any]] = [
    {"type": "text", "value": '<p>Hello {{ first_name|default("neighbour") }}.</p>'},
    {
        "type": "section",
        "value": {
            "operator": "any_of",
            "answers": ["aisles:cheese"],
            "body": [{"type": "text", "value": "<p>The Manchego has come in.</p>"}],
        },
    },
    {"type": "offers", "value": {"title": "For you", "button": ""}},
    {"type": "button", "value": {"label": "To the shop", "url": "https://shop.example/week"}},
]


@dataclass(frozen=True)
class Club:
    """A brand with two topics, one question and the staff who run it."""

    brand: Brand
    offers: Topic
    wine: Topic
    aisles: Question
    marketer: User
    approver: User


def club() -> Club:
    """The corner shop's club."""
    brand = Brand.objects.create(
        name="La Esquina",
        slug="la-esquina",
        sender_name="La Esquina",
        sender_email="hello@esquina.example",
        postal_address="1 Corner Street, Seville",
    )
    return Club(
        brand=brand,
        offers=_topic(brand, "offers", "Weekly offers", "Ofertas de la semana"),
        wine=_topic(brand, "wine", "Wine", "Vinos"),
        aisles=_aisles(brand),
        marketer=User.objects.create_user("marta", "marta@esquina.example", "secret-marta"),
        approver=User.objects.create_user("pablo", "pablo@esquina.example", "secret-pablo"),
    )


def member(
    club: Club, name: str, *, subscribed: bool = True, tracking: bool | None = True, **facts: Any
) -> Member:
    """An active member ``<name>@example.com``, subscribed to the weekly offers."""
    facts = {"email": f"{name.lower()}@example.com", "status": "active", **facts}
    person = new_member(club.brand, first_name=name, last_name="Ruiz", **facts)
    if subscribed:
        consent.grant_topic(person, club.offers, "test")
    if tracking is not None:
        consent.set_tracking(person, tracking, "test")
    return person


def ana(club: Club) -> Member:
    """Reads Spanish, allows tracking, likes cheese."""
    person = member(club, "Ana", language="es")
    preferences.answer(person, club.aisles, [club.aisles.choices.get(key="cheese").pk])
    return person


def bruno(club: Club) -> Member:
    """Does not allow opens and clicks to be recorded."""
    return member(club, "Bruno", tracking=False)


def carmen(club: Club) -> Member:
    """Known by her card only."""
    return member(club, "Carmen", email="")


def david(club: Club) -> Member:
    """His address bounced."""
    person = member(club, "David")
    suppress(person.email_key, "hard_bounce", "test")
    return person


def eva(club: Club) -> Member:
    """Wants a pause."""
    person = member(club, "Eva")
    preferences.pause(person, timezone.now() + timedelta(days=7))
    return person


def felix(club: Club) -> Member:
    """Never subscribed to anything."""
    return member(club, "Felix", subscribed=False)


def gloria(club: Club) -> Member:
    """A plain regular."""
    return member(club, "Gloria")


def everyone(club: Club) -> dict[str, Member]:
    """The whole cast, by name."""
    people = [make(club) for make in (ana, bruno, carmen, david, eva, felix, gloria)]
    return {person.first_name: person for person in people}


def offer(club: Club, key: str = "manchego", **facts: Any) -> Offer:
    """Two euros off the Manchego, valid for a month."""
    now = timezone.now()
    defaults: dict[str, Any] = {
        "title": {"en": "2 € off Manchego", "es": "2 € menos en Manchego"},
        "kind": "amount",
        "amount_minor": 200,
        "valid_from": now - timedelta(days=1),
        "valid_until": now + timedelta(days=30),
    }
    made: Offer = Offer.objects.create(brand=club.brand, key=key, **{**defaults, **facts})
    return made


def campaign(club: Club, *offers: Offer, **facts: Any) -> Campaign:
    """The weekly offers, in English and Spanish, to everyone in the club, no hold-out."""
    defaults: dict[str, Any] = {"name": "Week 47", "topic": club.offers, "holdout_percent": 0}
    made = Campaign.objects.create(brand=club.brand, **{**defaults, **facts})
    for order, one in enumerate(offers):
        CampaignOffer.objects.create(campaign=made, offer=one, sort_order=order)
    for order, (language, subject) in enumerate([("en", "This week"), ("es", "Esta semana")]):
        CampaignEmail.objects.create(
            campaign=made, language=language, subject=subject, body=BODY, sort_order=order
        )
    saved: Campaign = Campaign.objects.get(pk=made.pk)
    return saved


def approved(club: Club, campaign: Campaign, send_at: datetime | None = None) -> Campaign:
    """The campaign, edited by the marketer, approved by the approver and due now."""
    from campaigns import lifecycle

    approval.record_edit(campaign, club.marketer)
    approval.approve(campaign, club.approver)
    return lifecycle.schedule(campaign, send_at or timezone.now())


def with_service_approver(club: Club) -> Club:
    """The same club, whose approver may approve recalls and changed terms, too."""
    staff_roles.ensure()[staff_roles.SERVICE_APPROVERS].user_set.add(club.approver)
    return replace(club, approver=User.objects.get(pk=club.approver.pk))


def _topic(brand: Brand, key: str, name: str, name_es: str) -> Topic:
    topic = Topic.objects.create(brand=brand, key=key, name={"en": name, "es": name_es})
    ConsentWording.objects.create(
        brand=brand, purpose="topic", topic=topic, version=1, text={"en": f"Send me {name}."}
    )
    return topic


def _aisles(brand: Brand) -> Question:
    group = QuestionGroup.objects.create(brand=brand, key="food", title={"en": "Food"})
    question: Question = Question.objects.create(
        group=group, key="aisles", kind="any_of", text={"en": "Which aisles?"}, ask_at_joining=True
    )
    for key in ("bread", "cheese"):
        Choice.objects.create(question=question, key=key, label={"en": key.title()})
    return question
