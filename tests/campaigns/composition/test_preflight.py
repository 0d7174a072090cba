"""What is wrong with a mail is said before anyone approves it."""

from dataclasses import replace
from typing import Any

import pytest

from campaigns.composition import preflight
from campaigns.composition.preflight import Report, check
from tests.campaigns.composition.mails import ANA, SOURCE, ana, compiled, source, text


def checked(*blocks: dict[str, Any], audience: Any = (), **changes: Any) -> Report:
    return check(source(*blocks, **changes), audience)


def codes(findings: Any) -> list[str]:
    return [finding.code for finding in findings]


def test_a_good_mail_passes_without_a_word() -> None:
    assert checked(audience=[ANA]) == Report()


def test_every_mistake_in_the_content_is_named() -> None:
    report = checked(text("<p>{{ nickname }}</p>"), subject="{{ shoe_size }}")
    assert codes(report.errors) == ["content", "content"]
    assert not report.may_pass


def test_missing_values_are_counted_over_the_audience() -> None:
    audience = [ANA, ana(city=""), ana(city=None)]
    report = checked(text("<p>{{ city }}</p>"), audience=audience)
    assert [finding.message for finding in report.errors] == [
        "{{ city }} is missing for 2 of 3 and has no fallback"
    ]


def test_a_fallback_settles_a_missing_value() -> None:
    report = checked(text("<p>{{ city|default('town') }}</p>"), audience=[ana(city="")])
    assert report.may_pass


def test_without_an_audience_a_tag_without_fallback_is_a_warning() -> None:
    report = checked(text("<p>{{ city }}</p>"))
    assert report.may_pass
    assert codes(report.warnings) == ["no_fallback"]


def test_a_mail_that_gmail_would_cut_off_is_stopped() -> None:
    report = checked(text("<p>" + "word " * 22_000 + "</p>"))
    assert codes(report.errors) == ["too_heavy"]


def test_offers_weigh_as_often_as_they_are_shown() -> None:
    offers = {"type": "offers", "value": {"title": "For you"}}
    report = checked(text("<p>" + "word " * 17_000 + "</p>"), offers)
    assert codes(report.errors) == ["too_heavy"]


def test_a_mail_without_a_way_out_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    mail = compiled()
    monkeypatch.setattr(
        preflight,
        "compile_email",
        lambda _source: replace(mail, html_nodes=("<p>Hi</p>",), text_nodes=()),
    )
    assert codes(check(SOURCE).errors) == ["no_text", "no_unsubscribe", "no_unsubscribe"]


def test_what_a_marketer_should_look_at_again() -> None:
    report = checked(
        {"type": "button", "value": {"label": "Go", "url": "http://example.com/"}},
        preheader="",
        subject="word " * 20,
    )
    assert report.may_pass
    assert codes(report.warnings) == ["not_https", "no_preheader", "long_subject"]
