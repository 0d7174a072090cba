"""The screens about till keys: the list, a key that is shown once, revoking."""

import re
from typing import Any

from loyalty import till_keys
from loyalty.models import TillKey
from loyalty.staff.urls import here
from profiles.models import Store, User
from tests.cast import Club
from tests.loyalty.staff.pages import signed_in, text


def _make(user: User, **changed: Any) -> Any:
    fields = {"source": "till-9", "store": "", "scopes": ["identify"], "calls_per_minute": 60}
    return signed_in(user).post(here("till_key_add"), fields | changed)


def test_a_clerk_gets_no_keys(club: Club, clerk: User) -> None:
    key, _plain = till_keys.create(club.brand, "till-1")
    for url in (here("till_keys"), here("till_key_add"), here("till_key_revoke", key.pk)):
        assert signed_in(clerk).get(url).status_code == 302
    assert _make(clerk).status_code == 302
    signed_in(clerk).post(here("till_key_revoke", key.pk))
    assert TillKey.objects.get().revoked_at is None


def test_a_key_is_shown_once_and_opens_what_was_ticked(
    club: Club, corner: Store, manager: User
) -> None:
    page = _make(manager, store=corner.pk)
    assert "no-store" in page["Cache-Control"]
    (plain,) = re.findall(r"till_[\w-]{43}", page.content.decode())
    key = till_keys.find(plain)
    assert key is not None
    assert (key.source, key.store, key.scopes) == ("till-9", corner, ["identify"])
    assert key.calls_per_minute == 60
    listed = text(manager, here("till_keys"))
    assert "till-9" in listed
    assert "Identify members" in listed
    assert plain not in listed


def test_a_name_counts_once_and_what_was_typed_stays(club: Club, manager: User) -> None:
    key, _plain = till_keys.create(club.brand, "till-9")
    till_keys.revoke(key)
    page = _make(manager, calls_per_minute=77).content.decode()
    assert "Another key has this name." in page
    assert 'value="77"' in page
    assert (
        "The club itself books under this name." in _make(manager, source="bonus").content.decode()
    )
    assert TillKey.objects.count() == 1


def test_a_key_opens_something(club: Club, manager: User) -> None:
    assert "This field is required." in _make(manager, scopes=[]).content.decode()
    assert not TillKey.objects.exists()


def test_revoking_shuts_the_till_out(club: Club, manager: User) -> None:
    key, plain = till_keys.create(club.brand, "till-1")
    url = here("till_key_revoke", key.pk)
    assert "Its calls are refused from now on." in text(manager, url)
    assert till_keys.find(plain) == key
    signed_in(manager).post(url)
    assert till_keys.find(plain) is None
    assert "Revoked" in text(manager, here("till_keys"))
    assert signed_in(manager).get(url).status_code == 404


def test_revoking_again_keeps_the_first_moment(club: Club) -> None:
    key, _plain = till_keys.create(club.brand, "till-1")
    till_keys.revoke(key)
    first = key.revoked_at
    till_keys.revoke(key)
    assert key.revoked_at == first


def test_no_keys_yet(club: Club, manager: User) -> None:
    assert "No till has a key yet." in text(manager, here("till_keys"))
