"""The demo's database is brought up to date, migration by migration."""

import io

from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from portal.demo.progress import Counter, Progress


def migrate(progress: Progress) -> None:
    """Apply what is missing, and show how far it is."""
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    with progress.count("Preparing the database", len(missing), "migrations") as counter:
        call_command("migrate", verbosity=1, stdout=_Applied(counter), no_color=True)


class _Applied(io.StringIO):
    """Counts the migrations that the command says it has applied."""

    def __init__(self, counter: Counter) -> None:
        super().__init__()
        self._counter = counter

    def write(self, text: str, /) -> int:
        """Take a piece of what the command prints."""
        self._counter.update(text.count(" OK"))
        return len(text)
