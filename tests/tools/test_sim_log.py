# SPDX-License-Identifier: BSD-2-Clause
"""A counterexample of the simulator as a log: what the replay prints is what the log holds, and
muster trace draws it. The counterexample is that of a seeded bug."""

import json
import subprocess

import pytest
from conftest import muster

@pytest.fixture(scope="module")
def replayed(simulator, tmp_path_factory):
    """(what replay prints, the log's path)"""
    path = tmp_path_factory.mktemp("log") / "log.json"
    done = subprocess.run([simulator, "replay", simulator.parent / "replay", "--log", path],
                          capture_output=True, text=True, timeout=300)
    assert done.returncode == 1  # the property fails
    return done.stdout.splitlines(), path


def test_log_has_every_step(replayed, property_failed):
    text, path = replayed
    steps = json.loads(path.read_text())["steps"]
    printed = [line for line in text if not line.lstrip().startswith("=>")]
    assert len(steps) == len(printed) + 1 and steps[-1]["what"].startswith(f"FAILED: {property_failed}:")
    for line, step in zip(printed, steps):
        assert line.endswith(step["what"]) and f"cpu{step['processor']} " in line


def test_words_follow_the_steps(replayed):
    steps = json.loads(replayed[1].read_text())["steps"]
    assert steps[0]["words"]["round"].endswith("REST")
    seen = {step["words"]["round"].split()[1] for step in steps}
    assert {"REST", "OPEN", "CLOSED"} <= seen
    changes = sum(a["words"]["mark of cpu0"] != b["words"]["mark of cpu0"]
                  for a, b in zip(steps, steps[1:]))
    committed = sum("reaches memory: mark of cpu0" in step["what"] for step in steps)
    assert changes == committed > 0


def test_trace_draws_it(replayed, property_failed):
    told = json.loads(muster("trace", replayed[1], "--json").stdout)
    assert told["unit"] == "ticks" and told["source"] == "muster-sim" and told["smis"]
    page = muster("trace", replayed[1], "--html", "-").stdout.decode()
    assert f"FAILED: {property_failed}:" in page


def test_log_that_cannot_be_written(simulator):
    done = subprocess.run([simulator, "replay", simulator.parent / "replay", "--log",
                           "/no/such/place"], capture_output=True, text=True, timeout=300)
    assert done.returncode == 3 and "cannot be written" in done.stderr
