"""Exports: the columns one chose, nobody who was erased, no formulas, always on record."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from profiles.exporting import UnknownColumn, defused, export_members
from profiles.models import Brand, Member, MemberExport
from profiles.registration import new_member


def test_an_export_holds_the_chosen_columns_in_that_order(brand: Brand) -> None:
    new_member(brand, "ana@example.com", first_name="Ana")
    rows = list(export_members(brand, ["first_name", "email"]))
    assert rows == [["first_name", "email"], ["Ana", "ana@example.com"]]


def test_an_erased_member_is_not_exported(brand: Brand) -> None:
    ana = new_member(brand, "ana@example.com")
    Member.objects.filter(pk=ana.pk).update(status=Member.Status.ERASED)
    assert len(list(export_members(brand, ["email"]))) == 1


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_is_a_formula(start: str) -> None:
    assert defused(f"{start}cmd") == f"'{start}cmd"
    assert defused(f"a{start}") == f"a{start}"


@pytest.mark.parametrize("columns", [[], ["email", "user__password"]])
def test_only_listed_columns_can_be_exported(brand: Brand, columns: list[str]) -> None:
    with pytest.raises(UnknownColumn):
        export_members(brand, columns)
    assert not MemberExport.objects.exists()


def test_an_export_is_on_record_before_its_first_row(brand: Brand) -> None:
    export_members(brand, ["email"])
    assert MemberExport.objects.get().columns == ["email"]


def test_what_a_command_exports_another_imports_without_a_change(
    brand: Brand, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    new_member(brand, "ana@example.com", first_name="Ana")
    file = tmp_path / "members.csv"
    call_command("export_members", brand.slug, str(file))
    call_command("import_csv", brand.slug, str(file))
    assert "0 new, 0 changed, 1 unchanged, 0 rejected" in capsys.readouterr().out
    with pytest.raises(CommandError, match="No such column"):
        call_command("export_members", brand.slug, str(file), "--columns", "password")
