"""Doing the same thing in several threads at once, each on a connection of its own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from django.db import connections


def at_once(count: int, act: Callable[[int], Any]) -> list[Any]:
    """Run ``act(0) … act(count - 1)`` at the same moment; returns results and exceptions."""
    together = Barrier(count)

    def run(number: int) -> Any:
        together.wait()
        try:
            return act(number)
        except Exception as error:  # noqa: BLE001 - the test looks at what came out
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))
