"""What a campaign says, by the month it begins in: one theme every two months or so."""

from dataclasses import dataclass

from portal.demo.wording import Texts, both


@dataclass(frozen=True)
class Season:
    """The words of a campaign's mail that change with the year."""

    name: str
    eyebrow: Texts
    subject: Texts
    preheader: Texts
    title: Texts
    text: Texts


NAME = '{{ first_name|default("neighbour") }}'
NOMBRE = '{{ first_name|default("casera") }}'

WINTER = Season(
    "Winter pantry",
    both("The winter pantry", "La despensa de invierno"),
    both(f"{NAME}, something warm for cold days", f"{NOMBRE}, algo caliente para el frío"),
    both("Soup, coffee and your own coupons.", "Sopa, café y tus propios cupones."),
    both(f"Stay in and cook, {NAME}", f"A cocinar en casa, {NOMBRE}"),
    both(
        "The kettle is on. We went along the shelves with your list in mind, and put a coupon "
        "where you would have stopped anyway.",
        "El agua ya hierve. Hemos recorrido los estantes pensando en tu lista y dejado un cupón "
        "justo donde te ibas a parar.",
    ),
)
CARNIVAL = Season(
    "First greens",
    both("First greens", "Los primeros verdes"),
    both(f"{NAME}, the first greens are in", f"{NOMBRE}, ya llegan los primeros verdes"),
    both("A lighter basket, with coupons to match.", "Una cesta más ligera, con sus cupones."),
    both(f"Lighter days, {NAME}", f"Días más ligeros, {NOMBRE}"),
    both(
        "The crates that come in before eight smell of green again. Here is what we kept for you.",
        "Las cajas que llegan antes de las ocho ya huelen a verde. Esto te hemos guardado.",
    ),
)
SPRING = Season(
    "Spring table",
    both("The spring table", "La mesa de primavera"),
    both(f"Your spring coupons, {NAME}", f"Tus cupones de primavera, {NOMBRE}"),
    both("Picked from the aisles you like.", "Elegidos en los pasillos que te gustan."),
    both(f"Open the windows, {NAME}", f"Abre las ventanas, {NOMBRE}"),
    both(
        "Longer evenings, more people at the table. These coupons are yours alone; they know "
        "which aisles you walk to first.",
        "Tardes más largas y más gente a la mesa. Estos cupones son solo tuyos: conocen los "
        "pasillos a los que vas primero.",
    ),
)
SUMMER = Season(
    "Summer kitchen",
    both("The summer kitchen", "La cocina de verano"),
    both(f"{NAME}, cool things for hot days", f"{NOMBRE}, cosas frescas para el calor"),
    both("Fruit, ice and little else to do.", "Fruta, hielo y poco más que hacer."),
    both(f"Too hot to cook, {NAME}", f"Demasiado calor para cocinar, {NOMBRE}"),
    both(
        "Then don't. Cut a melon, open the fridge door for a moment longer than you should, and "
        "take these along when you pass by.",
        "Pues no cocines. Corta un melón, deja la nevera abierta un poco más de la cuenta y trae "
        "estos cupones cuando pases.",
    ),
)
HARVEST = Season(
    "Harvest",
    both("Harvest", "La cosecha"),
    both(f"What the harvest brought, {NAME}", f"Lo que trae la cosecha, {NOMBRE}"),
    both("Back to full shelves and early mornings.", "De vuelta a los estantes llenos."),
    both(f"The best weeks of the year, {NAME}", f"Las mejores semanas del año, {NOMBRE}"),
    both(
        "Everything is ripe at once and nobody has time. So here is a short list, made for you, "
        "with something off each line.",
        "Todo madura a la vez y nadie tiene tiempo. Aquí va una lista corta, hecha para ti, con "
        "un descuento en cada línea.",
    ),
)
FEAST = Season(
    "Feast days",
    both("Feast days", "Días de fiesta"),
    both(f"{NAME}, for the table you are planning", f"{NOMBRE}, para la mesa que preparas"),
    both("Coupons for the big shop before the feast.", "Cupones para la compra grande."),
    both(f"Who is coming this year, {NAME}?", f"¿Quiénes vienen este año, {NOMBRE}?"),
    both(
        "However many chairs you put out, the list gets long. We took a little off the things "
        "you always need.",
        "Pongas las sillas que pongas, la lista se alarga. Hemos rebajado un poco lo que siempre "
        "te hace falta.",
    ),
)

BY_MONTH = {
    1: WINTER,
    2: CARNIVAL,
    3: CARNIVAL,
    4: SPRING,
    5: SPRING,
    6: SUMMER,
    7: SUMMER,
    8: SUMMER,
    9: HARVEST,
    10: HARVEST,
    11: FEAST,
    12: FEAST,
}
