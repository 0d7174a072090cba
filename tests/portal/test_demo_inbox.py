"""The demo inbox shows what was written to the outbox, harmlessly."""

from email.message import EmailMessage
from importlib import reload
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from django.test import Client
from django.urls import clear_url_caches

import config.urls
import portal.urls
from campaigns.models import Delivery
from tests import cast
from tests.cast import Club


@pytest.fixture
def outbox(club: Club, settings: Any, tmp_path: Path) -> Any:
    """A demo club's outbox with one confirmation and one campaign mail."""
    settings.REGULARS_OUTBOX = tmp_path
    settings.REGULARS_DEMO = True
    reload_routes(portal.urls, config.urls)
    campaign = cast.campaign(club)
    delivery = Delivery.objects.create(
        campaign=campaign, member=cast.ana(club), business_at=campaign.created_at
    )
    write(tmp_path / "transactional" / "001-a.eml", "nico@example.com", "Please confirm")
    write(tmp_path / f"campaign-{campaign.pk}" / f"{delivery.pk}.eml", "ana@example.com", "Week 47")
    yield tmp_path
    settings.REGULARS_DEMO = False
    reload_routes(portal.urls, config.urls)


def reload_routes(*modules: ModuleType) -> None:
    """Routes are chosen when their module is read."""
    for module in modules:
        reload(module)
    clear_url_caches()


def write(path: Path, to: str, subject: str) -> None:
    """Leave a mail with a text part and a hostile HTML part."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "La Esquina <club@esquina.example>", to, subject
    mail.set_content(f"Hello from {subject}")
    html = "<html><head></head><body><script>1</script><a href='/x'>x</a></body></html>"
    mail.add_alternative(html, subtype="html")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(mail.as_bytes())


def test_lists_and_finds_by_address_and_campaign(outbox: Path, client: Client) -> None:
    def subjects(query: str) -> list[bool]:
        page = client.get(f"/demo/inbox/?{query}").content.decode()
        return [f"<b>{subject}</b>" in page for subject in ("Please confirm", "Week 47")]

    folder = next(path.name for path in outbox.iterdir() if path.name.startswith("campaign"))
    assert subjects("") == [True, True]
    assert subjects("to=nico@") == [True, False]
    assert subjects("to=ANA@example.com") == [False, True]
    assert subjects(f"in={folder}") == [False, True]
    assert subjects("in=../secret&to=") == [True, True]


def test_mail_is_framed_without_any_right(outbox: Path, client: Client) -> None:
    address = "/demo/inbox/transactional/001-a/"
    page = client.get(address)
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in page.content.decode()
    framed = client.get(f"{address}page/")
    assert framed["Content-Security-Policy"].startswith("default-src 'none'")
    assert framed["X-Frame-Options"] == "SAMEORIGIN"
    assert '<base target="_blank">' in framed.content.decode()
    for response in (page, framed):
        assert "no-store" in response["Cache-Control"]


def test_text_and_headers_have_their_tabs(outbox: Path, client: Client) -> None:
    address = "/demo/inbox/transactional/001-a/"
    assert "Hello from Please confirm" in client.get(f"{address}?as=text").content.decode()
    assert "nico@example.com" in client.get(f"{address}?as=headers").content.decode()


@pytest.mark.parametrize("path", ["transactional/none", "etc/passwd", "campaign-1x/1"])
def test_what_is_not_a_mail_is_not_found(outbox: Path, client: Client, path: str) -> None:
    assert client.get(f"/demo/inbox/{path}/").status_code == 404


def test_there_is_no_inbox_outside_the_demo(club: Club, client: Client) -> None:
    assert client.get("/demo/inbox/").status_code == 404
