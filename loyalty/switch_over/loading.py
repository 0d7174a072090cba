"""One file into the books: what is new, changed, unchanged or rejected, batch by batch.

A dry run does all of it in one transaction that is rolled back, so it finds what the real run
would find; wallets stay locked until it ends. The real run commits each batch: one that broke off
is repeated from the beginning, and finds what is there unchanged.
"""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field

from django.db import transaction
from django.utils import timezone

from loyalty.bulk import reserve_ids, write_rows
from loyalty.models import SwitchFile, SwitchOver, SwitchRow
from loyalty.switch_over import lots, tiers, vouchers
from loyalty.switch_over.placing import Kind, Placed, find_accounts
from loyalty.switch_over.reading import (
    Numbered,
    RejectedRow,
    Row,
    Told,
    Writer,
    batches,
    harmless,
    read,
)
from loyalty.switch_over.starting import require_open

KINDS: dict[str, type[Kind]] = {
    SwitchFile.Kind.LOTS.value: lots.Lots,
    SwitchFile.Kind.TIERS.value: tiers.Tiers,
    SwitchFile.Kind.VOUCHERS.value: vouchers.Vouchers,
}
ROW_COLUMNS = (
    "id", "switch", "kind", "key", "last_file", "account", "amount", "expires_at", "label",
    "version", "entry",
)  # fmt: skip


class _DryRun(Exception):
    """Rolls a dry run back."""


@dataclass
class _Pass:
    """A file on its way in."""

    switch: SwitchOver
    file: SwitchFile
    kind: Kind
    rejects: Writer | None
    new: list[Placed] = field(default_factory=list)
    met: list[int] = field(default_factory=list)

    def reject(self, line: int, row: Row, reason: str) -> None:
        self.file.rejected += 1
        if self.rejects:
            cells = [harmless(str(text or "")) for text in row.values()]
            self.rejects.writerow([line, reason, *cells])


def load(
    switch: SwitchOver,
    kind: str,
    lines: Iterable[str],
    name: str,
    *,
    rejects: Writer | None = None,
    dry_run: bool = False,
    progress: Callable[[SwitchFile], None] | None = None,
) -> SwitchFile:
    """Take a file of lots, tiers or vouchers over; returns it with its counts.

    ``rejects`` gets line number, reason and cells of every rejected row. Raises NotOpen,
    UnreadableFile.
    """
    taker = KINDS[kind](switch)
    rows = read(lines, taker.needed)
    file = SwitchFile(switch=switch, kind=kind, name=name[:200])
    whole: AbstractContextManager[object] = transaction.atomic() if dry_run else nullcontext()
    try:
        with whole:
            file.save()
            for batch in batches(rows):
                _take(_Pass(switch, file, taker, rejects), batch)
                if progress:
                    progress(file)
            file.finished_at = timezone.now()
            file.save()
            if dry_run:
                raise _DryRun
    except _DryRun:
        file.pk = None
    return file


@transaction.atomic
def _take(run: _Pass, batch: list[Numbered]) -> None:
    require_open(run.switch)
    told = _parse(run, batch)
    accounts = find_accounts(run.switch.brand, [one for _line, _row, one in told])
    keys = [one.key for _line, _row, one in told]
    rows = SwitchRow.objects.filter(switch=run.switch, kind=run.file.kind, key__in=keys)
    known = {row.key: row for row in rows}
    seen: set[str] = set()
    new = [one for _line, _row, one in told if one.key not in known]
    run.kind.prepare(new, set(accounts.values()))
    for line, row, one in told:
        try:
            _sort(run, one, accounts, known.get(one.key), seen)
        except RejectedRow as error:
            run.reject(line, row, str(error))
        seen.add(one.key)
    SwitchRow.objects.filter(pk__in=run.met).update(last_file=run.file)
    _write(run)
    run.file.save()


def _parse(run: _Pass, batch: list[Numbered]) -> list[tuple[int, Row, Told]]:
    told = []
    for line, row in batch:
        try:
            told.append((line, row, run.kind.parse(row)))
        except RejectedRow as error:
            run.reject(line, row, str(error))
    return told


def _sort(
    run: _Pass,
    told: Told,
    accounts: dict[tuple[str, str], int],
    earlier: SwitchRow | None,
    seen: set[str],
) -> None:
    """Put a row where it belongs; a changed one is booked at once."""
    account = accounts.get(told.holder) if told.holder else None
    if told.holder and account is None:
        raise RejectedRow("No account has this number or card.")
    if told.key in seen or (earlier and earlier.last_file_id == run.file.pk):
        raise RejectedRow("A row with this key came before in this file.")
    if earlier is None:
        run.kind.check(told, account)
        run.new.append(Placed(0, told, account))
        run.file.new += 1
        return
    if earlier.account_id != account:
        raise RejectedRow("A row with this key belongs to another account.")
    run.met.append(earlier.pk)
    if _says(earlier) == (told.amount, told.expires_at, told.label):
        run.file.unchanged += 1
        return
    _change(run, earlier, told, account)
    run.file.changed += 1


def _says(row: SwitchRow) -> tuple[object, ...]:
    return (row.amount, row.expires_at, row.label)


def _change(run: _Pass, row: SwitchRow, told: Told, account: int | None) -> None:
    row.version += 1
    run.kind.change(row, Placed(row.pk, told, account))
    row.amount, row.expires_at, row.label = told.amount, told.expires_at, told.label
    row.save(update_fields=["version", "amount", "expires_at", "label"])


def _write(run: _Pass) -> None:
    pks = reserve_ids(SwitchRow, len(run.new))
    placed = [Placed(pk, one.told, one.account) for pk, one in zip(pks, run.new, strict=True)]
    entries = run.kind.take(placed)
    rows = (
        (
            one.pk, run.switch.pk, run.file.kind, one.told.key, run.file.pk, one.account,
            one.told.amount, one.told.expires_at, one.told.label, 1, entries.get(one.pk),
        )
        for one in placed
    )  # fmt: skip
    write_rows(SwitchRow, ROW_COLUMNS, rows)
