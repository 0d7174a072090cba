"""Whether a person or a machine opened a mail or followed its link, and by which rule."""

from datetime import UTC, datetime, timedelta

import pytest

from campaigns.classification import classify

SENT = datetime(2026, 11, 16, 9, tzinfo=UTC)
LATER = SENT + timedelta(minutes=5)
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
GMAIL = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"
YAHOO = "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html"


@pytest.mark.parametrize(
    ("agent", "actor", "rule"),
    [
        (FIREFOX, "human", "device"),
        (GMAIL, "unknown", "image_proxy"),
        (YAHOO, "unknown", "image_proxy"),
        ("Mozilla/5.0", "unknown", "no_device"),
        ("", "unknown", "no_device"),
        ("Googlebot/2.1 (+http://www.google.com/bot.html)", "machine", "crawler"),
        ("curl/8.5.0", "machine", "crawler"),
        ("<script>alert(1)</script>", "human", "device"),
    ],
)
def test_the_browser_tells_who_it_is(agent: str, actor: str, rule: str) -> None:
    assert classify(agent, "GET", LATER, SENT) == (actor, rule)


def test_head_is_a_machine_whatever_it_says() -> None:
    assert classify(FIREFOX, "HEAD", LATER, SENT) == ("machine", "head")


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (timedelta(0), ("machine", "too_soon")),
        (timedelta(seconds=1.9), ("machine", "too_soon")),
        (timedelta(seconds=2), ("human", "device")),
    ],
)
def test_nobody_opens_within_two_seconds(after: timedelta, expected: tuple[str, str]) -> None:
    assert classify(FIREFOX, "GET", SENT + after, SENT) == expected


def test_a_proxy_that_fetches_at_once_is_a_machine() -> None:
    assert classify(GMAIL, "GET", SENT, SENT) == ("machine", "too_soon")


def test_a_mail_without_a_hand_over_time_is_judged_by_its_browser() -> None:
    assert classify(FIREFOX, "GET", LATER, None) == ("human", "device")
