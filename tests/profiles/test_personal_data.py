"""Every table that leads to a member says what it keeps, why, and how it is erased."""

import pytest
from django.apps import apps
from django.db.models import ForeignKey, Model

from profiles import personal_data
from profiles.models import Account, Member
from tests import cast
from tests.cast import Club

OURS = ("profiles", "loyalty", "campaigns", "portal")
# Tables that keep text from outside, in which somebody may be named though no key leads there.
TEXT_FROM_OUTSIDE = {
    "campaigns.RawEvent",
    "loyalty.OfflineEvent",
    "loyalty.PendingReturn",
    "loyalty.TillAnswer",
    "profiles.ImportJob",
    "profiles.Suppression",
}
# They hang on a table that is listed, and hold ids and figures alone.
PARTS = {
    "loyalty.Allocation",
    "loyalty.Hold",
    "loyalty.Lot",
    "loyalty.Posting",
    "loyalty.PurchaseLine",
    "loyalty.RefundLine",
    "loyalty.VoucherRefusal",
    "loyalty.VoucherUseReversal",
}


def leading_to_a_member() -> set[str]:
    """The labels of the tables from which keys lead to a member or a household."""
    known: set[type[Model]] = {Member, Account}
    grown = True
    while grown:
        more = {model for model in _models() if any(one in known for one in _related(model))}
        grown = not more <= known
        known |= more
    return {model._meta.label for model in known}


def _models() -> list[type[Model]]:
    return [model for name in OURS for model in apps.get_app_config(name).get_models()]


def _related(model: type[Model]) -> list[type[Model]]:
    keys = [field for field in model._meta.get_fields() if isinstance(field, ForeignKey)]
    return [key.related_model for key in keys if isinstance(key.related_model, type)]


def test_every_table_that_leads_to_a_member_is_listed() -> None:
    listed = {holding.model for holding in personal_data.holdings()}
    assert leading_to_a_member() - PARTS - listed == set()
    assert listed - leading_to_a_member() - TEXT_FROM_OUTSIDE == {"profiles.User"}


def test_every_listed_table_exists_and_says_why() -> None:
    for holding in personal_data.holdings():
        assert personal_data.model_of(holding)
        assert all(str(text) for text in (holding.title, holding.why, holding.kept)), holding.model


def test_the_copy_holds_what_the_member_told(club: Club) -> None:
    ana = cast.ana(club)
    copy = personal_data.export(ana)
    assert copy["profiles.Member"][0]["e-mail"] == "ana@example.com"
    assert {row["decision"] for row in copy["profiles.ConsentEvent"]} == {"granted"}
    assert copy["profiles.Answer"][0]["question"] == "Which aisles?"


def test_the_copy_is_the_members_own(club: Club) -> None:
    ana, bruno = cast.ana(club), cast.bruno(club)
    assert bruno.email not in str(personal_data.export(ana))
    assert ana.email not in str(personal_data.export(bruno))


@pytest.mark.parametrize("value", [None, "", [], {}])
def test_nothing_is_said_of_nothing(value: object) -> None:
    assert personal_data.said(value) == ""
