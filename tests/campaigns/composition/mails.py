"""A mail of La Esquina with every kind of block, and what is known of Ana, who gets it."""

import email
import email.policy
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any

from campaigns.composition.compiling import BrandFacts, Compiled, EmailSource, compile_email
from campaigns.composition.rendering import Envelope

LA_ESQUINA = BrandFacts(
    name="La Esquina",
    sender_name="La Esquina",
    sender_email="hola@laesquina.example",
    reply_to="tienda@laesquina.example",
    postal_address="Calle Mayor 1, 41001 Sevilla",
    base_url="https://club.laesquina.example",
)

GREETING = {"type": "text", "value": '<p>Hello {{ first_name|default("neighbour") }},</p>'}


def text(html: str) -> dict[str, Any]:
    """A block of formatted text."""
    return {"type": "text", "value": html}


def section(operator: str, *blocks: dict[str, Any], **rule: Any) -> dict[str, Any]:
    """Blocks shown by answer or language."""
    return {"type": "section", "value": {"operator": operator, **rule, "body": list(blocks)}}


BLOCKS: list[dict[str, Any]] = [
    {"type": "header", "value": {"tagline": "The shop where they know your name"}},
    {
        "type": "hero",
        "value": {
            "eyebrow": "This week",
            "title": '{{ first_name|default("Neighbour") }}, the tomatoes are back',
            "text": "Picked on Monday, on our shelves since this morning.",
        },
    },
    text(
        '<p>Hello {{ full_name|default("neighbour") }},</p><p>here is <b>what is new</b> in '
        '{{ city|default("town") }}. See <a href="https://example.com/new?a=1&amp;b=2">all</a>.'
        "</p><ul><li>Open until nine</li><li>Bread at five</li></ul>"
    ),
    section(
        "any_of",
        text("<h3>Without meat</h3><p>Three recipes that taste of summer.</p>"),
        {"type": "button", "value": {"label": "Recipes", "url": "https://example.com/vegan"}},
        answers=["diet:vegan", "diet:vegetarian"],
    ),
    section(
        "none_of",
        text("<h3>From the butcher</h3><p>Slow lamb.</p>"),
        answers=["diet:vegan", "diet:vegetarian"],
    ),
    {"type": "offers", "value": {"title": "Put aside for you", "button": ""}},
    {"type": "points", "value": {"text": "30 more and the next coffee is ours."}},
    {
        "type": "columns",
        "value": {
            "left": [text("<h3>Bread</h3><p>Sourdough at five.</p>")],
            "right": [{"type": "button", "value": {"label": "Coffee", "url": "/coffee/"}}],
        },
    },
    {
        "type": "question",
        "value": {"question": "diet", "text": "What may we leave out?", "answers": ["Meat"]},
    },
    {"type": "divider", "value": None},
    {
        "type": "social",
        "value": {"links": [{"label": "Our blog", "url": "https://example.com/blog"}]},
    },
]

SOURCE = EmailSource(
    language="en",
    subject='{{ first_name|default("Neighbour") }}, the tomatoes are back',
    preheader="Two offers put aside for you",
    blocks=BLOCKS,
    brand=LA_ESQUINA,
    tracked=True,
    topic="Weekly offers",
    list_id="Weekly offers <weekly.laesquina.example>",
    feedback_id="12:weekly:marketing:laesquina",
)

SITE = LA_ESQUINA.base_url
ANA: dict[str, Any] = {
    "member": {
        "first_name": "Ana",
        "last_name": "García",
        "full_name": "Ana García",
        "points": 120,
        "tier": "Regular",
        "city": "Sevilla",
        "language": "en",
    },
    "answers": {"diet": ["vegan"]},
    "offers": [
        {
            "title": "1 € off tomatoes",
            "description": "On a kilo.",
            "code": "7KQ2-MX4P-9TRD",
            "valid_until": "29 November",
            "url": f"{SITE}/offer/AbCdEfGhIjKlMnOpQrStUvWxYz012345/",
            "image_url": "",
        },
        {
            "title": "Rioja at half price",
            "description": "Because you like Rioja.",
            "code": "4HJT-22QX-ABCD",
            "valid_until": "29 November",
            "url": f"{SITE}/offer/BbCdEfGhIjKlMnOpQrStUvWxYz012345/",
            "image_url": "",
        },
    ],
    "offers_more": 2,
    "links": [f"{SITE}/c/AbCdEfGhIjKlMnOpQrStUvWxYz0123456{n}/" for n in range(8)],
    "url": {
        name: f"{SITE}/{name}/AbCdEfGhIjKlMnOpQrStUvWxYz012345/"
        for name in ("unsubscribe", "one_click", "preferences", "view", "pixel")
    },
    "brand": {"name": "La Esquina"},
}

TO_ANA = Envelope(
    delivery_id=7,
    to_name="Ana García",
    to_address="ana@example.com",
    message_id="<7.abc@laesquina.example>",
    date=datetime(2026, 11, 23, 9, tzinfo=UTC),
)


def source(*blocks: dict[str, Any], **changes: Any) -> EmailSource:
    """The source of the mail, with other blocks or other settings where given."""
    if blocks:
        changes["blocks"] = list(blocks)
    return replace(SOURCE, **changes)


def compiled(*blocks: dict[str, Any], **changes: Any) -> Compiled:
    """Compile that source."""
    return compile_email(source(*blocks, **changes))


def ana(**changes: Any) -> dict[str, Any]:
    """Ana's facts with some of ``member`` changed, or whole groups of facts replaced."""
    facts = deepcopy(ANA)
    for name, value in changes.items():
        (facts if name in facts else facts["member"])[name] = value
    return facts


def parsed(message: bytes) -> EmailMessage:
    """Read a message with the standard library."""
    return email.message_from_bytes(message, policy=email.policy.default)


def body(message: bytes, subtype: str) -> str:
    """The text or HTML of a message as a reader decodes it."""
    part = parsed(message).get_body((subtype,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")
