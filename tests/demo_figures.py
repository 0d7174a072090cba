"""Compare the demo's report with what the real data is known to hold.

The figures follow from the household data alone: mails per targeted household, and households
that redeemed a coupon of a campaign, both summed over the campaigns of a type.
"""

import json
import sys
from pathlib import Path

EXPECTED = {
    "A": {"mails": 3647, "redeeming_households": 604},
    "B": {"mails": 2368, "redeeming_households": 154},
    "C": {"mails": 574, "redeeming_households": 34},
}


def differences(report: Path) -> list[str]:
    """Return one line per figure of the report that is not as expected."""
    found = json.loads(report.read_text())["by_type"]
    return [
        f"type {kind}: {name} is {found.get(kind, {}).get(name)}, expected {figure}"
        for kind, figures in EXPECTED.items()
        for name, figure in figures.items()
        if found.get(kind, {}).get(name) != figure
    ]


if __name__ == "__main__":
    wrong = differences(Path(sys.argv[1]))
    print("\n".join(wrong) or "The demo's figures are those of the data.")
    sys.exit(1 if wrong else 0)
