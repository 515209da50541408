# SPDX-License-Identifier: BSD-2-Clause
"""The simulator is a model of the machine: logs that QEMU's machine has written, with all of its
processors truly at once, are logs of executions here; with two of their times swapped they are
not: executions follow the log up to these two, and none gets past the records that hold them."""

import copy
import json
import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SIMULATOR = ROOT / os.environ.get("BUILD", "build") / "muster-sim"
TRACES = sorted((ROOT / "tests" / "sim" / "traces").glob("*.json"))
MONARCH, BROKEN, LATE = 1 << 1, 1 << 4, 1 << 7


def judged(log, path):
    path.write_text(json.dumps(log))
    done = subprocess.run([SIMULATOR, "conform", path, "--json"], capture_output=True, text=True,
                          timeout=1800)
    assert done.returncode in (0, 1), done.stderr
    return json.loads(done.stdout)


def rounds(log):
    """(monarch's record, followers' records) of each whole round."""
    for monarch in log["records"]:
        if monarch["flags"] & (MONARCH | BROKEN) == MONARCH:
            yield monarch, [record for record in log["records"]
                            if record["round"] == monarch["round"] and record is not monarch
                            and not record["flags"] & (BROKEN | LATE)]


def swaps(log):
    """Pairs of times that the protocol has in one order only. Each processor's own times stay in
    order, so that nothing but the search can tell."""
    for monarch, followers in rounds(log):
        for follower in followers:
            # It is in before the monarch has gathered.
            if monarch["entered"] < follower["entered"] < monarch["gathered"]:
                yield monarch, "gathered", follower, "entered"
            # It is let go after the handlers are done.
            if monarch["handled"] < follower["released"] < monarch["released"]:
                yield follower, "released", monarch, "handled"


def one_of_each(pairs):
    """The first of each kind: what comes before it has to be searched to its end."""
    first = {}
    for early, early_field, late, late_field in sorted(pairs, key=lambda pair: pair[0]["round"]):
        first.setdefault(early_field, (early, early_field, late, late_field))
    return first.values()


def times(log):
    """All times that were taken, in order. Two fields filled from one look are one time."""
    fields = ("entered", "gathered", "handled", "released")
    return sorted((time, record["processor"]) for record in log["records"]
                  for time in {record[field] for field in fields if field in record})


def swapped(log, early, early_field, late, late_field):
    """The log with the two times exchanged, and how many times come before the first of them and
    before the last of their records."""
    one, other = log["records"].index(early), log["records"].index(late)
    log = copy.deepcopy(log)
    one, other = log["records"][one], log["records"][other]
    one[early_field], other[late_field] = other[late_field], one[early_field]
    order = times(log)
    last = max((record["released"], record["processor"]) for record in (one, other))
    return log, order.index((one[early_field], one["processor"])), order.index(last)


def test_there_are_traces():
    assert len(TRACES) >= 20
    flags = 0
    for path in TRACES:
        for record in json.loads(path.read_text())["records"]:
            flags |= record["flags"]
    # Entry, monarch, empty, a monarch lost and by whom, directed, a deadline: the machine has
    # shown them.
    assert flags & 0x177 == 0x177


@pytest.mark.parametrize("path", TRACES, ids=lambda path: path.stem)
def test_trace_is_allowed(path, tmp_path):
    log = json.loads(path.read_text())
    assert judged(log, tmp_path / "log.json")["verdict"] == "allowed"


@pytest.mark.parametrize("path", TRACES, ids=lambda path: path.stem)
def test_swapped_trace_is_refused(path, tmp_path):
    log = json.loads(path.read_text())
    for swap in one_of_each(swaps(log)):
        other, early, last = swapped(log, *swap)
        verdict = judged(other, tmp_path / "log.json")
        assert verdict["verdict"] == "refused", swap
        assert early <= verdict["times_reached"] <= last, verdict


def test_most_traces_can_be_swapped():
    able = [path for path in TRACES if any(swaps(json.loads(path.read_text())))]
    assert len(able) >= 20


def field_changed(log, field, value):
    for record in log["records"]:
        if record["flags"] & MONARCH and record.get(field) not in (None, value):
            record[field] = value
            return log
    return None


@pytest.mark.parametrize("field, value", [("came", 1), ("cause", 2), ("answered", 7),
                                          ("command", 0x33), ("status", 5)])
def test_changed_record_is_refused(field, value, tmp_path):
    path = next(path for path in TRACES if "directed-in-turn" in path.name)
    log = field_changed(json.loads(path.read_text()), field, value)
    verdict = judged(log, tmp_path / "log.json")
    assert verdict["verdict"] == "refused"
    assert f"its '{field}' differs" in verdict["reason"]


@pytest.mark.parametrize("change, words", [
    (lambda log: log["records"].clear(), "there is no record"),
    (lambda log: log["records"].pop(1), "are missing"),
    (lambda log: log.pop("deadline_lost") and log.pop("deadline_directed"), "the deadlines"),
    (lambda log: log.update(dropped=3), "dropped"),
    (lambda log: log.update(scenario="wheels 4"), "there is no option 'wheels'"),
])
def test_what_cannot_be_judged_is_said(change, words, tmp_path):
    path = next(path for path in TRACES if "twice-together" in path.name)
    log = json.loads(path.read_text())
    change(log)
    (tmp_path / "log.json").write_text(json.dumps(log))
    done = subprocess.run([SIMULATOR, "conform", tmp_path / "log.json"], capture_output=True,
                          text=True, timeout=300)
    assert done.returncode == 3 and words in done.stderr
