# SPDX-License-Identifier: BSD-2-Clause
"""Messages in the communication buffer, from Linux: found by the ACPI table, malformed in every
way, and changed by another processor while they are delivered."""

import re

import conftest
import pytest

PROCESSORS = conftest.PROCESSORS
WINDOW_GUID = "6a0e3c5d1f7b524c9f6e6d7573746572"
SIZE, ANSWER = 4096 - 24, 24
SUCCESS, BAD_SIZE, TOO_SMALL, NOT_FOUND = 0x00, 0x84, 0x85, 0x8e
UNTOUCHED = "ff" * ANSWER

pytestmark = pytest.mark.fast


@pytest.fixture(autouse=True)
def smm_works_afterwards(machine):
    yield
    status, _, _, data = message(machine, WINDOW_GUID, ANSWER)
    assert status == SUCCESS and data != UNTOUCHED
    assert machine.smistat("--count 20")["totals"]["rounds"] == 20 * PROCESSORS


def message(machine, guid, length):
    status, guid, length, data = machine.shell(f"smi message {guid} {length}").split()
    return int(status, 16), guid, int(length, 16), data


def test_window_message(machine):
    status, guid, length, data = message(machine, WINDOW_GUID, SIZE)
    assert (status, guid, length) == (SUCCESS, WINDOW_GUID, ANSWER)
    answer = bytes.fromhex(data)
    assert int.from_bytes(answer[20:24], "little") == PROCESSORS
    assert int.from_bytes(answer[0:8], "little") % 4096 == 0


@pytest.mark.parametrize("length", [0, 1, ANSWER - 1])
def test_too_short(machine, length):
    assert message(machine, WINDOW_GUID, length) == (TOO_SMALL, WINDOW_GUID, ANSWER, UNTOUCHED)


@pytest.mark.parametrize("length", [ANSWER, ANSWER + 1, SIZE - 1, SIZE])
def test_long_enough(machine, length):
    assert message(machine, WINDOW_GUID, length)[:3] == (SUCCESS, WINDOW_GUID, ANSWER)


@pytest.mark.parametrize("length", [SIZE + 1, SIZE + 24, 1 << 32, (1 << 32) + ANSWER, 1 << 63,
                                    (1 << 64) - 24, (1 << 64) - 1])
def test_longer_than_the_buffer(machine, length):
    assert message(machine, WINDOW_GUID, length) == (BAD_SIZE, WINDOW_GUID, length, UNTOUCHED)


@pytest.mark.parametrize("guid", ["00" * 16, "ff" * 16, "6b" + WINDOW_GUID[2:],
                                  WINDOW_GUID[:-2] + "73"])
def test_unknown_guid(machine, guid):
    assert message(machine, guid, ANSWER) == (NOT_FOUND, guid, ANSWER, UNTOUCHED)


def test_header_changes_meanwhile(machine):
    lines = machine.shell("smi race 300").splitlines()
    seen = {int(line.split()[0], 16): int(line.split()[1]) for line in lines}
    assert sum(seen.values()) == 300
    assert set(seen) <= {SUCCESS, BAD_SIZE, TOO_SMALL, NOT_FOUND}


def test_the_buffer_is_in_reserved_memory(machine):
    """By the memory map that the firmware gave to Linux."""
    answer = bytes.fromhex(message(machine, WINDOW_GUID, ANSWER)[3])
    first = int.from_bytes(answer[0:8], "little")
    last = first + int.from_bytes(answer[8:16], "little") - 1
    ranges = re.findall(r"BIOS-e820: \[mem 0x(\w+)-0x(\w+)\] reserved", machine.shell("dmesg"))
    assert any(int(begin, 16) <= first and last <= int(end, 16) for begin, end in ranges)


def test_mitigations_are_published(machine):
    """WSMT, offset 36: fixed buffers, nested pointers, system resources."""
    text = machine.shell("hexdump -s 36 -n 4 -e '1/4 \"%x\"' /sys/firmware/acpi/tables/WSMT; echo")
    assert int(text, 16) == 7
