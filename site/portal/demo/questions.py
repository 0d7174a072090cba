"""What the demo club asks its members, in English and Spanish."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from portal.demo.wording import Texts, both
from profiles.models import Brand, Choice, Question, QuestionGroup


@dataclass(frozen=True)
class Asked:
    """A question with its choices (key, text, illustration), in the order they are shown."""

    group: str
    key: str
    kind: str
    text: Texts
    purpose: Texts
    choices: tuple[tuple[str, Texts, str], ...] = ()
    ask_at_joining: bool = False
    only_if: tuple[str, ...] = ()  # a question asked before, and choices of it
    facts: Mapping[str, Any] = field(default_factory=dict)


GROUPS = {
    "food": both("Food and drink", "Comida y bebida"),
    "household": both("At home", "En casa"),
    "leisure": both("Leisure", "Tiempo libre"),
    "shop": both("The shop", "La tienda"),
}

AISLES = Asked(
    "food",
    "aisles",
    "any_of",
    both("Which aisles do you walk to first?", "¿A qué pasillos vas primero?"),
    both(
        "So that we write about what you like, and spare you the rest.",
        "Para escribirte sobre lo que te gusta y ahorrarte lo demás.",
    ),
    (
        ("bakery", both("Bread and cakes", "Pan y bollería"), "bread"),
        ("cheese", both("Cheese and deli", "Quesos y charcutería"), "cheese"),
        ("produce", both("Fruit and vegetables", "Fruta y verdura"), "vegetables"),
        ("fish", both("Fish", "Pescado"), "fish"),
        ("meat", both("Meat", "Carne"), "meat"),
        ("wine", both("Wine and beer", "Vinos y cervezas"), "wine"),
        ("coffee", both("Coffee and tea", "Café y té"), "coffee"),
        ("flowers", both("Flowers", "Flores"), "flowers"),
        ("baby", both("For the baby", "Para el bebé"), "baby"),
        ("pets", both("For pets", "Mascotas"), "pets"),
    ),
    ask_at_joining=True,
)

CHILDREN = Asked(
    "household",
    "children",
    "one_of",
    both("Are there children at home?", "¿Hay niños en casa?"),
    both("For lunch boxes and school mornings.", "Para los almuerzos y las mañanas de escuela."),
    (
        ("none", both("No", "No"), ""),
        ("one", both("One", "Uno"), ""),
        ("two", both("Two", "Dos"), ""),
        ("three", both("Three or more", "Tres o más"), ""),
    ),
    facts={"ask_again_after_days": 730},
)

QUESTIONS = (
    AISLES,
    Asked(
        "household",
        "household-size",
        "one_of",
        both("How many are you at the table?", "¿Para cuántos pones la mesa?"),
        both("For pack sizes that make sense.", "Para proponerte tamaños con sentido."),
        (
            ("1", both("Just me", "Una persona"), ""),
            ("2", both("Two", "Dos"), ""),
            ("3", both("Three", "Tres"), ""),
            ("4", both("Four", "Cuatro"), ""),
            ("5", both("Five or more", "Cinco o más"), ""),
        ),
        ask_at_joining=True,
    ),
    CHILDREN,
    Asked(
        "household",
        "youngest",
        "number",
        both("How old is the youngest?", "¿Cuántos años tiene el más pequeño?"),
        both(
            "So that the lunch box fits, and nappies stop when they should.",
            "Para acertar con el almuerzo, y para olvidarnos de los pañales a tiempo.",
        ),
        only_if=("children", "one", "two", "three"),
        facts={"minimum": 0, "maximum": 17, "ask_again_after_days": 365, "keep_days": 1_095},
    ),
    Asked(
        "household",
        "home",
        "one_of",
        both("Do you own or rent your home?", "¿Tu casa es propia o de alquiler?"),
        both("For tips on garden and repairs.", "Para consejos de jardín y arreglos."),
        (
            ("own", both("Own", "Propia"), ""),
            ("rent", both("Rent", "De alquiler"), ""),
        ),
    ),
    Asked(
        "household",
        "age",
        "one_of",
        both("How old are you?", "¿Qué edad tienes?"),
        both("Only for totals; nobody sees it in a mail.", "Solo para sumas; no sale en correos."),
        tuple(
            (key, both(text, text), "")
            for key, text in {
                "19-24": "19–24",
                "25-34": "25–34",
                "35-44": "35–44",
                "45-54": "45–54",
                "55-64": "55–64",
                "65": "65+",
            }.items()
        ),
    ),
    Asked(
        "leisure",
        "leisure",
        "any_of",
        both("What is a good Sunday?", "¿Qué es un buen domingo?"),
        both("For recipes and events near you.", "Para recetas y encuentros cerca de ti."),
        (
            ("cooking", both("A long lunch", "Una comida larga"), "tomato"),
            ("garden", both("The garden", "El jardín"), "flowers"),
            ("walks", both("A walk", "Un paseo"), "basket"),
            ("reading", both("A book", "Un libro"), "coffee"),
        ),
    ),
    Asked(
        "leisure",
        "cooking",
        "scale",
        both("How much do you like to cook?", "¿Cuánto te gusta cocinar?"),
        both("For recipes that take the time you have.", "Para recetas a la medida de tus ganas."),
        facts={
            "low_label": both("only when I must", "solo si no hay otra"),
            "high_label": both("every day, with joy", "cada día, y con gusto"),
            "ask_again_after_days": 365,
        },
    ),
    Asked(
        "leisure",
        "next-feast",
        "date",
        both("When is your next feast at home?", "¿Cuándo es tu próxima fiesta en casa?"),
        both(
            "A week before it we send a list that forgets nothing.",
            "Una semana antes te mandamos una lista en la que no falta nada.",
        ),
        facts={"ask_again_after_days": 180, "keep_days": 400},
    ),
    Asked(
        "shop",
        "missing",
        "text",
        both("What do you look for here and never find?", "¿Qué buscas aquí y nunca encuentras?"),
        both(
            "We read every line, and order what many miss.",
            "Leemos cada línea y pedimos lo que muchos echáis en falta.",
        ),
        facts={"max_length": 300, "ask_again_after_days": 365, "keep_days": 730},
    ),
)


def create_questions(brand: Brand) -> None:
    """Create the groups, questions and choices of the demo club."""
    groups = {
        key: QuestionGroup.objects.create(brand=brand, key=key, title=title, order=order)
        for order, (key, title) in enumerate(GROUPS.items())
    }
    for order, asked in enumerate(QUESTIONS):
        _create(groups[asked.group], asked, order)


def _create(group: QuestionGroup, asked: Asked, order: int) -> None:
    question = Question.objects.create(
        group=group,
        key=asked.key,
        kind=asked.kind,
        text=asked.text,
        purpose=asked.purpose,
        order=order,
        ask_at_joining=asked.ask_at_joining,
        **asked.facts,
    )
    Choice.objects.bulk_create(
        Choice(question=question, key=key, label=label, picture=picture, order=place)
        for place, (key, label, picture) in enumerate(asked.choices)
    )
    if asked.only_if:
        parent, *keys = asked.only_if
        there = Choice.objects.filter(question__group__brand=group.brand, question__key=parent)
        question.only_if.set(there.filter(key__in=keys))
        question.save()
