"""Compare what was taken over with the control file; sign it off, or undo a rehearsal."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from loyalty import switch_over
from loyalty.models import SwitchOver
from profiles.models import User


class Command(BaseCommand):
    """``reconcile_opening corner control.csv [--sign marta pablo]``; ``… --undo``."""

    help = "Lists differences to the control file; exit status 1 when there is one."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Say what can be told."""
        parser.add_argument("brand", help="slug of the brand")
        parser.add_argument("control", type=Path, nargs="?")
        parser.add_argument("--sign", nargs=2, metavar="USER", help="the two who sign it off")
        parser.add_argument("--undo", action="store_true", help="take the rehearsal back")

    def handle(self, *_args: Any, **told: Any) -> None:
        """Compare, sign or undo."""
        try:
            self._run(**told)
        except (OSError, ValueError, SwitchOver.DoesNotExist, User.DoesNotExist) as error:
            raise CommandError(str(error)) from error
        except switch_over.NotReconciled as error:
            self._tell(error.args[0])

    def _run(self, **told: Any) -> None:
        switch = SwitchOver.objects.get(brand__slug=told["brand"], state=SwitchOver.State.OPEN)
        if told["undo"]:
            switch_over.undo(switch)
            self.stdout.write("The rehearsal is undone.")
            return
        if told["control"] is None:
            raise CommandError("Name the control file.")
        with told["control"].open(encoding="utf-8-sig", newline="") as control:
            if told["sign"]:
                first, second = (User.objects.get_by_natural_key(name) for name in told["sign"])
                switch_over.sign_off(switch, first, second, control)
                self.stdout.write("Signed off.")
                return
            self._tell(switch_over.reconcile(switch, control))

    def _tell(self, differences: list[switch_over.Difference]) -> None:
        for one in differences:
            self.stdout.write(f"{one.what},{one.which}: here {one.ours}, there {one.theirs}")
        self.stdout.write(f"{len(differences)} differences")
        if differences:
            sys.exit(1)
