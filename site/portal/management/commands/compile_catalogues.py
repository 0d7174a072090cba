"""Compile the translations where the sources lie, as a part of a build."""

from typing import Any

from django.core.management.base import BaseCommand

from portal.catalogues import compile_stale


class Command(BaseCommand):
    """Writes a ``.mo`` beside each ``.po`` that is newer."""

    help = "Compile translations that are newer than their compiled form."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Compile, and name what was written."""
        for path in compile_stale():
            self.stdout.write(f"compiled {path.parts[-3]}")
