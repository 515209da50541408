# SPDX-License-Identifier: BSD-2-Clause
"""A page in Debian's Chromium, headless."""

import pytest
from conftest import BUILD

webdriver = pytest.importorskip("selenium.webdriver", reason="needs Debian's python3-selenium")
from selenium.webdriver.chrome.service import Service  # noqa: E402
from selenium.webdriver.common.action_chains import ActionChains  # noqa: E402
from selenium.webdriver.common.by import By  # noqa: E402
from selenium.webdriver.common.keys import Keys  # noqa: E402

DRIVER = "/usr/bin/chromedriver"


@pytest.fixture(scope="module")
def browser():
    options = webdriver.ChromeOptions()
    for word in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                 "--window-size=1300,1250", "--force-color-profile=srgb"):
        options.add_argument(word)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    try:
        driver = webdriver.Chrome(service=Service(DRIVER), options=options)
    except Exception as error:  # whatever is missing, it is the browser
        pytest.skip(f"needs Debian's chromium and chromium-driver: {error}")
    yield driver
    driver.quit()


class Page:
    def __init__(self, browser, path):
        self.browser, self.path = browser, path
        browser.get_log("browser")  # what the page before had to say
        browser.get(f"file://{path}")

    def run(self, script):
        return self.browser.execute_script(script)

    def find(self, name):
        return self.browser.find_element(By.ID, name)

    def press(self, *keys):
        self.find("stage").send_keys(*keys)
        return self

    def view(self):
        self.run("page.draw()")
        return self.run("return [page.view.from, page.view.to]")

    def chips(self, box):
        return {chip.text: chip.find_element(By.TAG_NAME, "input")
                for chip in self.find(box).find_elements(By.TAG_NAME, "label")}

    def rows(self):
        return [[cell.text for cell in row.find_elements(By.CSS_SELECTOR, "th,td")]
                for row in self.browser.find_elements(By.CSS_SELECTOR, "#rows tbody tr")]

    def complaints(self):
        return [entry["message"] for entry in self.browser.get_log("browser")]

    def screenshot(self, name):
        self.run("page.draw()")
        directory = BUILD / "test-logs"
        directory.mkdir(parents=True, exist_ok=True)
        assert self.browser.save_screenshot(str(directory / f"page-{name}.png"))
