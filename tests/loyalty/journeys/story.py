"""What the stories share: baskets at the corner till, the member's own pages, and the nights."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

from django.test import Client

from loyalty import audit, tasks
from profiles.models import Member
from tests.loyalty.api.calling import told
from tests.portal import links

MARCH = datetime(2026, 3, 2, 11, tzinfo=UTC)  # noon in Madrid
NEAR = "2000000000017"


def on(day: int) -> datetime:
    """Noon, so many days after the story begins."""
    return MARCH + timedelta(days=day)


def buy(till: str, number: str, euros: int, at: datetime, card: str = NEAR) -> dict[str, Any]:
    """A basket of bread at a euro each; what the till is answered."""
    lines = [{"sku": "4712", "quantity": euros, "amount_minor": euros * 100}]
    body = {"external_id": number, "card": card, "occurred_at": at.isoformat(), "currency": "EUR"}
    return told("purchases", {**body, "lines": lines}, till, number)


def bring_back(till: str, number: str, of: str, euros: int, at: datetime) -> dict[str, Any]:
    """So many loaves of a basket are brought back."""
    lines = [{"sku": "4712", "quantity": euros, "amount_minor": euros * 100}]
    body = {"external_id": number, "purchase_external_id": of, "occurred_at": at.isoformat()}
    return told("returns", {**body, "currency": "EUR", "lines": lines}, till, number)


def redeem(till: str, key: str, points: int, card: str = NEAR) -> dict[str, Any]:
    """Points are spent at the till."""
    return told("points/redeem", {"card": card, "points": points}, till, key)


def balance(till: str, card: str = NEAR) -> int:
    """What the till reads."""
    return int(told("identify", {"card": card}, till)["balance"])


def read(address: str) -> str:
    """A page as its reader sees it: words, one space between them."""
    page = Client().get(address)
    assert page.status_code == 200, address
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page.content.decode())).split())


def card_of(member: Member) -> str:
    """The member's card page."""
    return read(links.card(member))


def statement_of(member: Member) -> str:
    """The member's statement."""
    return read(f"{links.card(member)}statement/")


def night() -> None:
    """What the hourly and nightly tasks do; and the books agree."""
    tasks.expire_points()
    tasks.pay_referrals()
    tasks.look_after_brands()
    assert list(audit.differences()) == []
