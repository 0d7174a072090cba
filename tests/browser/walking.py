"""A person in front of a browser, on a club that is really running."""

import time

from selenium.common.exceptions import NoSuchElementException
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement

from tests.processes import Deployment, wait_until


class Walk:
    """A person in front of the browser."""

    def __init__(self, browser: Chrome, base: str) -> None:
        self.browser = browser
        self.base = base

    def open(self, path: str) -> None:
        """Type an address of the club."""
        self.browser.get(path if path.startswith("http") else self.base + path)

    def find(self, css: str) -> WebElement:
        """The first element, waited for."""
        wait_until(lambda: bool(self.browser.find_elements(By.CSS_SELECTOR, css)), 20, css)
        return self.browser.find_element(By.CSS_SELECTOR, css)

    def press(self, css: str) -> None:
        """Press what can be seen, and wait for the page that follows."""
        self.find(css)
        found = self.browser.find_elements(By.CSS_SELECTOR, css)
        element = next(one for one in found if one.is_displayed())
        self.browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", element)
        element.click()

    def sees(self, text: str) -> None:
        """Wait until the page says so."""
        wait_until(lambda: text in self.text(), 20, f"“{text}” on {self.browser.current_url}")

    def fits(self) -> None:
        """Nothing makes the page wider than the screen."""
        wide = self.browser.execute_script(
            "return document.documentElement.scrollWidth - window.innerWidth"
        )
        assert wide <= 0, f"{self.browser.current_url} is {wide} px too wide"

    def read_mail(self, address: str, subject: str) -> None:
        """Find the mail in the demo inbox, waiting for it, and open it alone."""
        deadline = time.monotonic() + 60
        while True:
            self.open(f"/demo/inbox/?to={address}")
            try:
                link = self.browser.find_element(By.PARTIAL_LINK_TEXT, subject)
                break
            except NoSuchElementException:
                assert time.monotonic() < deadline, f"no mail “{subject}” came"
                time.sleep(0.5)
        self.fits()
        there = link.get_attribute("href")
        self.open(f"{there}page/")

    def follow(self, kind: str) -> None:
        """Go where the mail's link of this kind leads."""
        address = self.find(f"a[href*='/{kind}/']").get_attribute("href")
        assert address is not None
        self.open(address)

    def text(self) -> str:
        """All that can be read."""
        # In one step: an element found first may be of the page just left when it is read.
        return str(self.browser.execute_script("return document.body?.innerText ?? ''"))


def open_club(deployment: Deployment, browser: Chrome) -> Walk:
    """Start web, worker and beat, and stand before the club's door."""
    base = deployment.web(REGULARS_DEMO="true")
    deployment.worker(REGULARS_BASE_URL=base, REGULARS_DEMO="true")
    deployment.beat()
    return Walk(browser, base)
