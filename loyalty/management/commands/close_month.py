"""Close months of a brand's books for good."""

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from loyalty import months
from profiles.models import Brand, User


class Command(BaseCommand):
    """``close_month corner 2026-03 --by marta``: closes every open month up to that one."""

    help = "Closes the books of a brand up to a month. There is no way back."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Say what can be told."""
        parser.add_argument("brand", help="slug of the brand")
        parser.add_argument("month", help="the last month to close, like 2026-03")
        parser.add_argument("--by", required=True, help="who closes it")

    def handle(self, *_args: Any, **told: Any) -> None:
        """Close month by month, and tell each one's closing."""
        try:
            brand = Brand.objects.get(slug=told["brand"])
            by = User.objects.get_by_natural_key(told["by"])
            last = date.fromisoformat(f"{told['month']}-01")
        except (Brand.DoesNotExist, User.DoesNotExist, ValueError) as error:
            raise CommandError(str(error)) from error
        if not by.has_perm("loyalty.close_month"):
            raise CommandError(f"{by} may not close months.")
        self._close(brand, last, by)

    def _close(self, brand: Brand, last: date, by: User) -> None:
        month = months.next_to_close(brand) or last
        if month > last:
            raise CommandError(f"The next month to close is {month:%Y-%m}.")
        while month <= last:
            try:
                closed = months.close(brand, month, by)
            except (months.NotClosable, months.BooksDisagree) as error:
                raise CommandError(str(error)) from error
            points, money = closed.figures["closing"]
            self.stdout.write(f"{month:%Y-%m} closed: {points} points, {money} minor units owed")
            month = months.next_to_close(brand) or last
