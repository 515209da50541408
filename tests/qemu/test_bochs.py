# SPDX-License-Identifier: BSD-2-Clause
"""The exerciser on Bochs: another emulator, which latches an SMI in wait-for-SIPI and keeps the
SMRAM lock, and has neither ACPI tables nor a configuration device for the firmware."""

import re
import shutil
import subprocess
import time

import conftest
import pytest
from test_relocation import times_of

ROM = conftest.BUILD / "muster-pc.rom"
LIMIT_SECONDS = 900
VIDEO_ROM = "/usr/share/seabios/vgabios-isavga.bin"
MACHINE = """
display_library: term
romimage: file={rom}
vgaromimage: file={video}
cpu: model=corei7_skylake_x, count={cpus}, ips=50000000, reset_on_triple_fault=0
memory: guest=128, host=128
pci: enabled=1, chipset=i440fx
clock: sync=none
com1: enabled=1, mode=file, dev={serial}
log: {log}
panic: action=fatal
error: action=report
info: action=ignore
debug: action=ignore
"""


def serial_of(cpus, directory):
    """Everything the ROM says until it switches the machine off."""
    serial, start = directory / "serial", directory / "start"
    config = directory / "bochsrc"
    config.write_text(MACHINE.format(rom=ROM, video=VIDEO_ROM, cpus=cpus, serial=serial,
                                     log=directory / "log"))
    start.write_text("c\n")
    # The terminal display wants a terminal.
    with subprocess.Popen(["script", "-q", "-e", "-c", f"exec bochs -q -f {config} -rc {start}",
                           str(directory / "screen")], stdin=subprocess.DEVNULL,
                          stdout=subprocess.DEVNULL, env={"TERM": "xterm",
                                                          "PATH": "/usr/bin:/bin"}) as bochs:
        limit = time.monotonic() + LIMIT_SECONDS
        while bochs.poll() is None and time.monotonic() < limit:
            text = serial.read_text() if serial.exists() else ""
            if "muster: error" in text:
                break
            time.sleep(0.2)
        bochs.kill()  # who is stopped, for whatever reason, ends by nothing else
    return serial.read_text()


def check_relocation(text, cpus):
    """The SMI is latched in wait-for-SIPI, as the manual says; the SIPI names the handler's page."""
    assert re.search(rf"SMBASE relocated: {cpus} processors", text)
    assert len(times_of(text)) == cpus - 1
    means = re.findall(r"SMIs to processors that wait for a SIPI: (.*)", text)
    assert means == ([] if cpus == 1 else ["latched until the SIPI with vector 38h"])


@pytest.mark.skipif(not shutil.which("bochs"), reason="Bochs is not installed")
@pytest.mark.parametrize("cpus", [1, 4, 15])
def test_exerciser(cpus, tmp_path):
    text = serial_of(cpus, tmp_path)
    assert "exerciser: verdict=ok" in text, text
    assert "SMRAM locked" in text
    check_relocation(text, cpus)
    # The exerciser has left a 16-bit TSS in TR, and the switch to 64-bit mode has met #GP.
    assert "with TSS286 in TR" in (tmp_path / "log").read_text()
    assert "low_memory_changes=0 ok" in text
    # Bochs' local APIC moves, over SMRAM too.
    pages = re.search(r"apic_over_smram moves=1 pages=(\d+) right=(\d+) ok", text)
    assert int(pages[1]) == int(pages[2]) >= 16
    assert re.search(r"apic_x2 status=0 visits=\d+ ok", text)
    phases = re.findall(r"phase=\S+ requests=(\d+) answered=(\d+)", text)
    assert len(phases) == 5
    assert all(int(requests) == int(answered) == 25 * cpus for requests, answered in phases)
    assert len(re.findall(r"exerciser: processor=.* ok$", text, re.M)) == 5 * cpus
