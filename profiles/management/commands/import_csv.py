"""Import members from a CSV file: the same code as the staff's screen."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from profiles.csv_files import ENCODINGS
from profiles.importing import UnreadableFile, import_members
from profiles.models import Brand, ImportJob


class Command(BaseCommand):
    """``import_csv corner members.csv --dry-run``."""

    help = "Imports members by address. Nobody is subscribed to anything."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Say what can be told."""
        parser.add_argument("brand", help="slug of the brand")
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="count, but keep nothing")
        parser.add_argument("--encoding", choices=ENCODINGS, default="")

    def handle(self, *_args: Any, **told: Any) -> None:
        """Print what was new, changed, unchanged, and each line that was refused."""
        try:
            job = self._import(told)
        except (Brand.DoesNotExist, OSError, UnreadableFile) as error:
            raise CommandError(str(error)) from None
        for reject in job.rejects:
            self.stdout.write(f"line {reject['line']}: {reject['reason']}")
        self.stdout.write(
            f"{job.new:,} new, {job.changed:,} changed, "
            f"{job.unchanged:,} unchanged, {job.rejected:,} rejected"
        )

    def _import(self, told: dict[str, Any]) -> ImportJob:
        brand = Brand.objects.get(slug=told["brand"])
        with told["file"].open("rb") as file:
            return import_members(
                brand,
                file,
                told["file"].name[:200],
                dry_run=told["dry_run"],
                encoding=told["encoding"],
            )
