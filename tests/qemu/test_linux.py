# SPDX-License-Identifier: BSD-2-Clause
"""Debian's kernel on the ROM: it sees the machine, finds nothing wrong with the firmware, and
every SMI it fires is handled once, with every processor held."""

import contextlib
import re

import conftest
import pytest

# Processors, memory, threading, processor model, SMIs in turn, SMIs at once. With more virtual
# processors than the host has, thread=multi measures the host's scheduler: fewer SMIs there.
MACHINES = [
    pytest.param((1, "256M", "multi", "qemu64", 10000, 0), id="1", marks=pytest.mark.fast),
    pytest.param((2, "512M", "multi", "max", 10000, 2000), id="2"),
    pytest.param((4, "3G", "single", "qemu64", 10000, 2000), id="4-single"),
    pytest.param((4, "2G", "multi", "max", 1200, 400), id="4", marks=pytest.mark.fast),
    pytest.param((8, "8G", "single", "max", 10000, 2000), id="8-single"),
    pytest.param((8, "1G", "multi", "qemu64", 160, 160), id="8"),
]

# What Linux says when it is not content with what the firmware left.
COMPLAINTS = re.compile(
    r"firmware bug|firmware warn|acpi (bios )?(error|warning|exception)|acpi: .*(fail|invalid)"
    r"|\bbios (bug|error)|bios.*(broken|corrupt|wrong)|not reserved in|mmconfig.*(fail|bad)"
    r"|mtrr.*(wrong|inconsistent|bug|fail)|mtrrs.*(bug|empty)|apic.*(bug|mismatch|error)"
    r"|smbios.*(invalid|bad)|dmi.*(not present|invalid)"
    r"|pci.*(can't claim|conflict|no compatible bridge|failed to assign)|checksum.*(bad|incorr)",
    re.I)


@pytest.fixture(scope="module", params=MACHINES)
def machine(request, tmp_path_factory):
    request_keys = ("cpus", "memory", "thread", "cpu", "in_turn", "at_once")
    facts = dict(zip(request_keys, request.param))
    in_turn, at_once = facts.pop("in_turn"), facts.pop("at_once")
    with contextlib.ExitStack() as stack:
        guest = conftest.boot(request, stack, tmp_path_factory, kernel=conftest.KERNEL, **facts)
        guest.ready()
        guest.cpus, guest.in_turn, guest.at_once = facts["cpus"], in_turn, at_once
        guest.memory = facts["memory"]
        yield guest


def test_all_processors(machine):
    assert machine.shell("nproc") == str(machine.cpus)


def test_memory(machine):
    kib = int(re.search(r"MemTotal: +(\d+)", machine.shell("cat /proc/meminfo")).group(1))
    whole = int(machine.memory[:-1]) << (20 if machine.memory.endswith("G") else 10)
    assert whole * 0.70 < kib < whole


@pytest.mark.fast
@pytest.mark.parametrize("line", [
    "[Firmware Bug]: TSC_DEADLINE disabled", "ACPI BIOS Error (bug): Could not resolve symbol",
    "ACPI Error: AE_NOT_FOUND", "mtrr: your CPUs had inconsistent fixed MTRR settings",
    "PCI: MMCONFIG at [mem 0xb0000000] not reserved in ACPI motherboard resources",
    "BIOS bug: CPU MTRRs don't cover all of memory", "pci 0000:00:1f.2: can't claim BAR 5"])
def test_a_complaint_is_recognised(line):
    assert COMPLAINTS.search(line)


def test_no_firmware_complaint(machine):
    lines = [line for line in machine.shell("dmesg").splitlines() if COMPLAINTS.search(line)]
    assert lines == []


def test_query(machine):
    report = machine.smistat("--command query")
    assert report["processors_known"] == machine.cpus
    assert report["broadcast"]


def test_in_turn(machine):
    each = machine.in_turn // machine.cpus
    report = machine.smistat(f"--count {each}")
    total = each * machine.cpus
    assert report["totals"]["requests_logged"] == total
    assert report["totals"]["overwritten"] == 0
    assert {row["smi_count"] for row in report["processors"]} == {total}
    assert report["totals"]["late"] == 0


def test_at_once(machine):
    if machine.cpus == 1:
        pytest.skip("takes two")
    each = machine.at_once // machine.cpus
    report = machine.smistat(f"--count {each} --simultaneous")
    totals = report["totals"]
    assert totals["requests_logged"] == totals["answered"] == each * machine.cpus
    assert totals["outs"] == totals["rounds"] + totals["already_answered"] + totals["merged"]


@pytest.mark.parametrize("command", ["0x00", "0x05", "0x7f", "0xff"])
def test_unknown_command(machine, command):
    asked = machine.smistat(f"--cpu 0 --command {command}")
    assert asked["processors"][0]["last_status"] == 0x83
    written = machine.smistat(f"--cpu 0 --command {command} --tokenless")
    assert written["processors"][0]["last_status"] == 0x83
    assert written["totals"]["bytes"] == 1


def test_bytes_in_turn(machine):
    """Also after requests that merged: what they leave behind must not swallow a byte."""
    report = machine.smistat("--count 5 --tokenless")
    assert report["totals"]["bytes"] == report["totals"]["rounds"] == 5 * machine.cpus


def test_command_that_needs_a_request(machine):
    report = machine.smistat("--cpu 0 --command query --tokenless")
    assert report["processors"][0]["last_status"] == 0x82
    assert report["totals"]["requests_logged"] == 0


def test_log(machine):
    machine.smistat("--cpu 0 --count 3")
    text = machine.shell("smistat --log 3")
    assert len(re.findall(r"request +10h", text)) == 3


def test_sleep_is_not_offered(machine):
    assert "S3" not in machine.shell("dmesg | grep 'ACPI: PM: (supports'")
    assert "deep" not in machine.run("cat /sys/power/mem_sleep")[1]


def test_power_off(machine):
    machine.send("poweroff -f")
    assert machine.end(conftest.RUN_SECONDS) == 0
