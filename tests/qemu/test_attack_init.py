# SPDX-License-Identifier: BSD-2-Clause
"""INITs at processors that fire SMIs and are held in them, from the exerciser. QEMU lets an INIT into SMM,
so followers and monarchs vanish in the middle of a round. The others are answered, whoever comes back is
held again, and SMRAM is as on a machine without INITs.

That of the first processor resets the machine: test_processors.py."""

import warnings

import conftest
import pytest
from smram import Smram, memory_options
from test_exerciser import PHASES, exercise

IMAGE = conftest.BUILD / "smm" / "runtime.bin"
MEMORY = 128 << 20
SMRAM_SIZE = 16 << 20
PROCESSORS = 3
INITS = 20
DEADLINE = 400

pytestmark = pytest.mark.fast


def run(path, accelerator, *extra):
    """The exerciser's lines, and a hash of what must not change in SMRAM, taken when it is over."""
    options = ["-m", f"{MEMORY >> 20}M", *memory_options(path, MEMORY), *extra]
    lines = exercise(accelerator, PROCESSORS, 5, options, deadline=DEADLINE)
    with Smram(path, MEMORY - SMRAM_SIZE, SMRAM_SIZE, IMAGE, PROCESSORS) as smram:
        return lines, smram.hash()


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    """The hash of a machine without INITs."""
    lines, calm = run(tmp_path_factory.mktemp("calm") / "ram", ["-accel", "tcg,thread=single"])
    assert lines[-1]["verdict"] == "ok"
    return calm


def is_calm(lines):
    """Before the INITs all was well."""
    before = lines[:[index for index, line in enumerate(lines) if "inits" in line][0]]
    return all(line["line"].endswith(" ok") for line in before if "phase" in line or "processor" in line)


@pytest.mark.parametrize("thread", ["single", "multi"])
def test_an_init_flood(tmp_path, expected, thread):
    for _ in range(conftest.TRIES):
        lines, found = run(tmp_path / "ram", ["-accel", f"tcg,thread={thread}"], "-fw_cfg",
                           f"name=opt/muster/inits,string={INITS}")
        if is_calm(lines):
            break
        # A lost SMI costs a deadline, so they are short here: test_exerciser.py has them long.
        warnings.warn("once more, as the host has stalled for as long as a deadline")
    assert lines[-1]["verdict"] == "ok", [line["line"] for line in lines]
    flood = next(line for line in lines if "inits" in line)
    assert flood["requests"] == flood["answered"] == str(INITS)
    again = [line for line in lines if "phase" in line][len(PHASES)]
    assert again["phase"] == "port-in-turn" and again["requests"] == again["rounds"]
    assert found == expected
