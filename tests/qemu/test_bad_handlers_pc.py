# SPDX-License-Identifier: BSD-2-Clause
"""Where SMRAM has 128 KiB: handlers that go for memory they must not touch, or overflow the stack that
they share, are ended as with megabytes. From the exerciser, so by every processor in every way."""

import conftest
import pytest
from test_bad_handlers import BAD
from test_exerciser import PHASES, exercise

ROM = conftest.BUILD / "test" / "muster-bad-pc.rom"
MEMORY_OF_ALL = {"null", "stack", "code", "jump"}
MEMORY = {"null", "stack", "code", "constant", "idt", "tables", "jump"}
FAULT = "87"
FEW, MANY = 3, 12  # guard pages for all; with many, pages are shared

pytestmark = pytest.mark.fast


@pytest.mark.parametrize("command, processors",
                         [(bad[0], FEW) for bad in BAD if bad[1] in MEMORY] +
                         [(bad[0], MANY) for bad in BAD if bad[1] in MEMORY_OF_ALL])
def test_a_fault_ends_the_handler(command, processors):
    lines = exercise(["-accel", "tcg,thread=single"], processors, 3,
                     ["-machine", "pc", "-fw_cfg", f"name=opt/muster/command,string={command}"],
                     rom=ROM)
    phases = [line for line in lines if "phase" in line]
    assert [line["phase"] for line in phases] == [name for name in PHASES if name != "tco-message"]
    assert all(line["broken"] == "0" and line["answered"] == line["requests"] for line in phases), lines
    hostile = next(line for line in lines if "tss_status" in line)
    assert (hostile["tss_status"], hostile["low_memory_changes"]) == (FAULT, "0")
