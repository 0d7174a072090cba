"""The type of a text in every language of the club."""

Texts = dict[str, str]


def both(english: str, spanish: str) -> Texts:
    """Return a text in the two languages of the demo club."""
    return {"en": english, "es": spanish}
