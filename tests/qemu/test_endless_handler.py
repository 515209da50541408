# SPDX-License-Identifier: BSD-2-Clause
"""A handler without an end keeps its processor, and so does a fault in the runtime itself. The
others leave by the deadline, and go on: their SMIs are handled, with the one that is lost
counted as lost."""

import json
import warnings

import conftest
import pytest
import qemu

ROM = conftest.BUILD / "test" / "muster-bad-short.rom"
# Nothing else runs on the processor that is going to be lost, and the one that fires is elected.
ALONE = "isolcpus=3 irqaffinity=0-2 rcupdate.rcu_cpu_stall_suppress=1 nowatchdog"
RECORD_BROKEN, RECORD_STOPPED = 1 << 4, 1 << 11
LOST = 3
ATTEMPTS = 3


def lose(machine, command):
    """Loses a processor to a command; the others go on. The records of it all."""
    before = machine.shell("smi 0x40")
    machine.run(f"CPU={LOST} smi {command} >/tmp/answer 2>&1 & sleep 4", 30)
    for cpu in range(LOST):
        assert machine.run(f"CPU={cpu} timeout 5 smi 0x10", 30) == (0, "0 0 0")
    assert machine.shell("smi 0x40") == before
    text = machine.shell("smistat --log 50 --json")
    records = json.loads(text[text.index("{"):])["records"]
    assert [record for record in records if record["flags"] & RECORD_BROKEN]
    assert any(record.get("lost", []) == [LOST] for record in records)
    return records


@pytest.fixture
def records_of(request, tmp_path_factory):
    """Linux does not expect to lose a processor, and may wait for it for ever, in an interrupt
    to all. That says nothing of the runtime: then another machine is tried, with a warning of
    where this one stood."""
    def attempt(command):
        with conftest.contextlib.ExitStack() as stack:
            machine = conftest.boot(request, stack, tmp_path_factory, cpus=LOST + 1,
                                    memory="512M", rom=ROM, append=ALONE, thread="single")
            return lose(machine.ready(), command)

    def attempts(command):
        for _ in range(ATTEMPTS - 1):
            try:
                return attempt(command)
            except qemu.MachineError as error:
                warnings.warn(f"once more: {error}")
        return attempt(command)
    return attempts


@pytest.mark.fast
def test_endless_handler(records_of):
    records_of(0x50)


@pytest.mark.fast
def test_fault_in_the_runtime(records_of):
    """Logged, and the processor stays where it is."""
    stopped = [record for record in records_of(0x52) if record["flags"] & RECORD_STOPPED]
    assert [record["processor"] for record in stopped] == [LOST]
    assert (stopped[0]["fault"]["vector"], stopped[0]["fault"]["handler"]) == (14, "")
