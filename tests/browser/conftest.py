"""A Chromium without a network, and servers on this machine for it to look at."""

from __future__ import annotations

import json
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from werkzeug.serving import make_server

LIMIT_S = 60
"""How long anything may take to show up; a loaded machine is slow to start a browser."""

_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_NO_NETWORK = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"


class Browser:
    """A Chromium that one test looks through: pages, what they asked for, and what the console says of them."""

    def __init__(self, driver: Any) -> None:
        self.driver = driver
        self.forget()

    def forget(self) -> None:
        """Leave the page, and drop what is known of it."""
        self.driver.get("about:blank")
        self.driver.get_log("browser")
        self.driver.get_log("performance")

    def be_wide(self, width: int, height: int) -> None:
        """Take the size of a screen, in CSS pixels; narrow ones are those of phones."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)

    def visit(self, url: str) -> None:
        self.driver.get(url)

    def see(self, selector: str, text: str = "") -> Any:
        """Wait until an element is shown that holds the text; return it."""
        from selenium.common.exceptions import StaleElementReferenceException
        from selenium.webdriver.common.by import By
        from selenium.webdriver.support.ui import WebDriverWait

        def shown(driver: Any) -> Any:
            found = driver.find_elements(By.CSS_SELECTOR, selector)
            return next((one for one in found if one.is_displayed() and text in one.text), None)

        wait = WebDriverWait(self.driver, LIMIT_S, ignored_exceptions=[StaleElementReferenceException])
        return wait.until(shown, f"no {selector!r} with {text!r} on the page")

    def click(self, selector: str, text: str = "") -> None:
        """Scroll an element into the middle and click it."""
        element = self.see(selector, text)
        self.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", element)
        element.click()

    def write(self, selector: str, text: str) -> None:
        """Put a text in the place of what an input holds."""
        from selenium.webdriver.common.keys import Keys

        element = self.see(selector)
        element.send_keys(Keys.CONTROL, "a")
        element.send_keys(text)

    def overflow(self) -> int:
        """By how many pixels the page is wider than the screen."""
        script = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
        return int(self.driver.execute_script(script))

    def complaints(self) -> list[str]:
        """What the console says, violations of the policy among it."""
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def asked_for(self) -> list[str]:
        """The URLs of all requests, made or blocked; pages and pictures that are their own URLs are none."""
        events = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        urls = [event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent"]
        return [url for url in urls if not url.startswith(("about:", "blob:", "data:"))]

    def keep_picture(self, name: str) -> None:
        """Save what is shown, for who wants to look: in the folder that `EWER_SCREENSHOTS` names, if it does."""
        folder = os.environ.get("EWER_SCREENSHOTS")
        if folder:
            self.driver.save_screenshot(str(Path(folder) / f"{name}.png"))


@pytest.fixture(scope="session")
def started_browser() -> Iterator[Browser]:
    webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
    chromium = next(filter(None, map(shutil.which, _BROWSERS)), None)
    chromedriver = shutil.which("chromedriver")
    if chromium is None or chromedriver is None:
        pytest.skip("there is no chromium with chromedriver on this machine")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for argument in (
        "--headless=new",
        "--no-sandbox",
        "--disable-dev-shm-usage",
        "--disable-background-networking",
        "--no-proxy-server",
        _NO_NETWORK,
    ):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    service = webdriver.ChromeService(chromedriver)
    try:
        driver = webdriver.Chrome(options=options, service=service)
    except Exception as error:
        pytest.skip(f"chromium does not start on this machine: {error}")
    yield Browser(driver)
    driver.quit()


@pytest.fixture
def browser(started_browser: Browser) -> Browser:
    """The browser, at a desktop's width."""
    started_browser.forget()
    started_browser.be_wide(1280, 900)
    return started_browser


@pytest.fixture
def serve() -> Iterator[Callable[[Any], str]]:
    """Serve a WSGI application while the test runs; gives its origin."""
    servers = []

    def start(app: Any) -> str:
        server = make_server("127.0.0.1", 0, app, threaded=True)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        servers.append((server, thread))
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server, thread in servers:
        server.shutdown()
        thread.join()
        server.server_close()
