"""A switch-over on screens: its files and totals, the comparison, and two signatures."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from campaigns import staff_roles
from loyalty import switch_over
from loyalty.models import SwitchOver
from loyalty.staff.urls import here
from profiles.models import Member, User
from tests.cast import Club
from tests.loyalty.staff.conftest import Hire
from tests.loyalty.staff.pages import signed_in, text

AT = datetime(2025, 12, 31, tzinfo=UTC)
AGREED = "what,which,amount\npoints,all,120\npoints,never,120\n"
DIFFERS = "what,which,amount\npoints,all,120\npoints,never,119\n"


@pytest.fixture
def go(club: Club, gloria: Member) -> SwitchOver:
    """A hundred and twenty points of Gloria's, and a row that was refused."""
    go = switch_over.start(club.brand, AT)
    rows = ["card,points\n", "2000000000017,120\n", "1,5\n"]
    switch_over.load(go, "lots", rows, "old-points.csv")
    return go


@pytest.fixture
def second(hire: Hire) -> User:
    """Noel, of finance, too."""
    return hire("noel", staff_roles.FINANCE)


def sent(user: User, go: SwitchOver, control: str | bytes, act: str) -> Any:
    """Send a control file."""
    body = control if isinstance(control, bytes) else control.encode()
    file = SimpleUploadedFile("control.csv", body, "text/csv")
    url = here("sign_switch", go.pk)
    return signed_in(user).post(url, {"control": file, "act": act}, follow=True)


def test_files_and_totals_are_told(go: SwitchOver, accountant: User, gloria: Member) -> None:
    page = text(accountant, here("switches"))
    for part in ("old-points.csv", "points,all", "120", "Open"):
        assert part in page
    assert gloria.first_name not in page


def test_comparing_signs_nothing(go: SwitchOver, accountant: User) -> None:
    assert "Every total agrees." in sent(accountant, go, AGREED, "compare").content.decode()
    page = sent(accountant, go, DIFFERS, "compare").content.decode()
    assert "One total differs" in page
    assert "points,never" in page
    assert "119" in page
    go.refresh_from_db()
    assert go.signed_by is None


def test_what_differs_is_not_signed(go: SwitchOver, accountant: User) -> None:
    assert "One total differs" in sent(accountant, go, DIFFERS, "sign").content.decode()
    go.refresh_from_db()
    assert go.signed_by is None


@pytest.mark.parametrize("control", ["", "a,b\n1,2\n", b"what,which,amount\n\xff\xfe,1,2\n"])
def test_a_file_that_holds_no_totals_is_refused(
    go: SwitchOver, accountant: User, control: str | bytes
) -> None:
    for act in ("compare", "sign"):
        assert sent(accountant, go, control, act).context["form"].errors["control"]
    go.refresh_from_db()
    assert go.signed_by is None


def test_two_people_sign_one_after_the_other(
    go: SwitchOver, accountant: User, second: User
) -> None:
    url = here("sign_switch", go.pk)
    sent(accountant, go, AGREED, "sign")
    assert "fina has signed" in text(second, here("switches"))
    assert "somebody else has to be the second" in text(accountant, url)
    signed_in(accountant).post(url, {"act": "countersign"})
    go.refresh_from_db()
    assert go.state == "open"
    signed_in(second).post(url, {"act": "countersign"})
    go.refresh_from_db()
    assert (go.state, go.signed_by, go.second) == ("signed_off", accountant, second)
    assert "Signed off by fina and noel" in text(accountant, here("switches"))
    assert signed_in(second).get(url).status_code == 404


def test_what_changed_after_the_first_signature_is_not_signed(
    go: SwitchOver, accountant: User, second: User
) -> None:
    sent(accountant, go, AGREED, "sign")
    switch_over.load(go, "lots", ["card,points,row_id\n", "2000000000017,5,9\n"], "more.csv")
    url = here("sign_switch", go.pk)
    assert "Totals changed since the first signature" in text(second, url)
    answer = signed_in(second).post(url, {"act": "countersign"})
    assert "Totals changed since" in answer.content.decode()
    go.refresh_from_db()
    assert go.state == "open"


def test_who_may_not_sign_does_not_reach_it(go: SwitchOver, clerk: User, club: Club) -> None:
    url = here("sign_switch", go.pk)
    for person in (clerk, club.marketer):
        assert signed_in(person).get(url).status_code in (302, 403)
        assert signed_in(person).post(url, {"act": "countersign"}).status_code in (302, 403)


def test_nothing_taken_over_is_told(club: Club, accountant: User) -> None:
    assert "Nothing was taken over" in text(accountant, here("switches"))
