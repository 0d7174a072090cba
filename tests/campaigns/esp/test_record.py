"""The simulator's record: before the answer, a line a recipient, the mail as it arrives."""

from typing import Any

import pytest
import requests

from tests.campaigns.esp.calls import call, person, post
from tests.esp_simulator.running import EspSimulator


def test_a_mail_is_on_record_before_anybody_is_told(esp: EspSimulator) -> None:
    esp.control(delay_after=30)
    with pytest.raises(requests.ReadTimeout):
        post(esp, call(person(7)), timeout=1)
    (taken,) = esp.accepted()
    assert (taken["delivery"], taken["attempt"], taken["to"]) == ("7", "1", "m7@example.com")
    (told,) = esp.calls()
    assert told.items() >= {"call": 1, "answer": "202", "accepted": 1, "deliveries": ["7"]}.items()


def test_each_recipient_is_a_line_of_its_own(esp: EspSimulator) -> None:
    copied = person(2, cc=[{"email": "c@example.com"}], bcc=[{"email": "b@example.com"}])
    post(esp, call(person(1), copied))
    assert [(one["to"], one["role"], one["delivery"]) for one in esp.accepted()] == [
        ("m1@example.com", "to", "1"),
        ("m2@example.com", "to", "2"),
        ("c@example.com", "cc", "2"),
        ("b@example.com", "bcc", "2"),
    ]
    assert {one["call"] for one in esp.accepted()} == {1}


def test_a_delivery_taken_twice_counts_twice_and_its_next_attempt_apart(esp: EspSimulator) -> None:
    again = person(1, headers={"message-id": "<1.2@esquina.example>"})
    for people in ([person(1), person(2)], [person(1)], [again]):
        post(esp, call(*people))
    assert esp.acceptances() == {"1.1": 2, "2.1": 1, "1.2": 1}


def test_personal_arguments_and_headers_go_over_common_ones(esp: EspSimulator) -> None:
    one = person(1, custom_args={"delivery": "1", "a": "mine"}, headers={"X-A": "mine"})
    post(esp, call(one, custom_args={"a": "all", "b": "all"}, headers={"X-A": "all", "X-B": "all"}))
    (taken,) = esp.accepted()
    assert taken["custom_args"] == {"delivery": "1", "a": "mine", "b": "all"}
    assert taken["headers"] == {"X-A": "mine", "X-B": "all"}


def test_values_stand_where_their_tags_stood(esp: EspSimulator) -> None:
    content = [{"type": "text/plain", "value": "-name-, -name-: -shop-"}]
    people = [
        person(1, substitutions={"-name-": "Ana", "-shop-": "€"}),
        person(2, substitutions={"-name-": "-shop-", "-shop-": "$&"}),
        person(3, substitutions={"-name-": None}),
    ]
    reply_to = [{"email": "-name-@esquina.example"}]
    post(esp, call(*people, subject="For -name-", content=content, reply_to_list=reply_to))
    mails = [one["mail"] for one in esp.accepted()]
    assert [(mail["subject"], mail["content"]["text/plain"]) for mail in mails] == [
        ("For Ana", "Ana, Ana: €"),
        ("For -shop-", "-shop-, -shop-: $&"),
        ("For ", ", : -shop-"),
    ]
    assert mails[0]["reply_to"] == ["Ana@esquina.example"]


def test_a_longer_tag_is_not_taken_for_a_shorter_one(esp: EspSimulator) -> None:
    content = [{"type": "text/plain", "value": "a ab"}]
    post(esp, call(person(1, substitutions={"a": "1", "ab": "2"}), content=content))
    assert esp.accepted()[0]["mail"]["content"] == {"text/plain": "1 2"}


def test_sections_are_filled_in_with_the_recipients_values(esp: EspSimulator) -> None:
    people = [
        person(1, substitutions={"-greeting-": "-hello-", "-name-": "Ana"}),
        person(2, substitutions={"-greeting-": "-bye-", "-name-": "Bruno"}),
    ]
    content = [{"type": "text/html", "value": "<p>-greeting-</p>"}]
    post(esp, call(*people, content=content, sections={"-hello-": "Hi -name-", "-bye-": "Bye"}))
    texts = [one["mail"]["content"]["text/html"] for one in esp.accepted()]
    assert texts == ["<p>Hi Ana</p>", "<p>Bye</p>"]


def test_headers_and_arguments_are_left_as_they_are(esp: EspSimulator) -> None:
    one = person(
        1, substitutions={"-a-": "x"}, headers={"X-A": "-a-"}, custom_args={"delivery": "-a-"}
    )
    post(esp, call(one))
    (taken,) = esp.accepted()
    assert (taken["headers"], taken["delivery"]) == ({"X-A": "-a-"}, "-a-")


def test_the_contents_can_be_left_out(esp: EspSimulator) -> None:
    assert esp.control(bodies=False)["bodies"] is False
    post(esp, call())
    (taken,) = esp.accepted()
    assert "mail" not in taken
    assert taken["headers"] == {"Message-ID": "<1.1@esquina.example>"}


@pytest.mark.parametrize(
    ("answer", "status", "taken"),
    [
        ("202", 202, 1),
        ("202_not_taken", 202, 0),
        ("429", 429, 0),
        ("500", 500, 0),
        ("500_taken", 500, 1),
        ("503", 503, 0),
        ("403", 403, 0),
        ("413", 413, 0),
    ],
)
def test_answers_follow_the_script_then_the_rules(
    esp: EspSimulator, answer: str, status: int, taken: int
) -> None:
    esp.control(answers=[answer])
    first = post(esp, call(person(1)))
    assert first.status_code == status
    assert post(esp, call(person(2))).status_code == 202
    assert [one["delivery"] for one in esp.accepted()] == ["1", "2"][1 - taken :]
    assert ("X-RateLimit-Reset" in first.headers) is (status == 429)


@pytest.mark.parametrize(
    ("answer", "error", "taken"),
    [
        ("timeout", requests.ReadTimeout, 0),
        ("timeout_not_taken", requests.ReadTimeout, 0),
        ("timeout_taken", requests.ReadTimeout, 1),
        ("drop", requests.ConnectionError, 0),
        ("drop_taken", requests.ConnectionError, 1),
    ],
)
def test_a_call_can_be_left_without_an_answer(
    esp: EspSimulator, answer: str, error: type[Exception], taken: int
) -> None:
    esp.control(otherwise=answer)
    with pytest.raises(error):
        post(esp, call(), timeout=1)
    assert len(esp.accepted()) == taken


@pytest.mark.parametrize(
    "orders",
    [{"answers": ["maybe"]}, {"answers": 7}, {"otherwise": "timeout_"}, {"refuse": "("}, {"x": 1}],
)
def test_an_order_that_makes_no_sense_changes_nothing(
    esp: EspSimulator, orders: dict[str, Any]
) -> None:
    with pytest.raises(ValueError, match=r"."):
        esp.control(**orders)
    assert post(esp, call()).status_code == 202
