"""The demo's processes start, are missed when they end by themselves, and leave nothing behind."""

import os
import signal
import socket

import pytest

from portal.demo.processes import DidNotStart, Processes, choose_port
from tests.processes import wait_until


def _group_lives(pid: int) -> bool:
    try:
        os.killpg(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.fault
def test_a_process_that_ends_is_named_and_all_others_are_ended() -> None:
    processes = Processes(choose_port(0))
    processes.start()
    started = {name: process.pid for name, process in processes._running.items()}
    assert sorted(started) == ["beat", "web", "worker"]
    try:
        processes.check()
        os.killpg(started["worker"], signal.SIGKILL)
        processes._running["worker"].wait(10)
        with pytest.raises(DidNotStart, match="worker"):
            processes.check()
    finally:
        processes.stop()
    # They are killed; that the system has put them away, too, may take it a moment.
    wait_until(
        lambda: not any(_group_lives(pid) for pid in started.values()), 10, "all of them to be gone"
    )


def test_a_port_that_is_taken_is_not_chosen() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert choose_port(port) != port
