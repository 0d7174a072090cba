"""Hours that never open, and a rate of nothing, are refused when the campaign is saved."""

from datetime import time
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from campaigns.models import SendingRules
from tests import cast
from tests.cast import Club


@pytest.fixture
def club(db: None) -> Club:
    """The corner shop's club, quiet from nine in the evening to eight."""
    made = cast.club()
    SendingRules.objects.create(brand=made.brand, quiet_from=time(21), quiet_until=time(8))
    return made


@pytest.mark.parametrize(
    ("facts", "place", "words"),
    [
        ({"window_from": time(9)}, "window_until", "both ends"),
        ({"window_until": time(9)}, "window_until", "both ends"),
        ({"window_from": time(9), "window_until": time(9)}, "window_until", "ends when it begins"),
        ({"window_days": ""}, "window_days", "at least one day"),
        ({"window_days": "8"}, "window_days", "numbers from 1 to 7"),
        ({"window_days": "51"}, "window_days", "numbers from 1 to 7"),
        ({"window_from": time(22), "window_until": time(7)}, "__all__", "quiet hours"),
        ({"window_from": time(21), "window_until": time(8)}, "__all__", "quiet hours"),
        ({"rate_per_minute": 0}, "rate_per_minute", "greater than or equal to 1"),
        ({"rate_per_minute": -5}, "rate_per_minute", "greater than or equal to"),
    ],
)
def test_what_could_never_send_is_refused(
    club: Club, facts: dict[str, Any], place: str, words: str
) -> None:
    campaign = cast.campaign(club)
    for name, value in facts.items():
        setattr(campaign, name, value)
    with pytest.raises(ValidationError) as refused:
        campaign.full_clean()
    assert words in " ".join(refused.value.message_dict[place])


@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"window_from": time(20), "window_until": time(22)},
        {"window_from": time(22), "window_until": time(8, 1), "window_days": "6"},
        {"window_from": time(22), "window_until": time(23), "kind": "service"},
        {"rate_per_minute": 1},
    ],
)
def test_what_can_send_is_taken(club: Club, facts: dict[str, Any]) -> None:
    cast.campaign(club, **facts).full_clean()


def test_a_campaign_without_a_brand_says_so(club: Club) -> None:
    campaign = cast.campaign(club, window_from=time(22), window_until=time(23))
    campaign.brand_id = None
    with pytest.raises(ValidationError, match="brand"):
        campaign.full_clean()
