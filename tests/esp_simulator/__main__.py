"""Starts the simulator: ``python -m tests.esp_simulator --port N --log FILE``."""

import argparse
from pathlib import Path

from tests.esp_simulator.orders import Orders
from tests.esp_simulator.record import Record
from tests.esp_simulator.server import Server
from tests.esp_simulator.signing import SigningKey
from tests.esp_simulator.simulator import Simulator


def main() -> None:
    """Read the options and serve until the process is ended."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--log", type=Path, required=True, help="one JSON line per recipient")
    parser.add_argument("--calls", type=Path, help="one JSON line per call")
    parser.add_argument("--public-key", type=Path, help="where to write the webhooks' public key")
    parser.add_argument("--key", default=Orders.key, help="the only API key that is good")
    options = parser.parse_args()
    signing_key = SigningKey()
    if options.public_key:
        options.public_key.write_text(signing_key.public)
    record = Record(options.log, options.calls or options.log.with_suffix(".calls.jsonl"))
    simulator = Simulator(Orders(key=options.key), record, signing_key)
    print(f"public key: {signing_key.public}", flush=True)
    Server(options.port, simulator).serve_forever()


if __name__ == "__main__":
    main()
