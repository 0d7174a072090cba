"""Reading foreign CSV files line by line: memory stays flat however long the file is.

A file that cannot be read at all is refused before its first row; a line that cannot be read is
handed on with its fault, so that the rest of the file still goes in.
"""

import codecs
import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, Final, Protocol

ENCODINGS: Final = ("utf-8", "utf-16", "cp1252")
DELIMITERS: Final = ",;\t"
MAX_LINE: Final = 100_000  # characters; below the csv module's own limit for a cell
CHUNK: Final = 1 << 20  # bytes

Row = dict[str, str]


class UnreadableFile(ValueError):
    """The file as a whole cannot be imported; the message says why."""


@dataclass(frozen=True)
class Line:
    """One row: its number in the file, its cells by column, or the fault that it has."""

    number: int
    row: Row = field(default_factory=dict)
    fault: str = ""


def lines(source: BinaryIO, encoding: str = "") -> tuple[list[str], Iterator[Line]]:
    """Return the columns (lower case) and the rows of a seekable file.

    ``encoding`` is one of ENCODINGS, as declared by whoever brings the file; a byte order mark
    wins over it, and without either the file must be UTF-8. Raises UnreadableFile.
    """
    name = _encoding(source, encoding)
    _refuse_wrong_bytes(source, name)
    text = io.TextIOWrapper(source, encoding=name, newline="")
    delimiter = _delimiter(text)
    reader = csv.reader(_bounded(text), delimiter=delimiter)
    columns = _columns(reader)
    return columns, _lines(reader, columns)


def _encoding(source: BinaryIO, declared: str) -> str:
    if declared and declared not in ENCODINGS:
        raise UnreadableFile(f"Files in “{declared[:20]}” cannot be read.")
    source.seek(0)
    start = source.read(3)
    if start.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    return declared or "utf-8"


def _refuse_wrong_bytes(source: BinaryIO, name: str) -> None:
    source.seek(0)
    decoder, before = codecs.getincrementaldecoder(name)(), 0
    try:
        while chunk := source.read(CHUNK):
            decoder.decode(chunk)
            before += len(chunk)
        decoder.decode(b"", final=True)
    except UnicodeError as error:
        near = before + getattr(error, "start", 0)
        shown = name.removesuffix("-sig").upper()
        raise UnreadableFile(f"The file is not {shown} (near byte {near}).") from None
    source.seek(0)


def _delimiter(text: io.TextIOWrapper) -> str:
    first = text.readline(MAX_LINE)
    text.seek(0)
    outside_quotes = "".join(first.split('"')[::2])
    return max(DELIMITERS, key=outside_quotes.count)


def _bounded(text: io.TextIOWrapper) -> Iterator[str]:
    """Each line of the file; one that is too long comes shortened to just over the limit."""
    try:
        while line := text.readline(MAX_LINE + 1):
            rest = line
            while len(rest) > MAX_LINE and not rest.endswith(("\n", "\r")):
                rest = text.readline(MAX_LINE + 1)
            yield line
    finally:
        text.detach()  # the file is closed by whoever opened it


def _columns(reader: Iterator[list[str]]) -> list[str]:
    try:
        columns = [column.strip().lower() for column in next(reader, [])]
    except csv.Error:
        raise UnreadableFile("The first line is too long.") from None
    if len(set(columns)) != len(columns):
        raise UnreadableFile("A column appears twice in the first line.")
    return columns


class _Reader(Protocol):
    """What the csv module's reader is."""

    line_num: int

    def __iter__(self) -> Iterator[list[str]]: ...
    def __next__(self) -> list[str]: ...


def _lines(reader: _Reader, columns: list[str]) -> Iterator[Line]:
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield Line(reader.line_num, fault="The line is too long, or a quote is never closed.")
            continue
        if cells:
            yield _line(reader.line_num, columns, cells)


def _line(number: int, columns: list[str], cells: list[str]) -> Line:
    if sum(map(len, cells)) >= MAX_LINE:
        return Line(number, fault="The line is too long.")
    if len(cells) > len(columns):
        return Line(number, fault="The line has more cells than the first line.")
    return Line(number, dict(zip(columns, cells, strict=False)))
