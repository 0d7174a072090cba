"""Purchases from before the switch: kept for returns and segments, and never earning again."""

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from loyalty import history
from loyalty.history import BEFORE_SWITCH, BasketRow, LineRow, Loaded
from loyalty.models import SwitchFile, SwitchOver
from loyalty.switch_over.reading import Numbered, RejectedRow, cell, moment, read
from loyalty.switch_over.starting import require_open
from profiles.time_zones import zone_named


class _DryRun(Exception):
    """Rolls a dry run back."""


def source_of(switch: SwitchOver) -> str:
    """The source of a switch-over's purchases, which never earns."""
    return f"{BEFORE_SWITCH}{switch.pk}"


def load_purchases(
    switch: SwitchOver,
    baskets: Iterable[str],
    lines: Iterable[str],
    name: str,
    *,
    dry_run: bool = False,
) -> Loaded:
    """Load baskets (receipt, account, store, at) and lines (receipt, sku, quantity, amount_minor,
    discount_minor); returns the counts. A receipt that is there stays as it is.

    Raises NotOpen, UnreadableFile; the first cell that cannot be read stops the load.
    """
    loaded = Loaded()
    try:
        with transaction.atomic():
            require_open(switch)
            loaded = history.load(
                switch.brand,
                stores=(),
                products=(),
                baskets=map(_basket(switch), read(baskets, ("receipt", "account", "at"))),
                lines=map(_line, read(lines, ("receipt", "sku", "quantity", "amount_minor"))),
                source=source_of(switch),
            )
            _remember(switch, name, loaded)
            if dry_run:
                raise _DryRun
    except _DryRun:
        pass
    return loaded


def _remember(switch: SwitchOver, name: str, loaded: Loaded) -> None:
    SwitchFile.objects.create(
        switch=switch,
        kind=SwitchFile.Kind.PURCHASES,
        name=name[:200],
        finished_at=timezone.now(),
        new=loaded.purchases,
        unchanged=loaded.baskets_loaded_before,
        rejected=loaded.baskets_of_unknown_accounts,
    )


class _basket:  # noqa: N801
    """Reads a basket's row in the brand's zone."""

    def __init__(self, switch: SwitchOver) -> None:
        self.zone, self.until = zone_named(switch.brand.time_zone), switch.at

    def __call__(self, numbered: Numbered) -> BasketRow:
        line, row = numbered
        at = moment(row, "at", self.zone)
        if at is None or at > self.until:
            raise RejectedRow(f"Line {line}: a purchase before the switch needs its moment.")
        return cell(row, "receipt"), cell(row, "account"), cell(row, "store"), at


def _line(numbered: Numbered) -> LineRow:
    line, row = numbered
    try:
        quantity, amount = int(cell(row, "quantity")), int(cell(row, "amount_minor"))
        discount = int(cell(row, "discount_minor") or 0)
    except ValueError:
        raise RejectedRow(f"Line {line}: quantity and amounts are whole numbers.") from None
    return cell(row, "receipt"), cell(row, "sku"), quantity, amount, discount
