"""Pages of the staff site as somebody of the staff sees them."""

from typing import Any

from django.test import Client

from profiles.models import User


def signed_in(user: User) -> Client:
    """A browser in which ``user`` is signed in."""
    client = Client()
    client.force_login(user)
    return client


def text(user: User, url: str) -> str:
    """What ``user`` gets to read at ``url``."""
    return words(signed_in(user).get(url))


def words(answer: Any) -> str:
    """The words of a page, one space apart."""
    assert answer.status_code == 200, answer
    return " ".join(answer.content.decode().split())
