"""Rules for sending in the staff site: a brand's, single domains', and a campaign's own."""

from typing import Any

import pytest
from django.test import Client

from campaigns.models import Campaign, DomainLimit, SendingRules
from campaigns.staff.urls import edit_url
from tests.campaigns.staff import editor
from tests.campaigns.staff.pages import signed_in, text
from tests.cast import Club

RULES = "/staff/snippets/campaigns/sendingrules/"
LIMITS = "/staff/snippets/campaigns/domainlimit/"


def _rules(club: Club, **changes: Any) -> Any:
    form = {
        "brand": club.brand.pk,
        "first_percent": 3,
        "first_wait_minutes": 20,
        "failed_percent": 5,
        "bounced_percent": 5,
        "complained_percent": 0.3,
        "quiet_from": "21:00",
        "quiet_until": "08:00",
        "rest_hours": 0,
        "warm_up_from": "",
        "warm_up_first_day": 200,
        "warm_up_growth_percent": 50,
        "warm_up_days": 21,
        **changes,
    }
    return signed_in(club.marketer).post(f"{RULES}add/", form)


def _limit(club: Club, domain: str, per_minute: Any = 60) -> Any:
    return signed_in(club.marketer).post(
        f"{LIMITS}add/", {"domain": domain, "per_minute": per_minute}
    )


def _errors(answer: Any) -> dict[str, list[str]]:
    return {name: list(said) for name, said in answer.context["form"].errors.items()}


def _newest(campaign: Campaign) -> Campaign:
    campaign.refresh_from_db()
    newest: Campaign = campaign.get_latest_revision_as_object()
    return newest


def test_rules_are_kept_and_listed_in_words(club: Club) -> None:
    assert _rules(club).status_code == 302
    page = text(club.marketer, RULES)
    assert "3 % first, then 20 minutes" in page
    assert "21:00 to 08:00" in page


def test_half_quiet_hours_are_refused_in_words(club: Club) -> None:
    said = _errors(_rules(club, quiet_until=""))
    assert said == {"quiet_until": ["Give both ends of the quiet hours, or neither."]}
    said = _errors(_rules(club, quiet_until="21:00"))
    assert said == {"quiet_until": ["The quiet hours end when they begin."]}


@pytest.mark.parametrize(
    ("field", "value"),
    [("first_percent", 51), ("complained_percent", -1), ("warm_up_first_day", 0)],
)
def test_a_figure_out_of_bounds_is_refused_at_its_field(club: Club, field: str, value: int) -> None:
    assert list(_errors(_rules(club, **{field: value}))) == [field]
    assert not SendingRules.objects.exists()


def test_a_brand_has_one_set_of_rules(club: Club) -> None:
    _rules(club)
    assert list(_errors(_rules(club))) == ["brand"]


@pytest.mark.parametrize("said", ["Gmail.com", "@gmail.com", "ana@gmail.com", " gmail.com. "])
def test_a_domain_is_taken_however_it_is_written(club: Club, said: str) -> None:
    assert _limit(club, said).status_code == 302
    assert DomainLimit.objects.get().domain == "gmail.com"


@pytest.mark.parametrize("said", ["gmail", "gmail com", "-.com", "@", "a" * 64 + ".com"])
def test_what_is_no_domain_is_refused_in_words(club: Club, said: str) -> None:
    assert _errors(_limit(club, said)) == {
        "domain": ["Write the part after the @, like gmail.com."]
    }


@pytest.mark.parametrize("rate", [0, -5, "", 1_000_001])
def test_a_rate_is_a_positive_number(club: Club, rate: Any) -> None:
    assert list(_errors(_limit(club, "gmail.com", rate))) == ["per_minute"]


@pytest.mark.parametrize("path", [RULES, f"{RULES}add/", LIMITS, f"{LIMITS}add/"])
def test_rules_are_for_marketers(club: Club, path: str) -> None:
    assert signed_in(club.marketer).get(path).status_code == 200
    assert signed_in(club.approver).get(path).status_code == 302
    assert Client().get(path).status_code == 302


def test_a_campaigns_days_are_boxes_to_tick(club: Club) -> None:
    campaign = editor.draft(club)
    page = text(club.marketer, edit_url(campaign))
    assert "When and how fast" in page
    assert page.count('name="window_days"') == 7
    assert editor.post(club.marketer, campaign, window_days=["5", "1", "3"]).status_code == 302
    assert _newest(campaign).window_days == "135"
    page = text(club.marketer, edit_url(campaign))
    assert [_is_ticked(page, day) for day in "12345"] == [True, False, True, False, True]


def test_a_campaign_without_a_day_is_refused(club: Club) -> None:
    assert "window_days" in _errors(editor.post(club.marketer, editor.draft(club), window_days=[]))


def test_pace_window_and_trial_are_kept(club: Club) -> None:
    campaign = editor.draft(club)
    pace = {"rate_per_minute": 300, "first_percent": 10, "at_local_time": "on"}
    editor.post(club.marketer, campaign, window_from="09:00", window_until="18:00", **pace)
    newest = _newest(campaign)
    assert (newest.rate_per_minute, newest.first_percent) == (300, 10)
    assert newest.at_local_time
    assert (str(newest.window_from), str(newest.window_until)) == ("09:00:00", "18:00:00")


def test_half_a_window_is_refused_in_words(club: Club) -> None:
    said = _errors(editor.post(club.marketer, editor.draft(club), window_from="09:00"))
    assert said == {"window_until": ["Give both ends of the window, or neither."]}


def _is_ticked(page: str, day: str) -> bool:
    tag = page.split(f'name="window_days" value="{day}"')[1].partition(">")[0]
    return "checked" in tag
