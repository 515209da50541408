# SPDX-License-Identifier: BSD-2-Clause
"""Each processor moves its SMBASE and hands on to the next (test_bochs.py has the machine that
latches an SMI until the SIPI)."""

import re

import conftest
import pytest

DEAD = conftest.BUILD / "test" / "muster-dead.rom"
DEAD_ID = "f0"
LIMIT_SECONDS = 600

pytestmark = pytest.mark.fast


def serial(rom, cpus, until, thread="single"):
    words = ["qemu-system-x86_64", "-machine", "q35,smm=on", "-smp", str(cpus), "-bios", str(rom),
             "-display", "none", "-no-reboot", "-accel", f"tcg,thread={thread}", "-fw_cfg",
             "name=opt/muster/count,string=1", *conftest.deadline_options()]
    with conftest.qemu.Machine(words) as machine:
        machine.wait(until + r".*\n", LIMIT_SECONDS)
        return machine.text


def times_of(text):
    """How long each took, from the second processor on."""
    rows = re.findall(r"SMBASE moved, us each, from processor (\d+) on:((?: \d+)+)", text)
    times = [int(time) for _, row in rows for time in row.split()]
    assert [int(first) for first, _ in rows] == list(range(1, 1 + len(times), 8))
    return times


@pytest.mark.parametrize("thread", ["single", "multi"])
@pytest.mark.parametrize("cpus", [2, 17])
def test_taken_at_once(cpus, thread):
    text = serial(conftest.ROM, cpus, "exerciser: start", thread)
    assert re.search(rf"SMBASE relocated: {cpus} processors", text)
    assert "SMIs to processors that wait for a SIPI: taken at once" in text
    assert len(times_of(text)) == cpus - 1
    assert f"the first SMI gathered {cpus} processors" in text


@pytest.mark.parametrize("topology", ["sockets=1,cores=1,threads=6", "sockets=6,cores=1,threads=1",
                                      "sockets=2,cores=3,threads=1"])
def test_logical_and_physical_processors(topology):
    """Threads of one core, packages of one, and packages between whose APIC ids there is a hole."""
    text = serial(conftest.ROM, f"6,{topology}", "exerciser: start")
    assert re.search(r"SMBASE relocated: 6 processors", text)
    assert len(times_of(text)) == 5
    assert "the first SMI gathered 6 processors" in text


@pytest.mark.parametrize("cpus", [3, 5])
def test_a_dead_processor_is_skipped_and_reported(cpus):
    """The others move; but no OS is started, since an SMI could yet take the dead one to 38000h."""
    text = serial(DEAD, cpus, "muster: error")
    skipped = re.findall(r"the processor with APIC id (\w+) did not take its first SMI", text)
    assert skipped == [DEAD_ID]
    assert f"muster: error: 1 of {cpus} processors have not left the default SMBASE" in text
    assert len(times_of(text)) == cpus - 1
    assert "exerciser" not in text


def test_a_layout_that_is_not_known_is_refused(tmp_path):
    """A ROM that knows another revision instead of QEMU's, everywhere: nothing is locked or started."""
    known, other = (revision.to_bytes(4, "little") for revision in (0x20064, 0x20065))
    rom = conftest.ROM.read_bytes()
    assert rom.count(known) >= 2  # the runtime's and the firmware's
    changed = tmp_path / "other.rom"
    changed.write_bytes(rom.replace(known, other))
    text = serial(changed, 2, "muster: error")
    assert "the processor with APIC id 0 cannot be served: its save state has a layout that is not " \
        "known (revision 20064)" in text
    assert "SMRAM locked" not in text
