"""A task that leaves a mark, for seeing that a broker really carries messages."""

import sys
from pathlib import Path

from config.celery import app


@app.task(name="tests.mark")
def mark(path: str) -> None:
    """Append one line to ``path``."""
    with Path(path).open("a") as file:
        file.write("done\n")


if __name__ == "__main__":
    for _ in range(int(sys.argv[2])):
        mark.apply_async([sys.argv[1]], queue=sys.argv[3])
