# SPDX-License-Identifier: BSD-2-Clause
"""Where SMRAM has 128 KiB: handlers that go for memory they must not touch, or overflow the stack that
they share, are ended as with megabytes. From the exerciser, so by every processor in every way."""

import conftest
import pytest
from test_bad_handlers import BAD
from test_exerciser import PHASES, exercise

ROM = conftest.BUILD / "test" / "muster-bad-pc.rom"
MEMORY = {"null", "stack", "code", "constant", "idt", "tables", "jump"}
FAULT = "87"
PROCESSORS = 3

pytestmark = pytest.mark.fast


@pytest.mark.parametrize("command", [bad[0] for bad in BAD if bad[1] in MEMORY],
                         ids=[bad[1] for bad in BAD if bad[1] in MEMORY])
def test_a_fault_ends_the_handler(command):
    lines = exercise(["-accel", "tcg,thread=single"], PROCESSORS, 3,
                     ["-machine", "pc", "-fw_cfg", f"name=opt/muster/command,string={command}"],
                     rom=ROM)
    phases = [line for line in lines if "phase" in line]
    assert [line["phase"] for line in phases] == [name for name in PHASES if name != "tco-message"]
    assert all(line["broken"] == "0" and line["answered"] == line["requests"] for line in phases), lines
    hostile = next(line for line in lines if "tss_status" in line)
    assert (hostile["tss_status"], hostile["low_memory_changes"]) == (FAULT, "0")
