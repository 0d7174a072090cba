"""The judge: what the mail server accepted against what the database says of it."""

from collections import Counter
from dataclasses import dataclass, field

from campaigns.models import OPEN_STATES, Campaign
from tests.servers import MailOracle


@dataclass
class Verdict:
    """What came of a campaign, and everything that is wrong with it."""

    states: Counter[str]
    accepted_by_server: int
    wrong: list[str] = field(default_factory=list)


def judge(campaign: Campaign, oracle: MailOracle, unknown_at_most: int) -> Verdict:
    """Judge a campaign that has ended. The server's log counts, never the database alone."""
    rows = list(campaign.deliveries.values_list("pk", "attempt", "state"))
    mine = {f"{pk}." for pk, _attempt, _state in rows}
    taken = Counter(
        {
            key: times
            for key, times in oracle.acceptances().items()
            if f"{key.partition('.')[0]}." in mine
        }
    )
    told = {
        state: {f"{pk}.{attempt}" for pk, attempt, found in rows if found == state}
        for state in ("accepted", "unknown")
    }
    states = Counter(state for _pk, _attempt, state in rows)
    twice = [key for key, times in taken.items() if times > 1]
    checks = {
        f"{len(twice)} mails were accepted twice, {twice[:3]} first": bool(twice),
        "mails count as accepted that the server never took": not told["accepted"] <= set(taken),
        "mails were accepted that nobody knows of": not set(taken)
        <= told["accepted"] | told["unknown"],
        f"{states['unknown']} are unknown, {unknown_at_most} may be": states["unknown"]
        > unknown_at_most,
        "deliveries are still open": any(states[state] for state in OPEN_STATES),
    }
    return Verdict(states, len(taken), [text for text, is_so in checks.items() if is_so])
