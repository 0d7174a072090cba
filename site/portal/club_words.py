"""What a new club's pages say until an editor changes it, in English and Spanish."""

from typing import Any

Block = dict[str, Any]

AISLES = {
    "bread": ("Bread", "Pan"),
    "cheese": ("Cheese", "Quesos"),
    "fruit": ("Fruit", "Fruta"),
    "vegetables": ("Vegetables", "Verdura"),
    "fish": ("Fish", "Pescado"),
    "wine": ("Wine", "Vinos"),
    "coffee": ("Coffee", "Café"),
    "flowers": ("Flowers", "Flores"),
}
TITLES = {
    "home": ("Home", "Inicio"),
    "join": ("Join the club", "Hazte del club"),
    "club": ("The club", "El club"),
    "offers": ("Offers", "Ofertas"),
    "rewards": ("Rewards", "Premios"),
    "stories": ("Stories", "Historias"),
    "how": ("How it works", "Cómo funciona"),
}
SLUGS = {
    "join": ("join", "unirse"),
    "club": ("club", "club"),
    "offers": ("offers", "ofertas"),
    "rewards": ("rewards", "premios"),
    "stories": ("stories", "historias"),
    "how": ("how-it-works", "como-funciona"),
}
INTRODUCTIONS = {
    "join": (
        "Your address is all we need. The rest helps us write less, and better.",
        "Solo necesitamos tu correo. Lo demás nos ayuda a escribirte menos y mejor.",
    ),
    "club": (
        "What it gives you, in points and in plain words.",
        "Lo que te da, en puntos y en palabras sencillas.",
    ),
    "offers": (
        "We write about what you like. These are the letters one can have.",
        "Te escribimos de lo que te gusta. Estas son las cartas que hay.",
    ),
    "rewards": (
        "What your points turn into. Take one whenever you have enough.",
        "En qué se convierten tus puntos. Coge uno cuando te alcancen.",
    ),
    "stories": (
        "From behind the counter: who bakes, who fishes, what is in season.",
        "Desde detrás del mostrador: quién hornea, quién pesca, qué está de temporada.",
    ),
    "how": (
        "A club for people who come back. Here is what happens, step by step.",
        "Un club para quien vuelve. Esto es lo que pasa, paso a paso.",
    ),
}


def home(side: int, join_page: int) -> list[Block]:
    """The home page; side 0 is English, 1 is Spanish."""
    return [
        _block("hero", _hero(side, join_page)),
        _block("facts", _facts(side)),
        _block("pictures", _aisles(side)),
        _block("card", _card(side)),
        _block(
            "stories", {"heading": ("From the counter", "Desde el mostrador")[side], "number": 3}
        ),
        _block("call_to_action", _invitation(side, join_page)),
    ]


def how_it_works(side: int, join_page: int) -> list[Block]:
    """How the club works, for those who like to know before."""
    text = (
        (
            "<h2>You say what you like</h2><p>Pick the topics that interest you and tap the aisles "
            "you walk to first. You can change your mind whenever you want, from any mail.</p>"
            "<h2>We write when there is a reason</h2><p>An offer for something you buy, a recipe "
            "for "
            "what is in season. Never more often than you allow, and not at all while you "
            "pause.</p>"
            "<h2>You show your card</h2><p>Every purchase brings points, for the whole household. "
            "Your statement explains each of them.</p>"
            "<h2>What we know about you</h2><p>What you told us and what you bought with your "
            "card. "
            "Whether you open our mails we only note if you allow it. We sell none of it.</p>"
            "<h2>Leaving</h2><p>One click in any mail ends a topic; one more ends all of it. "
            "It takes no longer than joining did.</p>"
        ),
        (
            "<h2>Tú dices lo que te gusta</h2><p>Elige los temas que te interesan y toca los "
            "pasillos "
            "a los que vas primero. Puedes cambiar de idea cuando quieras, desde cualquier "
            "correo.</p>"
            "<h2>Te escribimos cuando hay motivo</h2><p>Una oferta de algo que compras, una "
            "receta con "
            "lo que está de temporada. Nunca más de lo que permitas, y nada mientras estés en "
            "pausa."
            "</p><h2>Enseñas tu tarjeta</h2><p>Cada compra suma puntos para toda la casa. Tu "
            "extracto "
            "explica cada uno.</p>"
            "<h2>Lo que sabemos de ti</h2><p>Lo que nos has contado y lo que compras con tu "
            "tarjeta. "
            "Solo tomamos nota de si abres los correos cuando tú lo permites. No vendemos nada "
            "de eso."
            "</p><h2>Irte</h2><p>Un clic en cualquier correo termina con un tema; otro, con todos. "
            "No se tarda más que en entrar.</p>"
        ),
    )
    return [_block("text", text[side]), _block("call_to_action", _invitation(side, join_page))]


def questions(side: int) -> list[Block]:
    """What people ask before they join."""
    asked = [
        (
            ("Does it cost anything?", "¿Cuesta algo?"),
            (
                "<p>No. And nothing becomes dearer for those who are not in it.</p>",
                "<p>No. Y a quien no está en el club nada le sale más caro.</p>",
            ),
        ),
        (
            ("Do points run out?", "¿Caducan los puntos?"),
            (
                "<p>They do, and your card says which ones and when, before it happens.</p>",
                "<p>Sí, y tu tarjeta te dice cuáles y cuándo, antes de que pase.</p>",
            ),
        ),
        (
            ("May we share a card at home?", "¿Podemos compartir la tarjeta en casa?"),
            (
                (
                    "<p>Yes. Points of a household meet on one card; each of you chooses your own "
                    "letters.</p>"
                ),
                (
                    "<p>Sí. Los puntos de casa se juntan en una tarjeta y cada cual elige sus "
                    "cartas.</p>"
                ),
            ),
        ),
    ]
    return [
        _block(
            "questions",
            {
                "heading": ("What people ask", "Lo que se suele preguntar")[side],
                "questions": [{"question": q[side], "answer": a[side]} for q, a in asked],
            },
        )
    ]


def _hero(side: int, join_page: int) -> Block:
    return {
        "eyebrow": ("The club of the corner shop", "El club de la tienda de la esquina")[side],
        "heading": (
            "The shop where they know your name.",
            "La tienda donde te llaman por tu nombre.",
        )[side],
        "text": (
            (
                "Tell us what you like. We keep the good things back for you, and leave you in "
                "peace "
                "about the rest."
            ),
            (
                "Cuéntanos qué te gusta. Te guardamos lo bueno, casero, casera, y del resto no te "
                "damos la lata."
            ),
        )[side],
        "button": ("Become a regular", "Hazte de la casa")[side],
        "page": join_page,
        "small_print": (
            "Free. Takes a minute. Leave with one click.",
            "Gratis. Un minuto para entrar, un clic para salir.",
        )[side],
    }


def _facts(side: int) -> Block:
    facts = [
        (
            "tag",
            ("Offers made for you", "Ofertas pensadas para ti"),
            (
                "If you like Rioja, we write about Rioja. Each offer says why you got it.",
                "Si te gusta el Rioja, te escribimos del Rioja. Cada oferta dice por qué te llega.",
            ),
        ),
        (
            "basket",
            ("A point with every purchase", "Puntos en cada compra"),
            (
                "For the whole household, on one card. Your statement explains every point.",
                "Para toda la casa, con una tarjeta. El extracto explica cada punto.",
            ),
        ),
        (
            "letter",
            ("You decide what comes", "Tú decides qué te llega"),
            (
                "Choose the topics, take a pause, leave. No password, no small print.",
                "Elige los temas, haz una pausa, vete. Sin contraseña y sin letra pequeña.",
            ),
        ),
    ]
    return {
        "heading": "",
        "facts": [
            {"picture": picture, "heading": heading[side], "text": text[side]}
            for picture, heading, text in facts
        ],
    }


def _aisles(side: int) -> Block:
    return {
        "heading": ("Which aisle do you walk to first?", "¿A qué pasillo vas primero?")[side],
        "text": (
            "Tell us when you join, and the week’s letter begins there.",
            "Dínoslo al entrar y la carta de la semana empezará por ahí.",
        )[side],
        "pictures": [
            {"picture": picture, "label": label[side]} for picture, label in AISLES.items()
        ],
    }


def _card(side: int) -> Block:
    return {
        "heading": (
            "One card for everyone at your table.",
            "Una tarjeta para todos los de tu mesa.",
        )[side],
        "text": (
            (
                "<p>Show it at the till, on your phone or on paper. Points from every purchase "
                "meet "
                "in one place, and what they are worth is never a secret.</p>"
                "<p>Who gets which mail stays up to each of you.</p>"
            ),
            (
                "<p>Enséñala en caja, en el móvil o en papel. Los puntos de todas las compras se "
                "juntan, y lo que valen no es ningún secreto.</p>"
                "<p>Qué correos recibe cada cual, lo decide cada cual.</p>"
            ),
        )[side],
    }


def _invitation(side: int, join_page: int) -> Block:
    return {
        "heading": ("Come in, it is open.", "Pasa, está abierto.")[side],
        "text": (
            "One address, a few taps, and next week’s letter is yours.",
            "Un correo, unos toques, y la carta de la semana que viene es tuya.",
        )[side],
        "button": ("Join the club", "Entrar en el club")[side],
        "page": join_page,
    }


def _block(kind: str, value: Any) -> Block:
    return {"type": kind, "value": value}
