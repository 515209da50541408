# SPDX-License-Identifier: BSD-2-Clause
"""What root can do from Linux against SMRAM and the SMI sources, and that SMM works afterwards.
Also the TCO, whose SMI only the first processor is sent."""

import re

import conftest
import pytest

HOST_BRIDGE = "0x00 0"
LOW_SMRAM = 0x9c
SMI_ENABLE = 0x630
SMI_ENABLE_GLOBAL, SMI_ENABLE_APMC = 0x01, 0x20
TCO_DATA_IN = 0x662
PROCESSORS = conftest.PROCESSORS

pytestmark = pytest.mark.fast


@pytest.fixture(autouse=True)
def smm_works_afterwards(machine):
    yield
    report = machine.smistat("--count 50")
    assert report["totals"]["rounds"] == 50 * PROCESSORS


def tseg(machine):
    said = machine.rom_said(r"SMRAM ([0-9a-f]+)-([0-9a-f]+)")
    first, last = (int(text, 16) for text in said.groups())
    return first, last - first + 1


def pci_read(machine, register, width=8):
    return int(machine.shell(f"poke pci-read {width} {HOST_BRIDGE} {register}"), 16)


def pci_write(machine, register, value, width=8):
    machine.shell(f"poke pci-write {width} {HOST_BRIDGE} {register} {value}")


def port_read(machine, port, width=32):
    return int(machine.shell(f"poke in {width} {port}"), 16)


def port_write(machine, port, value, width=32):
    machine.shell(f"poke out {width} {port} {value}")


def words_not_ones(machine):
    first, size = tseg(machine)
    return int(machine.shell(f"poke ones {first:#x} {size:#x}"))


def test_the_probe_can_tell(machine):
    """The same read of ordinary memory does not give all ones."""
    assert int(machine.shell("poke ones 0xf0000 0x10000")) > 0


def test_tseg_reads_all_ones(machine):
    assert words_not_ones(machine) == 0


def test_tseg_cannot_be_written(machine):
    first, size = tseg(machine)
    machine.shell(f"poke fill {first:#x} {size:#x} 0x90")
    assert words_not_ones(machine) == 0


@pytest.mark.parametrize("value", [0x00, 0x01, 0xff])
def test_low_smram_stays_closed(machine, value):
    """30000h-4FFFFh: the vectors and stacks of the 16-bit part of SMM entry."""
    pci_write(machine, LOW_SMRAM, value)
    machine.shell("poke fill 0x30000 0x20000 0x90")
    assert int(machine.shell("poke ones 0x30000 0x20000")) == 0


def test_low_smram_is_reserved(machine):
    ranges = re.findall(r"BIOS-e820: \[mem 0x(\w+)-0x(\w+)\] reserved", machine.shell("dmesg"))
    assert any(int(first, 16) <= 0x30000 and int(last, 16) >= 0x4ffff for first, last in ranges)


@pytest.mark.parametrize("register", [0x9d, 0x9e])
@pytest.mark.parametrize("value", [0x00, 0x42, 0xff])
def test_smram_registers_do_not_change(machine, register, value):
    free = 0x20 if register == 0x9d else 0  # D_CLS: not locked, and without effect
    before = pci_read(machine, register) & ~free
    pci_write(machine, register, value)
    assert pci_read(machine, register) & ~free == before
    assert words_not_ones(machine) == 0


def test_smram_is_closed_and_locked(machine):
    assert pci_read(machine, 0x9d) & 0x58 == 0x18  # D_LCK and G_SMRAME, not D_OPEN
    assert pci_read(machine, 0x9e) & 0x01  # T_EN


def test_extended_tseg_size_changes_nothing(machine):
    before = pci_read(machine, 0x50, 16)
    pci_write(machine, 0x50, 0xffff, 16)
    assert words_not_ones(machine) == 0
    pci_write(machine, 0x50, before, 16)
    assert words_not_ones(machine) == 0


def test_global_enable_cannot_be_cleared(machine):
    before = port_read(machine, SMI_ENABLE)
    assert before & SMI_ENABLE_GLOBAL
    port_write(machine, SMI_ENABLE, before & ~SMI_ENABLE_GLOBAL)
    assert port_read(machine, SMI_ENABLE) & SMI_ENABLE_GLOBAL


def test_software_smis_can_be_switched_off_and_on(machine):
    """QEMU 7.2's lock leaves APMC_EN writable: root can deny itself SMIs, nothing more."""
    before = port_read(machine, SMI_ENABLE)
    port_write(machine, SMI_ENABLE, before & ~SMI_ENABLE_APMC)
    report = machine.smistat("-- poke out 8 0xb2 0x10")
    assert report["totals"]["smi_count"] == 0
    port_write(machine, SMI_ENABLE, before)
    report = machine.smistat("-- poke out 8 0xb2 0x10")
    assert report["totals"]["smi_count"] == PROCESSORS
    assert report["totals"]["bytes"] == 1


def test_tco_gathers_everybody(machine):
    """Its SMI goes to the first processor alone; the others come by directed SMIs."""
    report = machine.smistat(f"-- poke out 8 {TCO_DATA_IN} 1")
    assert report["totals"]["tco_rounds"] == report["totals"]["rounds"] == 1
    assert report["totals"]["directed"] == PROCESSORS - 1
    assert [row["smi_count"] for row in report["processors"]] == [1] * PROCESSORS
    assert [row["held"] for row in report["processors"]] == [0] + [1] * (PROCESSORS - 1)
