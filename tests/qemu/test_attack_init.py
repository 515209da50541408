# SPDX-License-Identifier: BSD-2-Clause
"""INITs at processors that fire SMIs and are held in them, from the exerciser. QEMU lets an INIT into SMM,
so followers and monarchs vanish in the middle of a round. The others are answered, whoever comes back is
held again, and SMRAM is as on a machine without INITs.

That of the first processor resets the machine: test_processors.py."""

import conftest
import pytest
from smram import Smram, memory_options
from test_exerciser import PHASES, exercise

ROM = conftest.BUILD / "test" / "muster-short.rom"
IMAGE = conftest.BUILD / "smm" / "runtime.bin"
MEMORY = 128 << 20
SMRAM_SIZE = 16 << 20
PROCESSORS = 3
INITS = 20

pytestmark = pytest.mark.fast


def run(path, accelerator, *extra):
    """The exerciser's lines, and a hash of what must not change in SMRAM, taken when it is over."""
    options = ["-m", f"{MEMORY >> 20}M", *memory_options(path, MEMORY), *extra]
    lines = exercise(accelerator, PROCESSORS, 5, options, rom=ROM)
    with Smram(path, MEMORY - SMRAM_SIZE, SMRAM_SIZE, IMAGE, PROCESSORS) as smram:
        return lines, smram.hash()


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    """The hash of a machine without INITs."""
    lines, calm = run(tmp_path_factory.mktemp("calm") / "ram", ["-accel", "tcg,thread=single"])
    assert lines[-1]["verdict"] == "ok"
    return calm


@pytest.mark.parametrize("thread", ["single", "multi"])
def test_an_init_flood(tmp_path, expected, thread):
    lines, found = run(tmp_path / "ram", ["-accel", f"tcg,thread={thread}"], "-fw_cfg",
                       f"name=opt/muster/inits,string={INITS}")
    assert lines[-1]["verdict"] == "ok", [line["line"] for line in lines]
    flood = next(line for line in lines if "inits" in line)
    assert flood["requests"] == flood["answered"] == str(INITS)
    again = [line for line in lines if "phase" in line][len(PHASES)]
    assert again["phase"] == "port-in-turn" and again["requests"] == again["rounds"]
    assert found == expected
