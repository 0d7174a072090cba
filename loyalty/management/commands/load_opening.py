"""Take a file of another system over: points, tiers or vouchers."""

import csv
import sys
from argparse import ArgumentParser
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from loyalty import switch_over
from loyalty.models import SwitchFile
from profiles.models import Brand
from profiles.time_zones import zone_named


class Command(BaseCommand):
    """``load_opening corner lots lots.csv --at 2026-01-01 [--dry-run] [--rejects bad.csv]``."""

    help = "Loads opening points, tiers or vouchers; exit status 1 when a row was rejected."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Say what can be told."""
        parser.add_argument("brand", help="slug of the brand")
        parser.add_argument("kind", choices=["lots", "tiers", "vouchers"])
        parser.add_argument("file", type=Path)
        parser.add_argument("--at", required=True, help="moment of the switch, like 2026-01-01")
        parser.add_argument("--dry-run", action="store_true")
        parser.add_argument("--rejects", type=Path, help="where rejected rows are written")

    def handle(self, *_args: Any, **told: Any) -> None:
        """Load the file."""
        try:
            file = self._load(**told)
        except (OSError, ValueError, switch_over.NotOpen, Brand.DoesNotExist) as error:
            raise CommandError(str(error)) from error
        self._tell(file)
        if file.rejected:
            sys.exit(1)

    def _load(self, **told: Any) -> SwitchFile:
        brand = Brand.objects.get(slug=told["brand"])
        at = datetime.fromisoformat(told["at"])
        at = at if at.tzinfo else at.replace(tzinfo=zone_named(brand.time_zone))
        with ExitStack() as open_files:
            lines = open_files.enter_context(told["file"].open(encoding="utf-8-sig", newline=""))
            rejects = None
            if told["rejects"]:
                out = open_files.enter_context(told["rejects"].open("w", newline=""))
                rejects = csv.writer(out)
            return switch_over.load(
                switch_over.start(brand, at),
                told["kind"],
                lines,
                told["file"].name,
                rejects=rejects,
                dry_run=told["dry_run"],
                progress=self._tell,
            )

    def _tell(self, file: SwitchFile) -> None:
        self.stdout.write(
            f"{file.name}: {file.new} new, {file.changed} changed,"
            f" {file.unchanged} unchanged, {file.rejected} rejected"
        )
