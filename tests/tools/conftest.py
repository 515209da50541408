# SPDX-License-Identifier: BSD-2-Clause
"""What the tests of the host tools share: the program, and logs made to order."""

import json
import os
import pathlib
import re
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / os.environ.get("BUILD", "build")
MUSTER = BUILD / "muster"
LOGS = pathlib.Path(__file__).parent / "logs"

ENTRY, MONARCH, EMPTY, ALREADY, BROKEN, DEPOSER, DIRECTED, LATE, DEADLINE = (
    1 << bit for bit in range(9))
FAULT, STOPPED, FREED = 1 << 10, 1 << 11, 1 << 12
REQUEST, BYTE, TCO = 1, 2, 4
TICKS_PER_MICROSECOND = 1000


def muster(*arguments, stdin=None, status=0):
    """Runs the program; its output. Any status but the expected one fails the test, and so does
    a signal."""
    done = subprocess.run([MUSTER, *map(str, arguments)], input=stdin, capture_output=True,
                          timeout=600)
    assert done.returncode == status, (done.returncode, done.stdout[-2000:], done.stderr[-2000:])
    return done


def round_of(number, at, processors, cause=REQUEST, monarch=0, flags=0, **more):
    """The records of a round in which all is well: in at `at` + 10 us for each processor, gathered
    after the last, 5 us of handling, out 3 us after one another. Times in microseconds."""
    order = [monarch] + [i for i in range(processors) if i != monarch]
    gathered = at + 10 * processors
    records = []
    for place, processor in enumerate(order):
        record = {"processor": processor, "sequence": number, "round": number, "monarch": monarch,
                  "flags": ENTRY | (MONARCH | flags if place == 0 else 0),
                  "entered": at + 10 * place, "released": gathered + 6 + 3 * place}
        if place == 0:
            record.update(cause=cause, command=0x10, status=0, came=processors, answered=1,
                          gathered=gathered, handled=gathered + 5, lost=[], directed=[])
        records.append(record)
    records[0].update(more)
    return records


def log_of(records, processors, **more):
    """A log of records whose times are in microseconds."""
    ticks = []
    for record in records:
        times = {name: record[name] * TICKS_PER_MICROSECOND + 5_000_000
                 for name in ("entered", "gathered", "handled", "released")
                 if record.get(name)}
        ticks.append({**record, **times})
    return {"format": "muster-log", "format_version": 1, "source": "test",
            "ticks_per_second": TICKS_PER_MICROSECOND * 1_000_000,
            "apic_ids": list(range(processors)), "dropped": 0, "records": ticks, **more}


def log_of_everything():
    """Rounds of all causes, and what goes wrong: late, empty, broken, lost, without a monarch."""
    records = round_of(1, 1, 4) + round_of(2, 1000, 4, cause=BYTE, monarch=1)
    records += round_of(3, 1400, 4, cause=TCO, monarch=2)
    records += round_of(4, 250_000, 4, cause=REQUEST | TCO, monarch=3)
    late = {"processor": 2, "round": 4, "flags": ENTRY | LATE, "entered": 250_055,
            "released": 250_060}
    records += [late]
    records += round_of(5, 250_200, 1, cause=0, flags=EMPTY)
    records += round_of(6, 250_400, 3, flags=DEADLINE, lost=[3], directed=[3])
    broken = round_of(7, 250_700, 4, flags=BROKEN)
    broken[0].update(handled=0, released=0)
    broken[1]["flags"] |= BROKEN | DEPOSER
    records += broken
    records += round_of(8, 251_000, 4)[1:]
    return log_of(records, 4)


@pytest.fixture(scope="session")
def simulator():
    """A simulator whose core has a seeded bug; the counterexample is `replay` beside it."""
    bug = "release-by-store"
    done = subprocess.run([sys.executable, ROOT / "tests" / "mutants" / "run.py", bug],
                          capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stdout + done.stderr
    return ROOT / "build" / "mutants" / bug / "muster-sim"


@pytest.fixture(scope="session")
def property_failed(simulator):
    """What the counterexample is one of."""
    return re.search(r"^property (\S+)$", (simulator.parent / "replay").read_text(), re.M).group(1)


@pytest.fixture
def log_file(tmp_path):
    """log_file(log): the path of a file that holds it."""
    def write(log, name="log.json"):
        path = tmp_path / name
        path.write_text(log if isinstance(log, str) else json.dumps(log))
        return path
    return write
