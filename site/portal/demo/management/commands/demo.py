"""Run the demo club on real shopping data, from loading to the response report."""

import signal
from argparse import ArgumentParser
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from portal.demo import environment
from portal.demo.problems import DemoProblem
from portal.demo.progress import Progress


class Command(BaseCommand):
    """The demo; safe to run again, as what was sent is not sent twice."""

    help = __doc__
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Offer to begin anew, and to take fewer households."""
        parser.add_argument("--fresh", action="store_true", help="remove the embedded club first")
        parser.add_argument("--households", type=int, help="load only so many targeted households")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Run the demo, or say in words what went wrong."""
        environment.enter()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, _unwind)
        try:
            with environment.alone():
                good = _run(fresh=options["fresh"], households=options["households"])
        except DemoProblem as error:
            raise CommandError(str(error)) from None
        except KeyboardInterrupt:
            raise CommandError("Interrupted; run it again to go on where it stopped.") from None
        if not good:
            raise CommandError("The demo's figures are not those of the data; see above.")
        self.stdout.write("Open it with: make serve")


def _run(*, fresh: bool, households: int | None) -> bool:
    if fresh:
        _remove()
    try:
        from portal.demo.run import run
    except ImportError as error:
        raise DemoProblem(f"Install requirements/demo.txt first: {error}.") from None
    return run(Progress(), households)


def _remove() -> None:
    if not environment.is_sqlite():
        raise CommandError("--fresh removes the embedded club only; empty a server's yourself.")
    environment.remove_sqlite()
    environment.clear()


def _unwind(_number: int, _frame: FrameType | None) -> None:
    """End on SIGTERM as on Ctrl-C, even where a shell had Ctrl-C ignored."""
    raise KeyboardInterrupt
