"""Tills that earn, spend, hold and take back points until their database goes away.

``python -m tests.faults.tills <database> prepare | spend <file> <till> | judge <file>``. A till
writes the key of each entry into the file after the ledger has answered.
"""

import os
import random
import secrets
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.ground import stand_on

WALLETS = 40


def main(url: str, what: str, *more: str) -> None:
    """Do one of the three."""
    stand_on(url)
    acts: dict[str, Callable[..., None]] = {"prepare": prepare, "spend": spend, "judge": judge}
    acts[what](*more)


def prepare() -> None:
    """A club with points to spend."""
    from django.core.management import call_command
    from django.utils import timezone

    from loyalty import ledger
    from profiles.models import Account
    from tests import cast

    call_command("migrate", verbosity=0)
    brand, now = cast.club().brand, timezone.now()
    for number in range(WALLETS):
        account = Account.objects.create(brand=brand)
        ledger.earn(
            account, [ledger.Parcel(10_000, now)], "test", f"first:{number}", occurred_at=now
        )


def spend(answered: str, till: str) -> None:
    """Let the ledger do one thing after the other."""
    from profiles.models import Account

    accounts, chance = list(Account.objects.order_by("pk")), random.Random(till)
    with Path(answered).open("a", buffering=1) as file:
        while True:
            key = f"{till}:{secrets.token_hex(8)}"
            chance.choice(_acts())(chance.choice(accounts), key)
            file.write(f"{key}\n")


def judge(answered: str) -> None:
    """Every answered entry is there, and the audit finds no difference."""
    from loyalty import audit
    from loyalty.models import Entry

    keys = set(Path(answered).read_text().split())
    lost = keys - set(Entry.objects.values_list("idempotency_key", flat=True))
    found = [str(difference) for difference in audit.differences()]
    if lost or found:
        sys.exit(f"{len(lost)} answered entries are lost; {found[:10]}")


def _acts() -> list[Callable[..., object]]:
    from django.utils import timezone

    from loyalty import ledger

    def earn(account: Any, key: str) -> None:
        now = timezone.now()
        ledger.earn(account, [ledger.Parcel(50, now)], "till", key, occurred_at=now)

    def redeem(account: Any, key: str) -> None:
        ledger.redeem(account, 7, "till", key)

    def hold(account: Any, key: str) -> None:
        held = ledger.hold(account, 5, "till", key)
        ledger.capture(held, "till", f"{key}:captured")

    def take_back(account: Any, key: str) -> None:
        now = timezone.now()
        entry = ledger.earn(account, [ledger.Parcel(9, now)], "till", key, occurred_at=now)
        ledger.take_back(entry, {entry.lots.get().pk: 4}, "till", f"{key}:back")

    return [earn, redeem, hold, take_back]


if __name__ == "__main__":
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    main(*sys.argv[1:])
