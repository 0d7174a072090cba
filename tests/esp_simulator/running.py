"""The simulator as a process that a test, a bench or the demo starts and asks."""

import json
import os
import sys
import tempfile
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.esp_simulator.orders import BadOrder, Orders
from tests.esp_simulator.posting import OPENER
from tests.processes import ROOT, Process, free_port, wait_until
from tests.servers import listens

SENDGRID = "anymail.backends.sendgrid.EmailBackend"


@dataclass(frozen=True)
class EspSimulator:
    """A running simulator and its record of what it accepted."""

    url: str
    key: str
    """The API key that it takes."""
    public_key: str
    """For SENDGRID_WEBHOOK_VERIFICATION_KEY."""
    log: Path
    calls_log: Path
    process: Process

    @property
    def anymail(self) -> dict[str, str]:
        """Anymail's settings for it."""
        return {"SENDGRID_API_KEY": self.key, "SENDGRID_API_URL": f"{self.url}/v3/"}

    @property
    def environment(self) -> dict[str, str]:
        """The environment of processes that send through it and listen to its events."""
        return {
            "REGULARS_TRANSPORT": "esp",
            "REGULARS_ESP_BACKEND": SENDGRID,
            "SENDGRID_API_KEY": self.key,
            "ANYMAIL": json.dumps(self.anymail),
            "SENDGRID_WEBHOOK_VERIFICATION_KEY": self.public_key,
        }

    def accepted(self) -> list[dict[str, Any]]:
        """Return the accepted recipients in order: delivery, attempt, to, role, call, message_id,
        at (epoch seconds), custom_args, headers, and mail unless bodies are left out.
        """
        return _lines(self.log)

    def acceptances(self) -> Counter[str]:
        """Return how often each ``delivery.attempt`` was accepted."""
        return Counter(f"{one['delivery']}.{one['attempt']}" for one in self.accepted())

    def calls(self) -> list[dict[str, Any]]:
        """Return the calls in the order of their answers: call, answer, accepted,
        deliveries, at."""
        return _lines(self.calls_log)

    def control(self, **orders: Any) -> dict[str, Any]:
        """Change orders, see ``Orders``; returns those in force. Raises BadOrder."""
        return self._ask("/control", orders)

    def emit(self, webhook: str, **selection: Any) -> dict[str, Any]:
        """Post events to a club's webhook, see ``emitting.emit``. Raises BadOrder."""
        return self._ask("/emit", {"webhook": webhook, **selection})

    def _ask(self, path: str, told: dict[str, Any]) -> dict[str, Any]:
        request = urllib.request.Request(
            self.url + path, json.dumps(told).encode(), {"Content-Type": "application/json"}
        )
        try:
            with OPENER.open(request, timeout=600) as answer:
                done: dict[str, Any] = json.load(answer)
        except urllib.error.HTTPError as refusal:
            with refusal:
                raise BadOrder(json.load(refusal)["errors"][0]["message"]) from None
        return done


@contextmanager
def esp_simulator(**orders: Any) -> Iterator[EspSimulator]:
    """Run the simulator under these orders; it is gone with its files when the block ends."""
    key = orders.get("key", Orders.key)
    with tempfile.TemporaryDirectory(prefix="regulars-esp-", dir="/tmp") as name:
        folder, port = Path(name), free_port()
        log, calls = folder / "accepted.jsonl", folder / "calls.jsonl"
        public_key = folder / "public_key"
        command = [sys.executable, "-m", "tests.esp_simulator", "--port", str(port)]
        command += ["--log", str(log), "--calls", str(calls), "--public-key", str(public_key)]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        process = Process("esp", command, environment, folder / "output.log")
        try:
            wait_until(lambda: listens(port), 20, "the ESP simulator to listen")
            url = f"http://127.0.0.1:{port}"
            running = EspSimulator(url, key, public_key.read_text(), log, calls, process)
            running.control(**orders)
            yield running
        finally:
            process.kill()


def _lines(log: Path) -> list[dict[str, Any]]:
    """A killed simulator may leave half a line: that mail was never acknowledged."""
    if not log.exists():
        return []
    return [json.loads(line) for line in log.read_text().split("\n")[:-1]]
