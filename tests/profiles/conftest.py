"""A club with two topics and one question, for the tests of profiles."""

import pytest

from profiles.models import Brand, Choice, ConsentWording, Question, QuestionGroup, Topic


@pytest.fixture
def brand(db: None) -> Brand:
    """The corner shop."""
    return Brand.objects.create(
        name="La Esquina",
        slug="la-esquina",
        sender_name="La Esquina",
        sender_email="hello@esquina.example",
        postal_address="1 Corner Street",
    )


@pytest.fixture
def offers(brand: Brand) -> Topic:
    """The topic of weekly offers, with its wording."""
    return _topic(brand, "offers", "Weekly offers")


@pytest.fixture
def wine(brand: Brand) -> Topic:
    """The topic of wine, with its wording."""
    return _topic(brand, "wine", "Wine")


@pytest.fixture
def aisles(brand: Brand) -> Question:
    """An any-of question with two choices, asked at joining."""
    group = QuestionGroup.objects.create(brand=brand, key="food", title={"en": "Food"})
    question: Question = Question.objects.create(
        group=group, key="aisles", kind="any_of", text={"en": "Which aisles?"}, ask_at_joining=True
    )
    for key in ("bread", "cheese"):
        Choice.objects.create(question=question, key=key, label={"en": key.title()})
    return question


def _topic(brand: Brand, key: str, name: str) -> Topic:
    topic = Topic.objects.create(brand=brand, key=key, name={"en": name})
    ConsentWording.objects.create(
        brand=brand, purpose="topic", topic=topic, version=1, text={"en": f"Send me {name}."}
    )
    return topic
