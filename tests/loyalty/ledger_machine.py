"""Hypothesis tells stories of two wallets; after each step the ledger must be as the plain one.

There are few rules with many kinds each, because Hypothesis leaves whole rules out of a story.
They draw from what happened before: redemptions to reverse, earnings to take back in parts, holds
to end. Each step is done twice under its key, and must have happened once.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from loyalty import ledger
from loyalty.bulk import refresh_statistics
from loyalty.models import Allocation, Entry, Hold, Lot, Posting, Wallet
from loyalty.statement import statement
from profiles.models import Account, Brand
from tests.loyalty.books import MARCH, check_books
from tests.loyalty.plain_ledger import FAR, Bag, Plain, Refused, days

POINTS = st.integers(1, 60)
WHICH = st.integers(0, 1)
PICK = st.integers(0, 7)
# A few lengths only, so that waiting often ends just when something matures or lapses.
PENDING = st.sampled_from([0, 0, 0, 10])
VALID = st.sampled_from([10, 20, 30, None])
DAYS = st.sampled_from([0, 0, 3, 10, 20])
KEEP = st.sampled_from([0, 0, 5])


class LedgerMachine(RuleBasedStateMachine):
    """Two accounts of one brand, the clock, and the plain ledger beside the real one."""

    brand: Brand
    steps_taken = 0

    @initialize()
    def open_accounts(self) -> None:
        """Begin with nothing."""
        # All stories are told in one transaction, into whose rows no autovacuum looks.
        refresh_statistics(Wallet, Entry, Posting, Lot, Allocation, Hold)
        self.accounts = [Account.objects.create(brand=self.brand) for _ in range(2)]
        self.plain = [Plain(), Plain()]
        self.now: datetime = MARCH
        self.step = 0
        self.bags: dict[int, Bag] = {}
        self.earned: list[tuple[int, Entry]] = []
        self.spent: list[tuple[int, Entry, list[tuple[Bag, int]], int]] = []
        self.holds: list[tuple[int, Hold, Any]] = []

    @rule(
        kind=st.sampled_from(["earn", "earn", "adjust"]),
        which=WHICH,
        points=POINTS,
        other=st.integers(0, 30),
        pending=PENDING,
        valid=VALID,
        later=DAYS,
    )
    def gain(
        self,
        kind: str,
        which: int,
        points: int,
        other: int,
        pending: int,
        valid: int | None,
        later: int,
    ) -> None:
        """Points come in."""
        self.now += timedelta(days=later)
        if kind == "earn":
            self.earn(which, points, other, pending, valid)
        else:
            self.adjust(which, points, valid)

    @rule(
        kind=st.sampled_from(["redeem", "redeem", "hold", "hold", "overdraw", "adjust"]),
        which=WHICH,
        points=st.integers(1, 30),
        valid=st.sampled_from([3, 10, None]),
        later=DAYS,
    )
    def spend(self, kind: str, which: int, points: int, valid: int | None, later: int) -> None:
        """Points go out, or are set aside."""
        self.now += timedelta(days=later)
        if kind == "hold":
            self.hold(which, points, valid)
        elif kind == "adjust":
            self.adjust(which, -points, None)
        else:
            getattr(self, kind)(which, points)

    @rule(
        kind=st.sampled_from(["hold", "redemption", "redemption", "part", "part", "earning"]),
        pick=PICK,
        part=st.integers(1, 70),
        keep=KEEP,
        captured=st.booleans(),
        later=DAYS,
    )
    def undo(self, kind: str, pick: int, part: int, keep: int, captured: bool, later: int) -> None:
        """Something is taken back, or comes to its end."""
        self.now += timedelta(days=later)
        if kind == "hold":
            self.end_hold(pick, captured)
        elif kind == "redemption":
            self.reverse_redemption(pick, keep)
        elif kind == "part":
            self.take_back(pick, part)
        else:
            self.reverse_earning(pick)

    def do(
        self, which: int, act: Callable[..., Any], model: Callable[[], Any], *how: Any, **more: Any
    ) -> Any:
        """Let both ledgers act, the real one twice; returns what came out of each, or None."""
        self.step += 1
        self.now += timedelta(seconds=1)
        key = f"{self.accounts[0].pk}:{self.step}"
        try:
            self.plain[which].advance(self.now)
            expected = model()
        except Refused:
            for _again in range(2):
                with pytest.raises((ledger.NotEnoughPoints, ledger.NotReversible)):
                    act(*how, "story", key, now=self.now, **more)
            # A refusal books nothing, not even what time has changed.
            ledger.settle(self.accounts[which], self.now)
            return None
        results = [act(*how, "story", key, now=self.now, **more) for _again in range(2)]
        assert results[0] == results[1]
        return results[0], expected

    def earn(self, which: int, points: int, other: int, pending: int, valid: int | None) -> None:
        """Earn one or two parcels."""
        begins = self.now + timedelta(days=pending, seconds=1)
        ends = None if valid is None else begins + timedelta(days=valid)
        parcels = [ledger.Parcel(points, begins, ends)]
        parcels += [ledger.Parcel(other, begins, None)] if other else []
        plain = self.plain[which]
        # Earning settles nothing unless there is debt.
        self.step += 1
        self.now += timedelta(seconds=1)
        key = f"{self.accounts[0].pk}:{self.step}"
        entries = [
            ledger.earn(
                self.accounts[which], parcels, "story", key, occurred_at=self.now, now=self.now
            )
            for _again in range(2)
        ]
        assert entries[0] == entries[1]
        for lot in Lot.objects.filter(entry=entries[0]).order_by("pk"):
            bag = Bag(
                lot.pk, lot.original, begins, lot.expires_at or FAR, pending > 0, lot.original
            )
            self.bags[lot.pk] = bag
            plain.earn(bag)
        if plain.debt:
            plain.advance(self.now)
        self.earned.append((which, entries[0]))

    def redeem(self, which: int, points: int) -> None:
        """Spend points, if they are there."""
        plain, account = self.plain[which], self.accounts[which]
        done = self.do(which, ledger.redeem, lambda: plain.spend(points), account, points)
        if done:
            self.spent.append((which, done[0], done[1], 0))

    def overdraw(self, which: int, points: int) -> None:
        """Record what a till has given away, there or not."""
        plain = self.plain[which]

        def model() -> tuple[list[tuple[Bag, int]], int]:
            taken = plain.take(points)
            missing = points - sum(amount for _bag, amount in taken)
            plain.debt += missing
            return taken, missing

        done = self.do(which, ledger.redeem, model, self.accounts[which], points, overdraw=True)
        self.spent.append((which, done[0], *done[1]))

    def adjust(self, which: int, points: int, valid: int | None) -> None:
        """Give or take points for a reason."""
        plain, account = self.plain[which], self.accounts[which]
        if points < 0:
            self.do(which, ledger.adjust, lambda: plain.spend(-points), account, points, reason="x")
            return
        ends = None if valid is None else self.now + timedelta(days=valid)
        self.step += 1
        self.now += timedelta(seconds=1)
        key = f"{self.accounts[0].pk}:{self.step}"
        entry = ledger.adjust(
            account, points, "story", key, reason="x", expires_at=ends, now=self.now
        )
        lot = entry.lots.get()
        plain.earn(Bag(lot.pk, points, self.now, ends or FAR, waits=False, left=points))
        self.bags[lot.pk] = plain.bags[-1]
        if plain.debt:
            plain.advance(self.now)
        self.earned.append((which, entry))

    def hold(self, which: int, points: int, valid: int | None) -> None:
        """Set points aside."""
        plain = self.plain[which]
        ends = None if valid is None else self.now + timedelta(days=valid)
        done = self.do(
            which,
            ledger.hold,
            lambda: plain.set_aside(points, ends or FAR),
            self.accounts[which],
            points,
            expires_at=ends,
        )
        if done:
            self.holds.append((which, *done))

    def end_hold(self, pick: int, captured: bool) -> None:
        """Capture or release what was set aside, unless it has run out."""
        if not self.holds:
            return
        which, hold, aside = self.holds.pop(pick % len(self.holds))
        plain = self.plain[which]

        def model() -> list[tuple[Bag, int]]:
            if aside not in plain.asides:
                raise Refused
            if captured:
                plain.asides.remove(aside)
            else:
                plain.release(aside, self.now)
                plain.repay()
            return list(aside.taken)

        done = self.do(which, ledger.capture if captured else ledger.release, model, hold)
        if done and captured:
            self.spent.append((which, *done, 0))

    def reverse_redemption(self, pick: int, keep: int) -> None:
        """Reverse a redemption: its points go back where they came from."""
        if not self.spent:
            return
        which, entry, taken, missing = self.spent.pop(pick % len(self.spent))
        plain = self.plain[which]

        def model() -> int:
            gone = plain.put_back(taken, self.now)
            forgiven = min(missing, plain.debt)
            plain.debt -= forgiven
            if keep:
                for bag, points in taken:
                    bag.lapsed -= points if bag.ends <= self.now else 0
            return missing - forgiven + (gone if keep else 0)

        done = self.do(which, ledger.reverse, model, entry, keep=timedelta(days=keep))
        reversal, anew = done
        if anew:
            lot = reversal.lots.get()
            assert lot.original == anew
            bag = Bag(lot.pk, anew, self.now, lot.expires_at or FAR, waits=False, left=anew)
            self.bags[lot.pk] = bag
            plain.bags.append(bag)
            assert bag.ends == days(keep or None, self.now) if keep else bag.ends > self.now
        plain.repay()

    def take_back(self, pick: int, part: int) -> None:
        """Take a part of an earning back, whatever became of its points."""
        if not self.earned:
            return
        which, entry = self.earned[pick % len(self.earned)]
        lots = list(entry.lots.order_by("pk"))
        wanted = {lots[0].pk: part}
        plain = self.plain[which]
        self.do(
            which,
            ledger.take_back,
            lambda: plain.take_back({self.bags[pk]: points for pk, points in wanted.items()}),
            entry,
            wanted,
        )

    def reverse_earning(self, pick: int) -> None:
        """Take back whatever is left of an earning."""
        if not self.earned:
            return
        which, entry = self.earned.pop(pick % len(self.earned))
        plain = self.plain[which]

        def model() -> None:
            bags = [self.bags[lot.pk] for lot in entry.lots.order_by("pk")]
            wanted = {bag: bag.points - bag.returned for bag in bags}
            if not any(wanted.values()):
                raise Refused
            plain.take_back(wanted)

        self.do(which, ledger.reverse, model, entry)

    @rule(which=WHICH, settle=st.sampled_from([True, True, True, False]), later=DAYS)
    def settle_or_merge(self, which: int, settle: bool, later: int) -> None:
        """The nightly job runs; now and then one account takes over the other."""
        self.now += timedelta(days=later)
        if settle:
            self.settle(which)
        else:
            self.merge(which)

    def merge(self, which: int) -> None:
        """One account takes over the other, whose place a new one takes."""
        self.step += 1
        self.now += timedelta(seconds=1)
        key = f"{self.accounts[0].pk}:{self.step}"
        origin, target = self.accounts[which], self.accounts[1 - which]
        for _again in range(2):
            ledger.transfer(origin, target, "story", key, reason="Merged", now=self.now)
        self.plain[0].advance(self.now)
        self.plain[1].advance(self.now)
        gone, kept = self.plain[which], self.plain[1 - which]
        kept.bags += gone.bags
        kept.asides += gone.asides
        kept.debt += gone.debt
        kept.repay()
        check_books(origin)
        self.accounts[which] = Account.objects.create(brand=self.brand)
        self.plain[which] = Plain()
        self.earned = [(1 - which, entry) for _which, entry in self.earned]
        self.spent = [(1 - which, *spent[1:]) for spent in self.spent]
        self.holds = [(1 - which, *held[1:]) for held in self.holds]

    def settle(self, which: int) -> None:
        """Run the job that books what time has changed, twice."""
        for _again in range(2):
            ledger.settle(self.accounts[which], self.now)
        self.plain[which].advance(self.now)

    @invariant()
    def the_books_are_right(self) -> None:
        """Both wallets hold what the plain ones do, and every sum agrees."""
        if not hasattr(self, "plain"):
            return
        type(self).steps_taken += 1
        for account, plain in zip(self.accounts, self.plain, strict=True):
            wallet = Wallet.objects.filter(account=account).first()
            if wallet is None:
                assert plain.sums == (0, 0, 0, 0)
                continue
            assert (wallet.active, wallet.pending, wallet.held, wallet.debt) == plain.sums
            check_books(account)
            lines = statement(account, self.now)
            assert (lines[0].balance if lines else 0) == ledger.balance(account, self.now)
