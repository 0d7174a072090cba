"""Pages of the staff site as somebody of the staff sees them."""

from html import unescape
from typing import Any

from django.test import Client

from profiles.models import User


def signed_in(user: User) -> Client:
    """A browser in which ``user`` is signed in."""
    client = Client()
    client.force_login(user)
    return client


def source(user: User, url: str) -> str:
    """The page as it is sent."""
    answer = signed_in(user).get(url)
    assert answer.status_code == 200, (url, answer)
    return answer.content.decode()


def text(user: User, url: str) -> str:
    """What ``user`` gets to read at ``url``, one space between words."""
    return unescape(" ".join(source(user, url).split()))


def form_of(answer: Any) -> dict[str, str]:
    """The hidden fields of the form that a page asks to fill."""
    form = answer.context["form"]
    return {field.name: str(field.value()) for field in form.hidden_fields()}


def send(user: User, url: str, **fields: Any) -> Any:
    """Open a page that asks, fill its form and send it, following where it leads."""
    client = signed_in(user)
    return client.post(url, {**form_of(client.get(url)), **fields}, follow=True)
