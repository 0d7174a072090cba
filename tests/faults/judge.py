"""The judge: what the mail server accepted against what the database says of it.

Use it on a campaign that has ended. Per attempt the server accepts a mail once at most; what counts
as accepted, it took; what it took counts as accepted or unknown; and there is no more unknown than
the injections explain.
"""

from collections import Counter
from dataclasses import dataclass, field

from campaigns.models import Campaign
from tests.servers import MailOracle

ENDED = ("accepted", "rejected", "skipped", "held_out", "unknown")


@dataclass
class Verdict:
    """What came of a campaign, and everything that is wrong with it."""

    states: Counter[str]
    accepted_by_server: int
    duplicates: int = 0
    losses: int = 0
    """Mails that count as accepted without the server, or that nobody accounts for."""
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        states = ", ".join(f"{count:,} {state}" for state, count in sorted(self.states.items()))
        return f"{states}; the server took {self.accepted_by_server:,}; {self.words}"

    @property
    def words(self) -> str:
        """What is wrong, in words."""
        return "; ".join(self.wrong) or "nothing wrong"


def judge(
    campaign: Campaign, oracle: MailOracle, unknown_at_most: int, planned: int | None = None
) -> Verdict:
    """Judge a campaign that has ended. The server's log counts, never the database alone.

    ``planned`` is how many deliveries the freeze made, where the caller has counted them.
    """
    rows = list(campaign.deliveries.values_list("pk", "attempt", "state"))
    taken = _taken(oracle, {pk for pk, _attempt, _state in rows})
    states = Counter(state for _pk, _attempt, state in rows)
    accepted, unknown = _keys(rows, "accepted"), _keys(rows, "unknown")
    # A mail that somebody sent again has attempts before its last: they were unknown.
    earlier = {f"{pk}.{number}" for pk, attempt, _state in rows for number in range(1, attempt)}
    never_taken = accepted - taken.keys()
    nobody_knows = taken.keys() - accepted - unknown - earlier
    gone = (planned or len(rows)) - sum(states[state] for state in ENDED)
    twice = [key for key, times in taken.items() if times > 1]
    checks = {
        f"{len(twice)} mails were accepted twice, {twice[:3]} first": bool(twice),
        f"{len(never_taken)} count as accepted that the server never took": bool(never_taken),
        f"{len(nobody_knows)} were accepted that nobody knows of": bool(nobody_knows),
        f"{gone} of the planned have not ended": gone != 0,
        f"{states['unknown']} are unknown, {unknown_at_most} may be": states["unknown"]
        > unknown_at_most,
    }
    return Verdict(
        states,
        len(taken),
        duplicates=sum(taken[key] - 1 for key in twice),
        losses=len(never_taken) + len(nobody_knows) + abs(gone),
        wrong=[text for text, is_so in checks.items() if is_so],
    )


def _taken(oracle: MailOracle, mine: set[int]) -> Counter[str]:
    """How often each attempt of these deliveries was accepted."""
    found = oracle.acceptances().items()
    return Counter({key: times for key, times in found if int(key.split(".")[0] or 0) in mine})


def _keys(rows: list[tuple[int, int, str]], state: str) -> set[str]:
    return {f"{pk}.{attempt}" for pk, attempt, found in rows if found == state}
