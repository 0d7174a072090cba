"""What axe-core finds wrong with a page, by the rules of WCAG 2.2 A and AA."""

from functools import cache
from pathlib import Path
from typing import Any

from selenium.webdriver import Chrome

SCRIPT = Path(__file__).parent / "vendor" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
GRAVE = ("serious", "critical")
RUN = """
const done = arguments[arguments.length - 1];
axe.run(document, {runOnly: arguments[0], resultTypes: ["violations"]})
  .then(found => done(found.violations), error => done(String(error)));
"""


def grave_findings(browser: Chrome) -> list[str]:
    """A line for each serious or critical finding on the page that is open."""
    # By the devtools, so that the page's own policy for scripts stays as it is.
    browser.execute_cdp_cmd("Runtime.evaluate", {"expression": _axe()})
    found: Any = browser.execute_async_script(RUN, TAGS)
    assert isinstance(found, list), found
    return [
        f"{one['id']} ({one['impact']}): {node['html'][:160]} {node['failureSummary'][:200]}"
        for one in found
        if one["impact"] in GRAVE
        for node in one["nodes"]
    ]


@cache
def _axe() -> str:
    return SCRIPT.read_text()
