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
    "triple-fault": "reboot -f",  # reboot=t on the kernel command line
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


def reset_and_search(linux, tmp_path, rom, how, before=None):
    """Copies of the pattern in RAM before the reset and when the second Linux is up."""
    assert rom.exists(), f"{rom.name} has not been built"
    file = tmp_path / "ram"
    append = "reboot=t" if how == "triple-fault" else ""
    machine = linux(cpus=2, memory=MEMORY, rom=rom, reboots=True, append=append,
                    extra=memory_file(file)).ready()
    machine.smistat(f"--cpu 1 --command {COMMAND_PATTERN:#x}")
    first = pattern_copies(file)
    if before:
        machine.shell(before)
    machine.send(RESETS[how])
    machine.wait(r"SMRAM locked", conftest.BOOT_SECONDS)
    machine.ready()
    return first, pattern_copies(file)


@pytest.mark.parametrize("how", RESETS)
def test_wiped_after_reset(linux, tmp_path, how):
    first, second = reset_and_search(linux, tmp_path, PATTERN_ROM, how)
    assert first > 0, "the pattern was never there, so its absence shows nothing"
    assert second == 0


def test_wiped_after_the_size_was_changed(linux, tmp_path):
    shrink = "poke pci-write 16 0 0 0x50 1"
    first, second = reset_and_search(linux, tmp_path, PATTERN_ROM, "cf9", shrink)
    assert first > 0
    assert second == 0


def test_without_the_wipe_it_is_found(linux, tmp_path):
    first, second = reset_and_search(linux, tmp_path, NO_WIPE_ROM, "cf9")
    assert first > 0
    assert second > 0
