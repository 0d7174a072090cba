"""``manage.py audit_ledger``: work everything out again; exit status 1 when something differs."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from loyalty.audit import audit


class Command(BaseCommand):
    """Audit the points ledger."""

    help = "Recompute wallets, lots and entries from postings and print what differs."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Print each difference (the first hundred) and how many there are."""
        run = audit()
        for line in run.found:
            self.stdout.write(line)
        self.stdout.write(
            f"{run.entries:,} entries of {run.wallets:,} wallets: {run.differences:,} differences"
        )
        if run.differences:
            sys.exit(1)
