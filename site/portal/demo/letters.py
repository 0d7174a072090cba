"""The mails of the demo's campaigns, as the blocks a marketer would have stacked."""

from typing import Any

from portal.demo.questions import CHILDREN
from portal.demo.seasons import Season
from portal.demo.wording import Texts, both

Block = dict[str, Any]

# Who gave the answer reads the paragraph; ``None`` is for those who gave none of them.
ASIDES: list[tuple[tuple[str, ...], Texts]] = [
    (
        ("bakery",),
        both(
            "<p><b>From the oven.</b> Bread comes out at seven and again at four. You said you "
            "walk there first; now you know when.</p>",
            "<p><b>Del horno.</b> El pan sale a las siete y otra vez a las cuatro. Dijiste que es "
            "tu primer pasillo; ahora ya sabes a qué hora.</p>",
        ),
    ),
    (
        ("cheese",),
        both(
            "<p><b>At the counter.</b> Ask for a taste before you choose: the cheese that is "
            "best this week is not always the one in front.</p>",
            "<p><b>En el mostrador.</b> Pide que te den a probar: el queso que está mejor esta "
            "semana no siempre es el de delante.</p>",
        ),
    ),
    (
        ("fish", "meat"),
        both(
            "<p><b>Cut as you like it.</b> Tell us the dish and we cut for it. Twenty minutes' "
            "notice by phone is enough.</p>",
            "<p><b>Cortado a tu gusto.</b> Dinos el plato y lo cortamos para él. Basta con que "
            "llames veinte minutos antes.</p>",
        ),
    ),
    (
        ("baby",),
        both(
            "<p><b>For the smallest.</b> Diapers and first spoonfuls are by the door this month, "
            "so that you are out again before the nap ends.</p>",
            "<p><b>Para los más pequeños.</b> Este mes los pañales y las primeras papillas están "
            "junto a la puerta, para que salgas antes de que acabe la siesta.</p>",
        ),
    ),
    (
        ("pets",),
        both(
            "<p><b>For the one who waits at home.</b> The heavy bags can stay with us until you "
            "come by car.</p>",
            "<p><b>Para quien te espera en casa.</b> Los sacos grandes pueden quedarse aquí hasta "
            "que vengas en auto.</p>",
        ),
    ),
]
EVERYONE_ELSE = both(
    "<p><b>We would like to know you better.</b> Tell us which aisles you walk to first, and the "
    "next letter will be more yours.</p>",
    "<p><b>Nos gustaría conocerte mejor.</b> Cuéntanos a qué pasillos vas primero y la próxima "
    "carta será más tuya.</p>",
)
_POINTS = both("Spend them at the till whenever you like.", "Gástalos en caja cuando quieras.")


def letter(season: Season, language: str) -> list[Block]:
    """Return the body of a campaign's mail in a language."""
    say = _Words(language)
    return [
        _block(
            "header",
            tagline=say(both("The shop where they know your name", "La tienda que sabe tu nombre")),
        ),
        _block(
            "hero",
            eyebrow=season.eyebrow[language],
            title=season.title[language],
            text=season.text[language],
        ),
        _block(
            "offers",
            title=say(both("Chosen for you", "Elegidos para ti")),
            button=say(both("Open", "Abrir")),
        ),
        *_asides(language),
        _block("points", text=say(_POINTS)),
        _question(language),
        {"type": "divider", "value": None},
        _block(
            "button",
            label=say(both("What is new at the shop", "Qué hay de nuevo en la tienda")),
            url=say(both("/", "/es/")),
        ),
        _block(
            "button",
            label=say(both("Change what you receive", "Cambiar lo que recibes")),
            url="{{ preferences_url }}",
            style="quiet",
        ),
    ]


class _Words:
    """Picks texts in one language."""

    def __init__(self, language: str) -> None:
        self.language = language

    def __call__(self, texts: Texts) -> str:
        return texts[self.language]


def _asides(language: str) -> list[Block]:
    sections = [_section("any_of", keys, texts[language]) for keys, texts in ASIDES]
    named = tuple(key for keys, _texts in ASIDES for key in keys)
    return [*sections, _section("none_of", named, EVERYONE_ELSE[language])]


def _question(language: str) -> Block:
    """One thing to know, asked where it can be answered by a tap."""
    return _block(
        "question",
        question=CHILDREN.key,
        text=CHILDREN.text[language],
        answers=[
            {"choice": f"{CHILDREN.key}:{key}", "label": label[language]}
            for key, label, _picture in CHILDREN.choices
        ],
    )


def _section(operator: str, aisles: tuple[str, ...], text: str) -> Block:
    return _block(
        "section",
        operator=operator,
        answers=[f"aisles:{aisle}" for aisle in aisles],
        question="",
        language="",
        body=[{"type": "text", "value": text}],
    )


def _block(kind: str, **value: Any) -> Block:
    return {"type": kind, "value": value}
