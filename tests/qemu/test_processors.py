# SPDX-License-Identifier: BSD-2-Clause
"""Processors that go and come back: INIT of the first and of others, offline ones, all from Linux
as root; and what fires by itself, the TCO timer."""

import re

import conftest
import pytest

APPEND = "iomem=relaxed"  # lets root map the local APIC

# One write to the interrupt command register: INIT to every processor but this one. (An INIT to a
# processor by its id takes two writes, and Linux may use the register in between.)
INIT_OTHERS = "taskset -c {} devmem 0xfee00300 32 0xc4500"

ROUNDS_TO_COME_BACK = 10


def test_init_of_the_first_processor_resets_the_machine(linux):
    """It arrives at the reset vector while SMRAM is locked: a full reset, and everything anew."""
    machine = linux(cpus=2, memory="256M", thread="single", reboots=True,
                    append=APPEND).ready()
    machine.smistat("--count 5")
    machine.send(INIT_OTHERS.format(1))
    machine.wait(r"SMBASE relocated: 2 processors", conftest.BOOT_SECONDS)
    machine.wait(r"SMRAM locked", conftest.RUN_SECONDS)
    machine.ready()
    machine.smistat("--count 50")


@pytest.fixture(scope="module")
def machine(request, tmp_path_factory):
    with conftest.contextlib.ExitStack() as stack:
        guest = conftest.boot(request, stack, tmp_path_factory, cpus=2, memory="256M",
                              thread="single", append=APPEND,
                              deadline=conftest.DEADLINE_SHORT)
        yield guest.ready()


def test_offline_processor_is_held(machine):
    machine.shell("echo 0 > /sys/devices/system/cpu/cpu1/online")
    report = machine.smistat("--count 50")
    assert report["totals"]["visits"] == 2 * 50
    machine.shell("echo 1 > /sys/devices/system/cpu/cpu1/online")
    report = machine.smistat("--count 50")
    assert {row["visits"] for row in report["processors"]} == {100}


def test_init_of_an_offline_processor(machine):
    """QEMU lets an SMI take it out of wait-for-SIPI; after RSM it is at the reset vector, where it
    must park, and Linux must still be able to start it."""
    machine.shell("echo 0 > /sys/devices/system/cpu/cpu1/online")
    machine.shell(INIT_OTHERS.format(0))
    # The INIT stays pending in the halted processor until the next wake-up, and QEMU throws away
    # every SMI that is pending then, the monarch's own second call included. So the first round
    # may pass its deadline, and later ones excuse the lost processor until it comes, which on a
    # busy host is some rounds later.
    for _ in range(ROUNDS_TO_COME_BACK):
        status, _ = machine.run("smistat --cpu 0 --count 1")
        if status == 0:
            break
    machine.smistat("--cpu 0 --count 20")
    machine.shell("echo 1 > /sys/devices/system/cpu/cpu1/online")
    report = machine.smistat("--count 20")
    assert {row["visits"] for row in report["processors"]} == {40}


def test_tco_timer(machine):
    """It fires on the first processor; the runtime fetches the others. Halted before it resets."""
    job = ("poke out 16 0x672 8; poke out 16 0x660 1; poke out 16 0x668 0; sleep 6; "
           "poke out 16 0x668 0x800")
    status, output = machine.run(f"smistat --json -- sh -c '{job}'")
    assert status == 0, output
    assert re.search(r'"tco_rounds":1,', output), output


def test_without_muster(linux):
    """On other firmware it still counts and times, and says what it cannot do."""
    machine = linux(rom=None, cpus=1, memory="256M", thread="single").ready()
    status, output = machine.run("smistat --count 5")
    assert status == 3 and "no muster on this machine" in output
    status, output = machine.run("smistat --json --command 0x10 --count 5")
    assert status == 0, output
    assert '"muster":false' in output and '"smi_count":5' in output
    status, output = machine.run("smistat --cpu 7 --command 0x10")
    assert status == 3 and "no processor 7" in output
