# SPDX-License-Identifier: BSD-2-Clause
"""The HTML page in a real browser, without a network: it loads without a complaint, shows what
the log holds, and zooms and filters. Screenshots are kept in build/test-logs."""

import json

from conftest import LOGS, log_of, log_of_everything, muster, round_of
from page import ActionChains, By, Keys, Page, browser  # noqa: F401: browser is a fixture
import pytest

REAL = LOGS / "q35-4-at-once.json"


class LogPage(Page):
    """The page of a log, and what the program tells of the log as JSON."""
    def __init__(self, browser, log, path):
        muster("trace", log, "--html", path)
        super().__init__(browser, path)
        self.told = json.loads(muster("trace", log, "--json").stdout)


@pytest.fixture
def page(browser, tmp_path):
    return LogPage(browser, REAL, tmp_path / "real.html")


@pytest.fixture
def full(browser, tmp_path, log_file):
    return LogPage(browser, log_file(log_of_everything()), tmp_path / "everything.html")


def test_loads_without_complaint(page):
    assert page.find("title").text == "SMIs of q35-4-at-once.json"
    page.screenshot("light")
    assert page.complaints() == []


def test_uses_no_network(page):
    text = page.path.read_text()
    assert "http://" not in text and "https://" not in text
    assert page.run("return performance.getEntriesByType('resource')"
                    ".filter(e => !e.name.startsWith('data:')).length") == 0


def test_counts_match_the_log(page):
    log = json.loads(REAL.read_text())
    assert f"{len(page.told['smis'])} SMIs, {len(log['records'])} records" in page.find("facts").text
    assert page.run("return page.lanes()") == log["processors_known"]
    assert page.run("return page.smis()") == len(page.told["smis"])
    page.find("fit").click()
    page.run("page.draw()")
    assert page.run("return page.counts.smis") == len(page.told["smis"])


def test_table_matches_the_log(page):
    rows = page.rows()
    assert len(rows) == len(page.told["smis"])
    for row, smi in zip(rows, page.told["smis"]):
        assert row[0] == str(smi["round"]) and row[4] == str(smi["monarch"])
        assert float(row[9]) == pytest.approx(smi["held"], abs=0.06)
    page.browser.find_element(By.XPATH, "//button[starts-with(., 'held')]").click()
    held = [float(row[9]) for row in page.rows()]
    assert held == sorted(held)


def test_held_times_are_those_that_the_program_tells(page):
    row = page.browser.find_element(By.CSS_SELECTOR, "#held tbody tr").text.split()
    told = [page.told[name] for name in ("held_p50", "held_p99", "held_max")]
    assert row == ["request", "32", *(f"{value:.1f}" for value in told)]


def test_pixels_show_the_phases(page):
    """In the middle of a phase, its lane has its colour."""
    colours = {name: colour for name, _, colour in page.run(
        "return JSON.parse(document.getElementById('data').textContent).phases")}
    smi = page.told["smis"][1]
    page.press("n", "n")
    for span in smi["spans"]:
        if span["phase"] not in ("gather", "release") or span["end"] - span["begin"] < 3000:
            continue
        middle = (span["begin"] + span["end"]) / 2 * 1e6 / page.told["ticks_per_second"]
        pixel = page.run("page.draw(); return page.colour(%d, %f)" % (span["processor"], middle))
        wanted = [int(colours[span["phase"]][i:i + 2], 16) for i in (1, 3, 5)]
        assert pixel[:3] == wanted, span


def test_zoom_by_keys_buttons_and_wheel(page):
    page.find("fit").click()
    whole = page.view()
    page.press("+")
    closer = page.view()
    assert closer[1] - closer[0] == pytest.approx(0.6 * (whole[1] - whole[0]))
    page.press(Keys.ARROW_RIGHT)
    assert page.view()[0] > closer[0]
    page.press("0")
    assert page.view() == whole
    page.find("in").click()
    assert page.view()[1] - page.view()[0] < whole[1] - whole[0]
    page.find("out").click()
    assert page.view() == pytest.approx(whole)
    page.run("document.getElementById('stage').dispatchEvent(new WheelEvent('wheel', "
             "{deltaY: -200, bubbles: true, cancelable: true}))")
    assert page.view()[1] - page.view()[0] < whole[1] - whole[0]


def test_drag_pans(page):
    page.find("fit").click()
    page.press("+", "+")
    before = page.view()
    ActionChains(page.browser).drag_and_drop_by_offset(page.find("stage"), -120, 0).perform()
    after = page.view()
    assert after[0] > before[0] and after[1] - after[0] == pytest.approx(before[1] - before[0])


def test_hover_tells_figures(page):
    page.press("n", "n")
    page.run("page.draw()")
    ActionChains(page.browser).move_to_element(page.find("stage")).perform()
    tip = page.find("tip")
    assert tip.is_displayed()
    assert f"round {page.told['smis'][1]['round']}, cause request, command 10h" in tip.text
    page.screenshot("hover")


def test_selection(page):
    page.press("n", "n", "p", "n")
    smi = page.told["smis"][1]
    assert page.run("return page.selected()") == smi["round"]
    text = page.find("one").text
    assert f"Round {smi['round']}" in text and f"{smi['monarch']} monarch" in text
    assert len(page.browser.find_elements(By.CSS_SELECTOR, "#one tbody tr")) == 4


def test_filter_by_cause(full):
    chips = full.chips("causes")
    assert set(chips) == {"request (3)", "byte (1)", "TCO (1)", "request+TCO (1)", "none (1)",
                          "? (1)"}
    full.screenshot("everything")
    chips["byte (1)"].click()
    chips["? (1)"].click()
    assert full.run("return page.smis()") == 6
    assert [row[0] for row in full.rows()] == ["1", "3", "4", "5", "6", "7"]
    chips["byte (1)"].click()
    assert full.run("return page.smis()") == 7
    assert full.complaints() == []


def test_filter_by_processor(full):
    chips = full.chips("lanes")
    for name in ("1", "2", "3"):
        chips[name].click()
    assert full.run("return page.lanes()") == 1
    assert full.run("return page.smis()") == 7  # the monarch's record of round 8 is missing
    chips["0"].click()
    assert full.run("return page.smis()") == 0
    full.run("page.draw()")
    assert full.complaints() == []


def test_idle_time_is_squeezed_or_not(full):
    squeezed = full.view()
    full.find("squeeze").click()
    assert full.view()[1] > 10 * squeezed[1]  # a quarter of a second with nothing in it
    full.screenshot("true-time")


def test_dark_theme(page):
    light = page.run("return getComputedStyle(document.body).backgroundColor")
    page.find("theme").click()
    page.find("theme").click()
    dark = page.run("return getComputedStyle(document.body).backgroundColor")
    assert light != dark
    page.press("n", "n", "-", "-")
    page.screenshot("dark")


def test_steps_show_the_words(browser, tmp_path, log_file):
    steps = [{"tick": 5_000_000 + 4000 * (i + 1), "processor": i % 2, "what": f"store <{i}>",
              "words": {"round": str(i // 2), "ticket[0]": "</script>"}} for i in range(6)]
    page = LogPage(browser,
                   log_file(log_of(round_of(1, 1, 2), 2, ticks_per_second=0, steps=steps)),
                   tmp_path / "steps.html")
    assert not page.browser.find_elements(By.CSS_SELECTOR, "#words tr.on")
    page.press(".", ".")
    assert "step 3 of 6: processor 0: store <2>" in page.find("step-now").text
    changed = page.browser.find_elements(By.CSS_SELECTOR, "#words tr.on th")
    assert [word.text for word in changed] == ["round"]
    assert "</script>" in page.find("words").text
    page.screenshot("steps")
    assert page.complaints() == []


def test_hostile_names_stay_text(browser, tmp_path, log_file):
    evil = "</script><script>window.evil=1</script>"
    log = log_of(round_of(1, 1, 2), 2, source=evil)
    page = LogPage(browser, log_file(log, name="<img src=x onerror=alert(1)>.json"),
                   tmp_path / "evil.html")
    assert page.run("return window.evil === undefined")
    assert evil[:20] in page.find("facts").text
    assert page.complaints() == []


def test_many_smis(browser, tmp_path, log_file):
    """10 000 SMIs of 8 processors are drawn as a whole, and one by one."""
    records = [r for n in range(10_000) for r in round_of(n + 1, n * 2000, 8, monarch=n % 8)]
    page = LogPage(browser, log_file(log_of(records, 8)), tmp_path / "many.html")
    page.find("fit").click()
    milliseconds = page.run("const t = performance.now(); page.draw(); return performance.now() - t")
    assert page.run("return page.counts.smis") == 10_000
    print(f"drawing 10000 SMIs: {milliseconds:.0f} ms")
    page.press("n", "n", "n")
    assert page.run("return page.selected()") == 3
    assert len(page.rows()) == 100
    page.find("page-next").click()
    assert page.rows()[0][0] == "101"


def test_256_processors(browser, tmp_path, log_file):
    page = LogPage(browser, log_file(log_of(round_of(1, 1, 256), 256)), tmp_path / "wide.html")
    assert page.run("return page.lanes()") == 256
    page.screenshot("256")
    box = page.find("lane-list")
    for text, lanes in (("0-3,255", 5), ("3-1", 5), ("256", 5), ("x", 5), ("7", 1)):
        box.clear()
        box.send_keys(text, Keys.ENTER)
        assert page.run("return page.lanes()") == lanes
        assert box.get_attribute("aria-invalid") == str(lanes == 5 and text != "0-3,255").lower()
    assert page.complaints() == []
