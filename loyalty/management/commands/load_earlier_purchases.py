"""Take purchases from before a switch over; they never earn."""

from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from loyalty import switch_over
from loyalty.models import SwitchOver


class Command(BaseCommand):
    """``load_earlier_purchases corner receipts.csv lines.csv [--dry-run]``."""

    help = "Loads receipts from before the open switch-over of a brand."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Say what can be told."""
        parser.add_argument("brand", help="slug of the brand")
        parser.add_argument("receipts", type=Path)
        parser.add_argument("lines", type=Path)
        parser.add_argument("--dry-run", action="store_true")

    def handle(self, *_args: Any, **told: Any) -> None:
        """Load both files."""
        try:
            switch = SwitchOver.objects.get(brand__slug=told["brand"], state=SwitchOver.State.OPEN)
            with (
                told["receipts"].open(encoding="utf-8-sig", newline="") as receipts,
                told["lines"].open(encoding="utf-8-sig", newline="") as lines,
            ):
                loaded = switch_over.load_purchases(
                    switch, receipts, lines, told["receipts"].name, dry_run=told["dry_run"]
                )
        except (OSError, ValueError, SwitchOver.DoesNotExist) as error:
            raise CommandError(str(error)) from error
        for name, count in asdict(loaded).items():
            self.stdout.write(f"{name}: {count}")
