"""The stories that a new club begins with, in English and Spanish."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Story:
    """A story in both languages."""

    picture: str
    slugs: tuple[str, str]
    titles: tuple[str, str]
    introductions: tuple[str, str]
    texts: tuple[str, str]


STORIES = (
    Story(
        picture="bread",
        slugs=(
            "the-six-o-clock-loaf",
            "el-pan-de-las-seis",
        ),
        titles=(
            "The six o’clock loaf",
            "El pan de las seis",
        ),
        introductions=(
            "Why the first loaf of the day is the one that sells last.",
            "Por qué la primera hogaza del día es la última que se vende.",
        ),
        texts=(
            (
                "<p>The oven is lit at two. By six the first loaves lie on the counter, too hot"
                " to cut, and hardly anybody wants them: bread is bought by people who are "
                "hungry, and at six one is merely awake.</p><h2>Let it rest</h2><p>A loaf is at"
                " its best four hours after the oven. So ask for the early one at ten. It costs"
                " the same.</p>"
            ),
            (
                "<p>El horno se enciende a las dos. A las seis las primeras hogazas están en el"
                " mostrador, demasiado calientes para cortarlas, y casi nadie las quiere: el "
                "pan lo compra quien tiene hambre, y a las seis uno solo está "
                "despierto.</p><h2>Déjalo reposar</h2><p>Una hogaza está en su punto cuatro "
                "horas después del horno. Así que pide la temprana a las diez. Cuesta lo "
                "mismo.</p>"
            ),
        ),
    ),
    Story(
        picture="tomato",
        slugs=(
            "tomatoes-have-a-season",
            "los-tomates-tienen-temporada",
        ),
        titles=(
            "Tomatoes have a season",
            "Los tomates tienen temporada",
        ),
        introductions=(
            "How to tell a tomato that was waited for.",
            "Cómo reconocer un tomate al que se ha esperado.",
        ),
        texts=(
            (
                "<p>It is heavier than it looks, it smells at the stalk, and it is rarely "
                "round. From July to October we take them from whoever picks them ripe; the "
                "rest of the year we would rather sell you a good tin.</p>"
            ),
            (
                "<p>Pesa más de lo que parece, huele por el rabito y casi nunca es redondo. De "
                "julio a octubre se los compramos a quien los coge maduros; el resto del año "
                "preferimos venderte una buena lata.</p>"
            ),
        ),
    ),
    Story(
        picture="fish",
        slugs=(
            "what-to-ask-the-fishmonger",
            "que-preguntar-en-la-pescaderia",
        ),
        titles=(
            "What to ask the fishmonger",
            "Qué preguntar en la pescadería",
        ),
        introductions=(
            "One question that makes every counter honest.",
            "Una pregunta que vuelve honrado cualquier mostrador.",
        ),
        texts=(
            (
                "<p>Not “is it fresh?”, for nobody says no. Ask: “what would you take home "
                "today?” You will be handed something you had not thought of, and it will be "
                "good.</p>"
            ),
            (
                "<p>No preguntes «¿está fresco?», que nadie dice que no. Pregunta: «¿qué te "
                "llevarías hoy a casa?». Te darán algo en lo que no habías pensado, y estará "
                "bueno.</p>"
            ),
        ),
    ),
)
