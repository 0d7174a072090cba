"""A real Chromium, on a phone and on a desktop, against a really running club."""

import os
import shutil
from collections.abc import Iterator

import pytest
from selenium.webdriver import Chrome, ChromeOptions, ChromeService

# Chromium looks things up at its maker's hosts unless told not to.
QUIET = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
]
PHONE, DESKTOP = (390, 844), (1280, 900)


@pytest.fixture
def browser() -> Iterator[Chrome]:
    """A browser with an empty profile; a missing one fails where CI is set."""
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not (chromium and driver):
        if os.environ.get("CI"):
            pytest.fail("no chromium and chromedriver on this machine")
        pytest.skip("no chromium and chromedriver on this machine")
    options = ChromeOptions()
    options.binary_location = chromium
    for switch in QUIET:
        options.add_argument(switch)
    chrome = Chrome(options=options, service=ChromeService(driver))
    chrome.set_page_load_timeout(60)
    yield chrome
    chrome.quit()


def resize(browser: Chrome, size: tuple[int, int]) -> None:
    """Show pages at exactly this size in CSS pixels, below what a window can be made."""
    width, height = size
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600},
    )
