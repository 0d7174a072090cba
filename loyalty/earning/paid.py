"""What families of rules have paid so far, as far as caps ask for it."""

from collections import defaultdict
from datetime import date

from loyalty.earning.facts import Basket, Rule


class Paid:
    """Points paid by family: altogether, to each account, and to each account on a day.

    Days are those of the brand's zone. Only families with such a cap are counted.
    """

    def __init__(self) -> None:
        self.altogether: defaultdict[str, int] = defaultdict(int)
        self.by_account: defaultdict[tuple[str, int], int] = defaultdict(int)
        self.by_day: defaultdict[tuple[str, int, date], int] = defaultdict(int)

    def within_caps(self, rule: Rule, basket: Basket, points: int) -> int:
        """How many of the points the rule's caps leave."""
        caps = rule.caps
        if caps.purchase is not None and points > caps.purchase:
            points = caps.purchase
        if not points or not caps.need_history:
            return points
        family, account = rule.family, basket.account
        room = [points]
        if caps.day is not None:
            room.append(caps.day - self.by_day[family, account, basket.local.date()])
        if caps.account is not None:
            room.append(caps.account - self.by_account[family, account])
        if caps.budget is not None:
            room.append(caps.budget - self.altogether[family])
        return max(0, min(room))

    def add(self, rule: Rule, basket: Basket, points: int) -> None:
        """Remember what a rule has just paid."""
        if rule.caps.need_history:
            self.altogether[rule.family] += points
            self.by_account[rule.family, basket.account] += points
            self.by_day[rule.family, basket.account, basket.local.date()] += points

    def forget_days_before(self, day: date) -> None:
        """Drop what purchases in the order of their moments will not ask for again."""
        for key in [key for key in self.by_day if key[2] < day]:
            del self.by_day[key]
