"""A seeded thousand steps beside a plain ledger; ``make faults`` walks a hundred thousand."""

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests import cast
from tests.loyalty.ledger_machine import LedgerMachine

THOUSAND = settings(
    max_examples=25,
    stateful_step_count=50,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate, Phase.shrink],
)


def test_a_thousand_steps_agree_with_the_plain_ledger(club: cast.Club) -> None:
    class Machine(LedgerMachine):
        brand = club.brand

    run_state_machine_as_test(Machine, settings=THOUSAND)
    assert Machine.steps_taken >= 1_000
