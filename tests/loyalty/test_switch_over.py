"""Another system's club is taken over: rehearsed, repeated, compared, signed off."""

import csv
import io
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Sum
from django.utils import timezone

from campaigns import staff_roles
from loyalty import earning, ledger, months, switch_over
from loyalty.models import (
    EarnRule,
    Entry,
    Lot,
    Purchase,
    SwitchFile,
    SwitchOver,
    SwitchRow,
    Tier,
    TierScheme,
    TierStanding,
    Voucher,
    Wallet,
)
from profiles.models import Account, Member, Store, User
from tests import cast
from tests.loyalty.books import check_books

NOW = timezone.now()
AT = datetime(NOW.year, 1, 1, tzinfo=UTC) - timedelta(days=1)
AHEAD = NOW.year + 1
LOTS = f"""row_id,account,card,points,expires,pending_until,earned_on
1,A-1,,100,{AHEAD}-05-31,,2020-02-03
2,,2000000000017,50,,,
3,A-2,,30,{AHEAD}-05-31,{AHEAD}-01-31,
4,A-9,,30,,,
5,A-2,,-3,,,
6,A-2,,3,2019-01-01,,
1,A-1,,7,,,
"""
Load = Callable[..., SwitchFile]


@pytest.fixture
def switch(club: cast.Club, gloria: Member) -> SwitchOver:
    """A switch-over of two accounts; Gloria is the first."""
    Account.objects.filter(pk=gloria.account_id).update(external_id="A-1")
    Account.objects.create(brand=club.brand, external_id="A-2")
    return switch_over.start(club.brand, AT)


@pytest.fixture
def signers(club: cast.Club) -> tuple[User, User]:
    """Two people who may sign."""
    staff_roles.ensure()[staff_roles.FINANCE].user_set.add(club.marketer, club.approver)
    marta, pablo = (User.objects.get(username=name) for name in ("marta", "pablo"))
    return marta, pablo


@pytest.fixture
def load(switch: SwitchOver) -> Load:
    """Load a text as a file."""

    def run(kind: str, text: str, **facts: object) -> SwitchFile:
        lines = text.splitlines(keepends=True)
        return switch_over.load(switch, kind, lines, "file.csv", **facts)  # type: ignore[arg-type]

    return run


def counts(file: SwitchFile) -> tuple[int, int, int, int]:
    """New, changed, unchanged, rejected."""
    return file.new, file.changed, file.unchanged, file.rejected


def held() -> dict[str, int]:
    """Net points by account."""
    return {
        wallet.account.external_id: wallet.active + wallet.pending - wallet.debt
        for wallet in Wallet.objects.select_related("account")
    }


def test_points_come_with_their_dates(load: Load, gloria: Member) -> None:
    assert counts(load("lots", LOTS)) == (3, 0, 0, 4)
    assert held() == {"A-1": 150, "A-2": 30}
    lot = Lot.objects.get(original=100)
    assert lot.expires_at == datetime(AHEAD, 6, 1, tzinfo=UTC)
    assert lot.available_at == datetime(2020, 2, 3, tzinfo=UTC)
    assert Lot.objects.get(original=30).is_pending
    check_books(gloria.account)


def test_rejected_rows_are_told_with_their_reason(load: Load) -> None:
    out = io.StringIO()
    load("lots", LOTS + "8,=HYPERLINK(),,5,,,\n", rejects=csv.writer(out))
    rows = list(csv.reader(io.StringIO(out.getvalue())))
    assert [row[0] for row in rows] == ["6", "7", "5", "8", "9"]
    assert "account" in rows[2][1]
    assert rows[4][3] == "'=HYPERLINK()"


def test_a_dry_run_tells_the_same_and_writes_nothing(load: Load) -> None:
    assert counts(load("lots", LOTS, dry_run=True)) == (3, 0, 0, 4)
    assert not Entry.objects.exists()
    assert not SwitchRow.objects.exists()
    assert not SwitchFile.objects.exists()


def test_a_file_that_comes_twice_changes_nothing(load: Load) -> None:
    load("lots", LOTS)
    before = Entry.objects.count(), held()
    assert counts(load("lots", LOTS)) == (0, 0, 3, 4)
    assert (Entry.objects.count(), held()) == before


def test_a_delta_books_the_difference_alone(load: Load, gloria: Member) -> None:
    load("lots", LOTS)
    ledger.redeem(gloria.account, 90, "till", "r")
    head = LOTS.splitlines()[0]
    more = f"{head}\n1,A-1,,120,{AHEAD}-05-31,,2020-02-03\n2,,2000000000017,10,,,\n"
    assert counts(load("lots", more)) == (0, 2, 0, 0)
    assert held()["A-1"] == 120 + 10 - 90
    assert counts(load("lots", more)) == (0, 0, 2, 0)
    less = more.replace(",120,", ",20,")
    assert counts(load("lots", less)) == (0, 1, 1, 0)
    assert held()["A-1"] == 20 + 10 - 90
    check_books(gloria.account)


def test_a_delta_with_another_end_moves_the_points_there(load: Load, gloria: Member) -> None:
    load("lots", LOTS)
    head = LOTS.splitlines()[0]
    load("lots", f"{head}\n1,A-1,,100,{AHEAD}-08-31,,2020-02-03\n")
    ends = Lot.objects.filter(remaining=100).values_list("expires_at", flat=True)
    assert list(ends) == [datetime(AHEAD, 9, 1, tzinfo=UTC)]
    check_books(gloria.account)


def test_month_end_tells_what_was_taken_over(club: cast.Club, load: Load) -> None:
    load("lots", LOTS)
    report = months.report(club.brand, AT.date())
    assert {name: one.points for name, one in report.changes.items() if one.points} == {
        "taken_over": 180
    }


def test_a_batch_books_what_one_by_one_would(club: cast.Club, gloria: Member) -> None:
    other = Account.objects.create(brand=club.brand)
    parcel = ledger.Parcel(10, AT, NOW + timedelta(days=9))
    facts = {"occurred_at": AT, "qualifying": 4}
    ledger.open_balance(gloria.account, [parcel], "opening", "one", **facts)  # type: ignore[arg-type]
    many = ledger.Earning(other.pk, (parcel,), "opening", "many", taken_over=True, **facts)  # type: ignore[arg-type]
    ledger.earn_many([many])
    one, two = Entry.objects.order_by("pk")
    for name in ("kind", "occurred_at", "posted_at", "qualifying", "qualified_at"):
        assert getattr(one, name) == getattr(two, name)
    legs = [
        list(e.postings.order_by("amount").values_list("ledger_account", "amount"))
        for e in (one, two)
    ]
    assert legs[0] == legs[1]
    check_books(other)


def test_tiers_come_with_their_counters(club: cast.Club, load: Load, gloria: Member) -> None:
    TierScheme.objects.create(brand=club.brand)
    for rank, key in enumerate(("green", "gold")):
        Tier.objects.create(
            brand=club.brand, key=key, name={"en": key}, rank=rank, threshold=rank * 1000
        )
    text = (
        f"account,tier,counter,held_until\nA-1,gold,1200,{AHEAD}-12-31\nA-2,green,3,\nA-2,tin,3,\n"
    )
    assert counts(load("tiers", text)) == (2, 0, 0, 1)
    assert counts(load("tiers", text)) == (0, 0, 2, 1)
    assert TierStanding.objects.get(account=gloria.account).tier.key == "gold"  # type: ignore[union-attr]
    load("tiers", text.replace("1200", "1250"))
    entries = Entry.objects.filter(wallet__account=gloria.account)
    assert entries.aggregate(points=Sum("qualifying"))["points"] == 1250


def test_vouchers_come_with_holder_and_state(club: cast.Club, load: Load, gloria: Member) -> None:
    cast.offer(club)
    head = "code,offer,state,account,valid_until\n"
    text = f"{head}AAAA-1111,manchego,open,A-1,{AHEAD}-01-31\nBBBB2222,manchego,used,,\n"
    text += "CCCC3333,manchego,void,A-1,\nDDDD4444,caviar,open,,\nE,manchego,open,,\n"
    text += "FFFF5555,manchego,open,A-2,\n"  # nobody is there to hold it
    assert counts(load("vouchers", text)) == (3, 0, 0, 3)
    assert counts(load("vouchers", text)) == (0, 0, 3, 3)
    mine = Voucher.objects.get(code="AAAA1111")
    assert (mine.member, mine.uses, mine.voided_at) == (gloria, 0, None)
    assert Voucher.objects.get(code="BBBB2222").pool.is_bearer  # type: ignore[union-attr]
    assert counts(load("vouchers", text.replace("manchego,open,A-1", "manchego,used,A-1"))) == (
        (0, 1, 2, 3)
    )
    mine.refresh_from_db()
    assert mine.uses == 1


def test_a_code_of_somebody_else_is_rejected(club: cast.Club, load: Load, gloria: Member) -> None:
    Voucher.objects.create(offer=cast.offer(club), member=gloria, code="AAAA1111")
    assert counts(load("vouchers", "code,offer,state\nAAAA1111,manchego,open\n")) == (0, 0, 0, 1)


def test_earlier_purchases_never_earn(
    club: cast.Club, switch: SwitchOver, gloria: Member, corner: Store
) -> None:
    receipts = ["receipt,account,store,at\n", "R1,A-1,01,2021-03-04T10:00\n"]
    lines = ["receipt,sku,quantity,amount_minor\n", "R1,4711,1,1250\n"]
    for expected in (1, 0):
        loaded = switch_over.load_purchases(switch, receipts, lines, "r.csv")
        assert loaded.purchases == expected
    assert EarnRule.objects.exists()
    assert earning.earn_in_bulk(club.brand) == 0
    assert Purchase.objects.get().total_minor == 1250


def test_totals_are_compared_with_the_other_side(load: Load, switch: SwitchOver) -> None:
    load("lots", LOTS)
    control = ["what,which,amount\n", "points,all,180\n", f"points,{AHEAD}-05,130\n"]
    assert switch_over.reconcile(switch, control) == [
        switch_over.Difference("points", "never", 50, 0)
    ]
    control.append("points,never,50\n")
    assert switch_over.reconcile(switch, control) == []
    with pytest.raises(switch_over.UnreadableFile):
        switch_over.reconcile(switch, ["what,which,amount\n"])


def agreed() -> list[str]:
    """A control file that says what LOTS brought."""
    return ["what,which,amount\n", "points,all,180\n", f"points,{AHEAD}-05,130\n",
            "points,never,50\n"]  # fmt: skip


def test_two_people_sign_when_nothing_differs(
    load: Load, switch: SwitchOver, signers: tuple[User, User]
) -> None:
    load("lots", LOTS)
    one, other = signers
    with pytest.raises(switch_over.NotReconciled):
        switch_over.sign_off(switch, one, other, agreed()[:-1])
    with pytest.raises(ValueError, match="second"):
        switch_over.sign_off(switch, one, one, agreed())
    switch.refresh_from_db()
    assert (switch.signed_by, switch.figures) == (None, {})
    signed = switch_over.sign_off(switch, one, other, agreed())
    assert (signed.signed_by, signed.second, signed.figures["points,all"]) == (one, other, 180)
    with pytest.raises(switch_over.NotOpen):
        load("lots", LOTS)
    with pytest.raises(switch_over.NotOpen):
        switch_over.undo(switch)


def test_only_who_may_signs(
    club: cast.Club, load: Load, switch: SwitchOver, signers: tuple[User, User]
) -> None:
    load("lots", LOTS)
    stranger = User.objects.create_user("zoe", "zoe@esquina.example", "secret")
    for pair in ((stranger, signers[0]), (signers[0], stranger)):
        with pytest.raises(switch_over.MayNotSign, match="zoe"):
            switch_over.sign_off(switch, *pair, agreed())
    switch.refresh_from_db()
    assert (switch.state, switch.signed_by) == ("open", None)


def test_the_second_signs_what_the_first_signed(
    load: Load, switch: SwitchOver, signers: tuple[User, User]
) -> None:
    load("lots", LOTS)
    one, other = signers
    with pytest.raises(ValueError, match="second"):
        switch_over.countersign(switch, other)
    switch_over.sign(switch, one, agreed())
    load("lots", LOTS + "9,A-2,,5,,,\n")
    with pytest.raises(ValueError, match="changed since"):
        switch_over.countersign(switch, other)
    load("lots", LOTS + "9,A-2,,0,,,\n")
    assert switch_over.countersign(switch, other).state == "signed_off"


def test_a_rehearsal_that_one_has_signed_is_undone_without_the_signature(
    load: Load, switch: SwitchOver, signers: tuple[User, User]
) -> None:
    load("lots", LOTS)
    undone = switch_over.undo(switch_over.sign(switch, signers[0], agreed()))
    assert (undone.state, undone.signed_by, undone.figures) == ("undone", None, {})


def test_a_rehearsal_is_undone_as_a_whole(
    club: cast.Club, load: Load, switch: SwitchOver, gloria: Member
) -> None:
    cast.offer(club)
    load("lots", LOTS)
    load("vouchers", "code,offer,state,account\nAAAA1111,manchego,open,A-1\n")
    switch_over.load_purchases(
        switch,
        ["receipt,account,at\n", "R1,A-1,2021-03-04\n"],
        ["receipt,sku,quantity,amount_minor\n", "R1,4711,1,100\n"],
        "r.csv",
    )
    switch_over.undo(switch)
    assert held() == {"A-1": 0, "A-2": 0}
    assert not Voucher.objects.exists()
    assert not Purchase.objects.exists()
    check_books(gloria.account)
    again = switch_over.start(club.brand, AT)
    assert again.pk != switch.pk
    file = switch_over.load(again, "lots", LOTS.splitlines(keepends=True), "file.csv")
    assert counts(file) == (3, 0, 0, 4)
    assert held() == {"A-1": 150, "A-2": 30}


def test_a_file_without_its_columns_is_refused(load: Load) -> None:
    with pytest.raises(switch_over.UnreadableFile, match="points"):
        load("lots", "account\nA-1\n")


def test_the_commands_go_from_file_to_sign_off(
    switch: SwitchOver,
    signers: tuple[User, User],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    lots, control, bad = (tmp_path / name for name in ("lots.csv", "control.csv", "bad.csv"))
    lots.write_text("account;points\nA-1;10\nA-9;1\n")
    told = ["la-esquina", "lots", str(lots), "--at", AT.isoformat(), "--rejects", str(bad)]
    with pytest.raises(SystemExit) as ended:
        call_command("load_opening", *told)
    assert ended.value.code == 1
    assert "A-9" in bad.read_text()
    control.write_text("what,which,amount\npoints,all,11\npoints,never,11\n")
    with pytest.raises(SystemExit):
        call_command("reconcile_opening", "la-esquina", str(control))
    assert "here 10, there 11" in capsys.readouterr().out
    control.write_text("what,which,amount\npoints,all,10\npoints,never,10\n")
    call_command("reconcile_opening", "la-esquina", str(control), "--sign", "marta", "pablo")
    assert SwitchOver.objects.get().state == "signed_off"


def test_only_who_may_closes_months(club: cast.Club, load: Load) -> None:
    load("lots", LOTS)
    with pytest.raises(CommandError, match="may not"):
        call_command("close_month", "la-esquina", f"{AT:%Y-%m}", "--by", "marta")
    club.marketer.is_superuser = True
    club.marketer.save()
    call_command("close_month", "la-esquina", f"{AT:%Y-%m}", "--by", "marta")
    assert months.next_to_close(club.brand) == date(NOW.year, 1, 1)
