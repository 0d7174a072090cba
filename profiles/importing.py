"""Importing members and lists from CSV. No import ever subscribes anyone.

A broken row is reported with its line number and the rest is imported; the same file twice
changes nothing.
"""

from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any, BinaryIO

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from profiles.addresses import InvalidAddress, normalise
from profiles.csv_files import Line, Row, UnreadableFile, lines
from profiles.models import Brand, Card, ImportJob, Member, MemberList, MemberListEntry, User
from profiles.registration import new_member

__all__ = ["RejectedRow", "UnreadableFile", "import_list", "import_members"]

MAX_CELL = 2_000
MAX_REJECTS = 10_000
MEMBER_FIELDS = {"first_name": 80, "last_name": 80, "language": 12, "phone": 20}  # longest text


class RejectedRow(ValueError):
    """The row cannot be imported; the message says why."""


class _DryRun(Exception):
    """Rolls a dry run back."""


def import_members(
    brand: Brand,
    data: bytes | BinaryIO,
    name: str,
    by: User | None = None,
    *,
    dry_run: bool = False,
    encoding: str = "",
) -> ImportJob:
    """Import members by address (columns email, first_name, last_name, language, phone).

    Returns the job with counts and rejects ``[{"line", "reason"}]``; a dry run stores neither the
    members nor the job. Raises UnreadableFile.
    """
    job = ImportJob(brand=brand, kind=ImportJob.Kind.MEMBERS, file_name=name, started_by=by)
    return _run(job, data, {"email"}, lambda row: _import_member(brand, row), dry_run, encoding)


def import_list(
    member_list: MemberList, data: bytes | BinaryIO, name: str, by: User | None = None
) -> ImportJob:
    """Put the members named by the column email or card on a list. Raises UnreadableFile."""
    job = ImportJob(
        brand=member_list.brand, kind=ImportJob.Kind.LIST, file_name=name, started_by=by
    )
    return _run(job, data, set(), lambda row: _import_entry(member_list, row))


def _run(
    job: ImportJob,
    data: bytes | BinaryIO,
    needed: set[str],
    take: Callable[[Row], str],
    dry_run: bool = False,
    encoding: str = "",
) -> ImportJob:
    rows = _rows(data, needed, encoding)
    try:
        with transaction.atomic():
            for line in rows:
                _count(job, line, take)
            if dry_run:
                raise _DryRun
            job.finished_at = timezone.now()
            job.save()
    except _DryRun:
        job.finished_at = timezone.now()
    return job


def _count(job: ImportJob, line: Line, take: Callable[[Row], str]) -> None:
    try:
        if line.fault:
            raise RejectedRow(line.fault)
        with transaction.atomic():
            outcome = take(line.row)
    except RejectedRow as error:
        job.rejected += 1
        if len(job.rejects) < MAX_REJECTS:
            job.rejects.append({"line": line.number, "reason": str(error)})
    else:
        setattr(job, outcome, getattr(job, outcome) + 1)


def _rows(data: bytes | BinaryIO, needed: set[str], encoding: str) -> Iterator[Line]:
    source = BytesIO(data) if isinstance(data, bytes) else data
    columns, rows = lines(source, encoding)
    if not needed <= set(columns) or not columns:
        raise UnreadableFile(f"The first line must name the column {', '.join(needed) or 'email'}.")
    return rows


def _import_member(brand: Brand, row: Row) -> str:
    key, facts = _address(row), _facts(row)
    member = Member.objects.filter(email_key=key).select_related("account").first()
    if member is None:
        member = new_member(brand, row["email"], source="import", **facts)
        return "new"
    if member.account.brand_id != brand.pk:
        raise RejectedRow("The address belongs to a member of another club.")
    changes = {name: text for name, text in facts.items() if getattr(member, name) != text}
    if not changes:
        return "unchanged"
    Member.objects.filter(pk=member.pk).update(**changes)
    return "changed"


def _facts(row: Row) -> dict[str, str]:
    facts = {name: _cell(row, name) for name in MEMBER_FIELDS if _cell(row, name)}
    if facts.get("language", "en") not in dict(settings.LANGUAGES):
        raise RejectedRow(f"The club does not speak “{facts['language'][:20]}”.")
    for name, text in facts.items():
        if len(text) > MEMBER_FIELDS[name]:
            raise RejectedRow(f"The {name.replace('_', ' ')} is too long.")
    return facts


def _import_entry(member_list: MemberList, row: Row) -> str:
    member_id = _find(member_list.brand, row)
    _entry, created = MemberListEntry.objects.get_or_create(
        member_list=member_list, member_id=member_id
    )
    return "new" if created else "unchanged"


def _find(brand: Brand, row: Row) -> int:
    found: Any = None
    if _cell(row, "card"):
        cards = Card.objects.filter(number=_cell(row, "card"), account__brand=brand)
        found = cards.values_list("member_id", flat=True).first()
    elif _cell(row, "email"):
        members = Member.objects.filter(email_key=_address(row), account__brand=brand)
        found = members.values_list("pk", flat=True).first()
    else:
        raise RejectedRow("Neither an address nor a card number.")
    if found is None:
        raise RejectedRow("No member has this address or card.")
    return int(found)


def _address(row: Row) -> str:
    try:
        return normalise(_cell(row, "email"))
    except InvalidAddress as error:
        raise RejectedRow(f"Not an address: {error}") from None


def _cell(row: Row, name: str) -> str:
    text = row.get(name) or ""
    if not isinstance(text, str) or len(text) > MAX_CELL:
        raise RejectedRow(f"The cell {name} is too long.")
    if any(not c.isprintable() for c in text.strip()):
        raise RejectedRow(f"The cell {name} holds characters that cannot be printed.")
    return text.strip()
