"""The mail that ``send`` measures: two languages, 12 merge tags, 2 conditions, a loop, 8 links."""

from typing import Any

from django.utils import timezone

from campaigns.models import Campaign
from profiles.models import Brand, Question, Topic, User
from tests import cast
from tests.cast import Club

OFFERS = 1
TEXT = (
    "<p>Dear {{ full_name }}, the market brought late grapes and a Manchego that has waited eleven "
    'months for you. You have {{ points }} points, {{ first_name|default("neighbour") }}; in '
    '{{ city|default("your street") }} {{ club_name }} opens at eight, {{ last_name|upper }}.</p>'
)


def _section(operator: str, text: str) -> dict[str, Any]:
    body = [{"type": "text", "value": f"<p>{text}</p>"}]
    value = {"operator": operator, "answers": ["aisles:cheese"], "body": body}
    return {"type": "section", "value": value}


def _link(number: int) -> str:
    return f'<a href="https://shop.example/week/{number}">shelf {number}</a>'


BODY: list[dict[str, Any]] = [
    {"type": "text", "value": TEXT},
    _section("any_of", '{{ first_name|default("neighbour") }}, {{ club_name }} cut the cheese.'),
    {"type": "offers", "value": {"title": "", "button": ""}},
    _section("none_of", "Never tried our cheese, {{ last_name|upper }}?"),
    {"type": "text", "value": f"<p>{', '.join(map(_link, range(1, 9)))}: {{{{ points }}}}.</p>"},
    {"type": "text", "value": "<p>{{ full_name }}, {{ club_name }}.</p>"},
]


def the_club() -> Club:
    """The crowd's club, which must exist."""
    return Club(
        brand=Brand.objects.get(),
        offers=Topic.objects.get(key="offers"),
        wine=Topic.objects.get(key="wine"),
        aisles=Question.objects.get(),
        marketer=User.objects.get(username="marta"),
        approver=User.objects.get(username="pablo"),
    )


def campaign(number: int) -> Campaign:
    """An approved campaign to the crowd, due now."""
    club = the_club()
    offers = [cast.offer(club, key=f"round-{number}-{place}") for place in range(OFFERS)]
    name = f"Round {number}"
    made = cast.campaign(club, *offers, name=name, weekly_cap_applies=False, first_percent=0)
    for email in made.emails.all():
        email.body = BODY
        email.save()
    return cast.approved(club, Campaign.objects.get(pk=made.pk), timezone.now())
