"""Pools of codes: what they hold, making and importing codes, making one void."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from loyalty import voucher_pools
from loyalty.models import Voucher, VoucherPool
from profiles.models import Member, User
from tests import cast
from tests.cast import Club
from tests.loyalty.staff import pages


@pytest.fixture
def pool(club: Club) -> VoucherPool:
    """A pool with three codes."""
    made = voucher_pools.create(cast.offer(club), "Leaflet")
    voucher_pools.add(made, ["AAAAAA1", "AAAAAA2", "AAAAAA3"])
    return made


def _url(pool: VoucherPool) -> str:
    return reverse("loyalty_staff:pool", args=[pool.pk])


def test_the_list_tells_issued_redeemed_and_left(
    pool: VoucherPool, gloria: Member, manager: User
) -> None:
    Voucher.objects.filter(code="AAAAAA1").update(member=gloria, uses=1)
    Voucher.objects.filter(code="AAAAAA2").update(member=gloria)
    answer = pages.signed_in(manager).get(reverse("voucherpool:index"))
    row = answer.context["object_list"][0]
    assert (row.issued, row.redeemed, row.free) == (2, 1, 1)
    assert _url(pool) in answer.content.decode()
    page = pages.text(manager, _url(pool))
    assert "<dt>Codes</dt> <dd>3" in page
    assert "<dt>Left</dt> <dd>1 <small>belong to nobody yet</small>" in page


def test_codes_are_made(pool: VoucherPool, manager: User) -> None:
    pages.signed_in(manager).post(_url(pool), {"act": "generate", "count": "40"})
    assert voucher_pools.left(pool) == 43
    page = pages.signed_in(manager).post(_url(pool), {"act": "generate", "count": "1000001"})
    assert 'value="1000001"' in page.content.decode()
    assert voucher_pools.left(pool) == 43


def test_imported_codes_are_taken_and_bad_lines_shown(pool: VoucherPool, manager: User) -> None:
    file = SimpleUploadedFile("codes.csv", b"code\nBBBBBB1\nAAAAAA1\nB?\nBBBBBB1\n")
    answer = pages.signed_in(manager).post(_url(pool), {"act": "import", "codes": file})
    page = answer.content.decode()
    assert "1 codes are new, 1 the pool had." in page
    assert "2 lines were not taken" in page
    assert "Line 4: A code has 6 to 24 letters and digits" in page
    assert "Line 5: The code stands in this file already" in page
    assert voucher_pools.left(pool) == 4
    assert "<dd>4 " in page


def test_a_file_that_is_no_text_is_refused(pool: VoucherPool, manager: User) -> None:
    file = SimpleUploadedFile("codes.csv", b"\xff\xfe\x00\x01")
    answer = pages.signed_in(manager).post(_url(pool), {"act": "import", "codes": file})
    assert "This is not a text file." in answer.content.decode()


def test_a_code_becomes_void_with_a_reason(pool: VoucherPool, manager: User) -> None:
    browser = pages.signed_in(manager)
    act = {"act": "void", "why": "Printed twice"}
    answer = browser.post(_url(pool), {**act, "code": "ZZZZZZ"})
    assert "This pool has no such code." in answer.content.decode()
    browser.post(_url(pool), {**act, "code": "aaaaaa1"})
    voucher = Voucher.objects.get(code="AAAAAA1")
    assert voucher.voided_at is not None
    assert (voucher.void_note, voucher.voided_by) == ("Printed twice", manager)
    answer = browser.post(_url(pool), {**act, "code": "AAAAAA1"})
    assert "This code was void already." in answer.content.decode()


def test_others_do_not_get_in(pool: VoucherPool, clerk: User, accountant: User) -> None:
    for person in (clerk, accountant):
        assert pages.signed_in(person).get(_url(pool)).status_code == 302
        sent = pages.signed_in(person).post(_url(pool), {"act": "generate", "count": "5"})
        assert sent.status_code == 302
    assert voucher_pools.left(pool) == 3
