# SPDX-License-Identifier: BSD-2-Clause
"""Exceptions in the 16-bit part of SMM entry, SMBASE far above 1 MiB: two in every SMI of this ROM,
and each SMI is served as if there had been none. And one that stops the processor, inside SMRAM."""

import re
import time

import conftest
import pytest
import qemu
from test_exerciser import PHASES, check, exercise

ROM = conftest.BUILD / "test" / "muster-early.rom"
STOP_ROM = conftest.BUILD / "test" / "muster-stop.rom"
TSEG = (128 - 16) << 20
EARLY = 0x53
PER_ENTRY = 2

pytestmark = pytest.mark.fast


@pytest.mark.parametrize("cpus", [1, 4])
def test_every_way_of_firing(cpus):
    lines = exercise(["-accel", "tcg,thread=single"], cpus, 5, rom=ROM)
    check(lines, cpus, 5)
    hostile = next(line for line in lines if "low_memory_changes" in line)
    assert hostile["low_memory_changes"] == "0"
    assert len([line for line in lines if "phase" in line]) == len(PHASES)


def test_all_are_counted(linux):
    """The handler's own SMI among them: it has been entered when the handler looks."""
    machine = linux(cpus=1, memory="512M", rom=ROM).ready()
    assert int(machine.rom_said(r"processor 0 at SMBASE ([0-9a-f]+)").group(1), 16) > 1 << 20
    before = early(machine)
    machine.smistat("--count 20")
    assert early(machine) == before + PER_ENTRY * (20 + 1)


def early(machine):
    status, count, _ = (int(word, 16) for word in machine.shell(f"smi {EARLY}").split())
    assert status == 0
    return count


def registers(machine):
    """The processor's, but for those of the FPU."""
    text = machine.qmp("human-monitor-command", **{"command-line": "info registers"})
    return {name: int(value, 16) for name, value in re.findall(r"\b(\w+)=([0-9a-f]+)\b", text)}


def test_what_cannot_go_on_stops_in_smram(tmp_path):
    """Nothing of the OS's runs. (That no jump loses the upper half of its address, QEMU does not show:
    tests/tools/test_entry_code.py.)"""
    words = qemu.arguments(STOP_ROM, memory="128M")
    with qemu.Machine(words, tmp_path / "log", tmp_path / "qmp") as machine:
        machine.wait(r"SMRAM layout: guarded", conftest.RUN_SECONDS)
        limit = time.monotonic() + conftest.RUN_SECONDS
        while not (state := registers(machine))["SMM"] or not state["HLT"]:
            assert time.monotonic() < limit, state
            time.sleep(0.05)
    assert state["CR0"] & 1 == 0
    assert TSEG <= state["EIP"] < TSEG + 4096
