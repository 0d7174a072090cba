"""Scanners open every link: GET and HEAD change nothing, whatever page they open."""

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.core import serializers
from django.test import Client

from loyalty import vouchers
from loyalty.models import Voucher
from profiles import signed_links
from profiles.registration import new_member
from tests import cast
from tests.cast import Club
from tests.loyalty.referral_cast import rule as referral_rule
from tests.portal import links

pytestmark = pytest.mark.usefixtures("pages")


def snapshot() -> str:
    """Every row of the three apps."""
    configs = [apps.get_app_config(label) for label in ("profiles", "loyalty", "campaigns")]
    models = [model for config in configs for model in config.get_models()]
    rows = (row for model in models for row in model._default_manager.order_by("pk"))
    return str(serializers.serialize("json", rows))


def addresses(club: Club) -> Iterator[str]:
    """One of each page."""
    ana = cast.ana(club)
    offer = cast.offer(club)
    vouchers.issue([offer.pk], [ana.pk])
    nico = new_member(club.brand, "nico@example.com")
    yield from ("/", "/join/", "/join/check-your-inbox/", "/how-it-works/", "/es/")
    yield from (links.confirm(nico), links.preferences(ana), links.card(ana))
    yield f"{links.preferences(ana)}leave/"
    yield from (f"{links.card(ana)}statement/", f"{links.card(ana)}statement.csv")
    yield links.preferences(ana).replace("preferences", "welcome")
    yield links.unsubscribe(ana, club.offers)
    yield links.offer(Voucher.objects.get().pk)
    yield f"/offers/{offer.pk}/"
    told = signed_links.make(signed_links.ANSWER, ana.pk, 0, club.aisles.pk, 0)
    yield from (f"/answer/{told}/", f"/answer/{told}/?told=thanks")
    referral_rule(club)
    yield "/friend/ABCD-EFGH/"


@pytest.mark.parametrize("method", ["get", "head"])
def test_no_row_changes(club: Club, method: str) -> None:
    pages = list(addresses(club))
    before = snapshot()
    for address in pages:
        assert getattr(Client(), method)(address).status_code == 200, address
    assert snapshot() == before
