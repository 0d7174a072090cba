"""The frozen audience: one statement, one reason each, and the forecast tells it beforehand."""

from collections import Counter

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from campaigns import audience, lifecycle
from campaigns.models import Campaign, CompiledEmail
from loyalty.models import Voucher
from tests import cast
from tests.campaigns.forcing import force
from tests.campaigns.mails import started
from tests.cast import Club


def _decisions(campaign: Campaign) -> Counter[str]:
    rows = campaign.deliveries.values_list("state", "reason")
    return Counter(reason or state for state, reason in rows)


def test_the_forecast_is_what_freezing_writes(club: Club) -> None:
    cast.everyone(club)
    for number in range(20):
        cast.member(club, f"M{number}")
    campaign = cast.approved(club, cast.campaign(club, holdout_percent=30))
    foretold = audience.forecast(campaign, timezone.now())
    lifecycle.start(campaign)
    assert _decisions(campaign) == foretold
    assert sum(foretold.values()) == 27
    assert foretold["held_out"] > 0


def test_freezing_is_one_statement_whatever_the_size(club: Club) -> None:
    cast.everyone(club)
    campaign = cast.approved(club, cast.campaign(club))
    with CaptureQueriesContext(connection) as queries:
        lifecycle.start(campaign)
    writes = [
        query["sql"]
        for query in queries
        if query["sql"].startswith("INSERT") and "campaigns_delivery" in query["sql"]
    ]
    assert len(writes) == 1
    assert "SELECT" in writes[0]


def test_each_member_gets_the_mail_of_their_language_and_tracking(club: Club) -> None:
    cast.everyone(club)
    cast.member(club, "Yuki", language="ja")
    rows = started(club).deliveries.filter(state="planned").select_related("compiled_email")
    found = {row.member.first_name: row for row in rows}
    mails = {name: row.compiled_email or CompiledEmail() for name, row in found.items()}
    assert {name: (mail.language, mail.tracked) for name, mail in mails.items()} == {
        "Ana": ("es", True),
        "Bruno": ("en", False),
        "Gloria": ("en", True),
        "Yuki": ("en", True),
    }
    assert {name: row.tracked for name, row in found.items()} == {
        name: mail.tracked for name, mail in mails.items()
    }


def test_hold_outs_of_different_campaigns_are_different_people(club: Club) -> None:
    for number in range(60):
        cast.member(club, f"M{number}")
    held = [
        set(
            started(club, name=name, holdout_percent=50)
            .deliveries.filter(state="held_out")
            .values_list("member", flat=True)
        )
        for name in ("One", "Two")
    ]
    assert held[0] != held[1]
    assert held[0] & held[1]


def test_only_those_who_will_be_mailed_get_a_voucher(club: Club) -> None:
    cast.everyone(club)
    campaign = started(club)
    planned = campaign.deliveries.filter(state="planned").values_list("member", flat=True)
    assert set(Voucher.objects.values_list("member", flat=True)) == set(planned)


def test_a_put_off_mail_counts_for_the_weekly_cap(club: Club) -> None:
    cast.member(club, "Gloria", weekly_cap=1)
    first = started(club)
    force(first.deliveries, state="deferred", deferred_until=timezone.now())
    assert _decisions(started(club, name="Again")) == {"capped": 1}
