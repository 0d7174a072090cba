"""Open the demo club: portal, staff site and inbox on localhost, until Ctrl-C."""

import signal
import time
from types import FrameType
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from portal.demo import environment
from portal.demo.models import DemoLoad
from portal.demo.problems import DemoProblem
from portal.demo.processes import Processes, choose_port

ADDRESSES = {"Portal": "/", "Staff site": "/staff/", "Demo inbox": "/demo/inbox/"}


class Command(BaseCommand):
    """Web server, worker and beat of the demo club."""

    help = __doc__
    requires_migrations_checks = False

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Serve until Ctrl-C, and leave nothing running."""
        environment.enter()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, _unwind)
        try:
            with environment.alone():
                self._serve(_loaded())
        except DemoProblem as error:
            raise CommandError(str(error)) from None
        except KeyboardInterrupt:
            self.stdout.write("\nClosed.")

    def _serve(self, load: DemoLoad) -> None:
        known = load.base_url.rpartition(":")[2]
        processes = Processes(choose_port(int(known)) if known.isdigit() else choose_port())
        processes.start()
        with processes:
            self._tell(load, processes.base_url)
            while True:
                processes.check()
                time.sleep(1)

    def _tell(self, load: DemoLoad, base_url: str) -> None:
        self.stdout.write("")
        for name, path in ADDRESSES.items():
            self.stdout.write(f"  {name:<11} {base_url}{path}")
        self.stdout.write("\n  Sign-ins for the staff site, good for this demo only:")
        for username, password in load.sign_ins["staff"].items():
            self.stdout.write(f"  {username:<11} {password}")
        if load.base_url and load.base_url != base_url:
            self.stdout.write(f"\n  Links in mails sent before lead to {load.base_url}.")
        self.stdout.write("\n  Ctrl-C closes the club.")
        self.stdout.flush()


def _loaded() -> DemoLoad:
    call_command("migrate", verbosity=0)
    load = DemoLoad.objects.first()
    if load is None:
        raise CommandError("There is no demo club yet: run make demo first.")
    return load


def _unwind(_number: int, _frame: FrameType | None) -> None:
    """End on SIGTERM as on Ctrl-C, even where a shell had Ctrl-C ignored."""
    raise KeyboardInterrupt
