"""Names and addresses are made up, the same every time, under domains reserved for examples."""

from collections import Counter

from portal.demo.people import DOMAINS, person_of

PEOPLE = [person_of(household, "35-44", targeted=True) for household in range(1, 2_501)]


def test_a_household_gets_the_same_person_every_time() -> None:
    assert person_of(1029, "", targeted=True) == person_of(1029, "", targeted=True)
    assert person_of(1029, "", targeted=True) != person_of(1030, "", targeted=True)


def test_addresses_are_distinct_plain_and_reserved_for_examples() -> None:
    addresses = {person.email for person in PEOPLE}
    assert len(addresses) == len(PEOPLE)
    assert {address.partition("@")[2] for address in addresses} == set(DOMAINS)
    assert all(address.isascii() for address in addresses)


def test_most_allow_tracking_and_some_do_not() -> None:
    found = Counter(person.tracking for person in PEOPLE)
    assert found["granted"] > 0.8 * len(PEOPLE)
    assert found["refused"] > 100
    assert found["unknown"] > 100


def test_nearly_a_third_read_spanish() -> None:
    assert 0.25 < sum(p.language == "es" for p in PEOPLE) / len(PEOPLE) < 0.35


def test_whoever_is_targeted_takes_the_weekly_offers() -> None:
    assert all("weekly-offers" in person.topics for person in PEOPLE)
    others = [person_of(household, "", targeted=False) for household in range(1, 200)]
    assert not all("weekly-offers" in person.topics for person in others)
