# SPDX-License-Identifier: BSD-2-Clause
"""A handler without an end keeps its processor, and so does a fault in the runtime itself. The
others leave by the deadline, and go on: their SMIs are handled, with the one that is lost
counted as lost."""

import json
import warnings

import conftest
import pytest
import qemu

ROM = conftest.BUILD / "test" / "muster-bad.rom"
# Nothing else runs on the processor that is going to be lost, and the one that fires is elected.
ALONE = "isolcpus=3 irqaffinity=0-2 rcupdate.rcu_cpu_stall_suppress=1 nowatchdog"
RECORD_BROKEN, RECORD_STOPPED = 1 << 4, 1 << 11
LOST = 3
HANG_SECONDS = 90  # a machine that Linux has brought to a halt


def lose(machine, command):
    """Loses a processor to a command; the others go on. The records of it all."""
    before = machine.shell("smi 0x40")
    machine.run(f"CPU={LOST} smi {command} >/tmp/answer 2>&1 & sleep 1", HANG_SECONDS)
    for cpu in range(LOST):
        assert machine.run(f"CPU={cpu} smi 0x10", HANG_SECONDS) == (0, "0 0 0")
    assert machine.run("smi 0x40", HANG_SECONDS) == (0, before)
    status, text = machine.run("smistat --log 50 --json", HANG_SECONDS)
    records = json.loads(text[text.index("{"):])["records"]
    lost = [record["lost"] for record in records if record.get("lost")]
    if any(LOST in processors and len(processors) > 1 for processors in lost):
        raise qemu.MachineError(f"the host stalled: {lost} lost")
    assert status == 0 and [record for record in records if record["flags"] & RECORD_BROKEN]
    assert [LOST] in lost
    return records


@pytest.fixture
def records_of(request, tmp_path_factory):
    """Linux does not expect to lose a processor, and may wait for it for ever, in an interrupt
    to all; and a host that stalls loses others. That says nothing of the runtime: then another
    machine is tried, with a warning of where this one stood."""
    def attempt(command):
        with conftest.contextlib.ExitStack() as stack:
            machine = conftest.boot(request, stack, tmp_path_factory, cpus=LOST + 1,
                                    memory="512M", rom=ROM, append=ALONE, thread="single",
                                    deadline=conftest.DEADLINE_SHORT)
            return lose(machine.ready(), command)

    def attempts(command):
        for _ in range(conftest.TRIES - 1):
            try:
                return attempt(command)
            except qemu.MachineError as error:
                warnings.warn(f"once more: {error}")
        return attempt(command)
    return attempts


def test_endless_handler(records_of):
    records_of(0x50)


def test_fault_in_the_runtime(records_of):
    """Logged, and the processor stays where it is."""
    stopped = [record for record in records_of(0x52) if record["flags"] & RECORD_STOPPED]
    assert [record["processor"] for record in stopped] == [LOST]
    assert (stopped[0]["fault"]["vector"], stopped[0]["fault"]["handler"]) == (14, "")
