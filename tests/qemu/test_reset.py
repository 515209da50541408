# SPDX-License-Identifier: BSD-2-Clause
"""Resets: the next boot relocates and locks again, and nothing of the previous boot's SMRAM is
left. RAM is a file here, so that the search sees all of it, SMRAM included."""

import mmap

import conftest
import pytest

PATTERN_ROM = conftest.BUILD / "test" / "muster-pattern.rom"
NO_WIPE_ROM = conftest.BUILD / "test" / "muster-pattern-nowipe.rom"
PATTERN = b"MUSTERSECRETPATTERN"
COMMAND_PATTERN = 0x1f  # of the test ROMs: writes PATTERN 64 times into SMRAM
MEMORY = "256M"

RESETS = {
    "cf9": "poke out 8 0xcf9 6",
    "port92": "poke out 8 0x92 1",
    "triple-fault": "reboot -f",  # as the kernel command line says
}


def memory_file(path):
    return ["-object", f"memory-backend-file,id=ram,size={MEMORY},mem-path={path},share=on",
            "-machine", "memory-backend=ram"]


def pattern_copies(path):
    """Of the pattern twice in a row: the ROM image may hold it once."""
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as ram:
        copies, at = 0, ram.find(PATTERN * 2)
        while at >= 0:
            copies, at = copies + 1, ram.find(PATTERN * 2, at + len(PATTERN))
        return copies


def test_reboot_relocates_again(linux):
    machine = linux(cpus=2, memory=MEMORY, reboots=True).ready()
    machine.smistat("--count 10")
    machine.send("reboot -f")
    machine.wait(r"SMBASE relocated: 2 processors", conftest.BOOT_SECONDS)
    machine.wait(r"SMRAM locked", conftest.RUN_SECONDS)
    machine.ready()
    machine.smistat("--count 500")
    machine.send("poweroff -f")
    assert machine.end(conftest.RUN_SECONDS) == 0


def test_a_token_is_of_one_boot(linux):
    """A process that learned it once has nothing of it after the next boot."""
    machine = linux(cpus=1, memory=MEMORY, reboots=True).ready()
    first = machine.shell("issue token").splitlines()[-1]
    machine.send("reboot -f")
    machine.ready()
    assert int(first, 16) != 0
    assert machine.shell("issue token").splitlines()[-1] != first


def start(request, stack, tmp_path_factory, rom):
    """A machine, and the file that is its memory."""
    assert rom.exists(), f"{rom.name} has not been built"
    file = tmp_path_factory.mktemp("memory") / "ram"
    guest = conftest.boot(request, stack, tmp_path_factory, cpus=2, memory=MEMORY, rom=rom,
                          reboots=True, append="reboot=t", extra=memory_file(file))
    guest.ready()
    guest.memory_file = file
    return guest


@pytest.fixture(scope="module")
def machine(request, tmp_path_factory):
    """One for all resets: each begins with what the one before has left, a booted Linux."""
    with conftest.contextlib.ExitStack() as stack:
        yield start(request, stack, tmp_path_factory, PATTERN_ROM)


def reset_and_search(machine, how, before=None):
    """Copies of the pattern in RAM before the reset and when the next Linux is up."""
    machine.smistat(f"--cpu 1 --command {COMMAND_PATTERN:#x}")
    first = pattern_copies(machine.memory_file)
    if before:
        machine.shell(before)
    machine.send(RESETS[how])
    machine.wait(r"SMRAM locked", conftest.BOOT_SECONDS)
    machine.ready()
    return first, pattern_copies(machine.memory_file)


@pytest.mark.parametrize("how", RESETS)
def test_wiped_after_reset(machine, how):
    first, second = reset_and_search(machine, how)
    assert first > 0, "the pattern was never there, so its absence shows nothing"
    assert second == 0


def test_wiped_after_the_size_was_changed(machine):
    shrink = "poke pci-write 16 0 0 0x50 1"
    first, second = reset_and_search(machine, "cf9", shrink)
    assert first > 0
    assert second == 0


def test_without_the_wipe_it_is_found(request, tmp_path_factory):
    with conftest.contextlib.ExitStack() as stack:
        machine = start(request, stack, tmp_path_factory, NO_WIPE_ROM)
        first, second = reset_and_search(machine, "cf9")
    assert first > 0
    assert second > 0
