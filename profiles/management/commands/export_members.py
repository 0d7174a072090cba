"""Write a club's members to a CSV file."""

import csv
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from profiles.exporting import COLUMNS, UnknownColumn, export_members
from profiles.models import Brand


class Command(BaseCommand):
    """``export_members corner members.csv --columns email first_name``."""

    help = "Writes a club's members to a CSV file, and keeps on record that it was done."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Say what can be told."""
        parser.add_argument("brand", help="slug of the brand")
        parser.add_argument("file", type=Path)
        parser.add_argument("--columns", nargs="+", default=COLUMNS, help=", ".join(COLUMNS))

    def handle(self, *_args: Any, **told: Any) -> None:
        """Write the file row by row."""
        try:
            rows = export_members(Brand.objects.get(slug=told["brand"]), told["columns"])
        except (Brand.DoesNotExist, UnknownColumn) as error:
            raise CommandError(str(error)) from None
        with told["file"].open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(rows)
