"""Foreign files: what can be read is read, a bad line is named, a bad file is refused whole."""

from io import BytesIO

import pytest

from profiles.csv_files import UnreadableFile, lines
from profiles.importing import import_members
from profiles.models import Brand, Member


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_byte_order_mark_tells_the_encoding(encoding: str) -> None:
    columns, rows = lines(BytesIO("Email,Name\na@example.com,Añá\n".encode(encoding)))
    assert columns == ["email", "name"]
    assert [line.row["name"] for line in rows] == ["Añá"]


def test_an_old_encoding_is_read_when_declared_and_refused_otherwise() -> None:
    data = "email,name\na@example.com,Añá\n".encode("cp1252")
    _columns, rows = lines(BytesIO(data), "cp1252")
    assert next(rows).row["name"] == "Añá"
    with pytest.raises(UnreadableFile, match="not UTF-8"):
        lines(BytesIO(data))


def test_wrong_bytes_far_into_the_file_refuse_it_before_the_first_row() -> None:
    data = b"email\n" + b"a@example.com\n" * 200_000 + b"\xff\n"
    with pytest.raises(UnreadableFile, match="byte 2800006"):
        lines(BytesIO(data))


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_delimiter_is_found_though_a_quoted_name_holds_others(delimiter: str) -> None:
    columns, _rows = lines(BytesIO(f'"a,;,;\t\tb"{delimiter}email\n'.encode()))
    assert columns[1:] == ["email"]


def test_a_cell_of_ten_megabytes_costs_its_own_line_only() -> None:
    data = b"email,name\n1," + b"x" * 10_000_000 + b'\n2,y\n3,"' + b"x" * 10_000_000 + b'"\n'
    _columns, rows = lines(BytesIO(data + b"4,z\n"))
    seen = [(line.number, bool(line.fault)) for line in rows]
    assert seen[:2] == [(2, True), (3, False)]
    assert seen[2][1]


def test_a_line_with_too_many_cells_is_named() -> None:
    _columns, rows = lines(BytesIO(b"email\na@example.com,b\n\nc@example.com\n"))
    assert [(line.number, bool(line.fault)) for line in rows] == [(2, True), (4, False)]


def test_nul_and_control_characters_reject_their_row_only(brand: Brand) -> None:
    data = b"email,first_name\na@example.com,A\x00na\nb@example.com,Bea\n"
    job = import_members(brand, data, "nul.csv")
    assert (job.new, job.rejected) == (1, 1)
    assert Member.objects.get().first_name == "Bea"
