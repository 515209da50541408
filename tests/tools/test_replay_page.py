# SPDX-License-Identifier: BSD-2-Clause
"""A counterexample as a page, in one step: it says what failed, and shows every step with the
values of the shared words after it."""

import json
import re
import subprocess
import sys

from conftest import ROOT
from page import By, Page, browser  # noqa: F401: browser is a fixture
import pytest

sys.path.insert(0, str(ROOT / "tests" / "mutants"))
import table  # noqa: E402


def replay(simulator, *options, status=1):
    done = subprocess.run([simulator, "replay", simulator.parent / "replay", *options],
                          capture_output=True, text=True, timeout=300)
    assert done.returncode == status, done.stderr
    return done


def test_printed_command_replays(simulator, property_failed, tmp_path):
    """As it is printed, to a shell: also where names have spaces."""
    scenario = next(bug[4] for bug in table.BUGS + table.TSO if bug[0] == simulator.parent.name)
    done = subprocess.run([simulator, "explore", "--quiet", "--minimise", "1", "--replay-file",
                           tmp_path / "what's left", *scenario.split()],
                          capture_output=True, text=True, timeout=120)
    assert done.returncode == 1, done.stderr
    command = re.search(r"^replay: (.*)$", done.stdout, re.M).group(1)
    again = subprocess.run(command, shell=True, capture_output=True, text=True, timeout=300)
    assert again.returncode == 1 and f"=> {property_failed}: " in again.stdout


@pytest.fixture(scope="module")
def shown(browser, simulator, tmp_path_factory):  # noqa: F811
    """(page, the log's steps, what replay prints)"""
    directory = tmp_path_factory.mktemp("page")
    done = replay(simulator, "--html", directory / "page.html", "--log", directory / "log.json")
    steps = json.loads((directory / "log.json").read_text())["steps"]
    return Page(browser, directory / "page.html"), steps, done.stdout


def words(page):
    return {row.find_element(By.TAG_NAME, "th").text: row.find_element(By.TAG_NAME, "td").text
            for row in page.browser.find_elements(By.CSS_SELECTOR, "#words tbody tr")}


def test_failure_is_told_at_once(shown, property_failed):
    page, steps, printed = shown
    told = page.find("failed-text").text
    assert told == steps[-1]["what"] and told.startswith(f"FAILED: {property_failed}: ")
    assert told.removeprefix("FAILED: ") in printed
    assert page.find("title").text == "SMIs of replay"
    page.screenshot("counterexample")
    assert page.complaints() == []


def test_every_step_has_its_words(shown):
    page, steps, _ = shown
    rows = page.browser.find_elements(By.CSS_SELECTOR, "#steps tbody tr")
    assert [row.text.split(" ", 2)[2] for row in rows] == [step["what"] for step in steps]
    page.press("0")
    for number, step in enumerate(steps, 1):
        assert page.find("step-now").text.startswith(f"step {number} of {len(steps)}:")
        assert words(page) == step["words"]
        page.press(".")


def test_button_leads_to_the_failure(shown):
    page, steps, _ = shown
    page.press(",", ",")
    page.find("failed-show").click()
    assert f"step {len(steps)} of {len(steps)}" in page.find("step-now").text


def test_page_can_go_to_standard_output(simulator, property_failed):
    done = replay(simulator, "--html", "-")
    assert done.stdout.startswith("<!doctype html>") and done.stdout.endswith("</html>\n")
    assert f"=> {property_failed}: " in done.stderr


def test_page_that_cannot_be_written(simulator):
    done = replay(simulator, "--html", "/no/such/place", status=3)
    assert "/no/such/place: cannot be written" in done.stderr
