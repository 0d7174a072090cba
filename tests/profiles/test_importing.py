"""Imports: broken rows are named by line, the rest goes in, twice changes nothing."""

import pytest

from profiles.importing import UnreadableFile, import_list, import_members
from profiles.models import Brand, ImportJob, Member, MemberList
from profiles.registration import new_member

FILE = b"""email,first_name,language
ana@example.com,Ana,es
not an address,Bruno,en
carmen@example.com,Carmen,xx
"david@example.com","Da
vid",en
eva@example.com,Eva,en
"""


def _counts(job: ImportJob) -> tuple[int, int, int, int]:
    return job.new, job.changed, job.unchanged, job.rejected


def test_broken_rows_are_named_and_the_rest_is_imported(brand: Brand) -> None:
    job = import_members(brand, FILE, "members.csv")
    assert _counts(job) == (2, 0, 0, 3)
    assert [reject["line"] for reject in job.rejects] == [3, 4, 6]
    assert "address" in job.rejects[0]["reason"]
    assert set(Member.objects.values_list("first_name", flat=True)) == {"Ana", "Eva"}


def test_the_same_file_twice_changes_nothing(brand: Brand) -> None:
    import_members(brand, FILE, "members.csv")
    assert _counts(import_members(brand, FILE, "members.csv")) == (0, 0, 2, 3)


def test_a_dry_run_tells_the_same_and_stores_nothing(brand: Brand) -> None:
    assert _counts(import_members(brand, FILE, "members.csv", dry_run=True)) == (2, 0, 0, 3)
    assert not Member.objects.exists()
    assert not ImportJob.objects.exists()


def test_imported_members_are_pending_and_subscribed_to_nothing(brand: Brand) -> None:
    import_members(brand, FILE, "members.csv")
    ana = Member.objects.get(first_name="Ana")
    assert (ana.status, ana.source, ana.subscriptions.count()) == ("pending", "import", 0)


def test_semicolons_and_a_byte_order_mark_are_understood(brand: Brand) -> None:
    data = "\ufeffEmail;First_name\nana@example.com;Añá\n".encode()
    assert _counts(import_members(brand, data, "excel.csv"))[0] == 1
    assert Member.objects.get().first_name == "Añá"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"name\nAna\n",
        b"email,email\na@example.com,b@example.com\n",
        "email\nñ\n".encode("latin-1"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_as_a_whole(brand: Brand, data: bytes) -> None:
    with pytest.raises(UnreadableFile):
        import_members(brand, data, "broken.csv")


def test_a_list_takes_known_members_by_address_or_card(brand: Brand) -> None:
    ana = new_member(brand, "ana@example.com")
    bruno = new_member(brand)
    card = bruno.cards.get().number
    guests = MemberList.objects.create(brand=brand, name="Guests")
    data = f"email,card\nANA@example.com,\n,{card}\nnobody@example.com,\n,\n".encode()
    job = import_list(guests, data, "guests.csv")
    assert (job.new, job.rejected) == (2, 2)
    assert set(guests.entries.values_list("member_id", flat=True)) == {ana.pk, bruno.pk}
