# SPDX-License-Identifier: BSD-2-Clause
"""The second platform: i440FX, SMRAM of 128 KiB, SMIs that reach the first processor only.

The ROM boots with the map that `muster layout` prints, up to the number it promises."""

import json
import re
import subprocess

import conftest
import pytest
from smram import memory_options
from test_exerciser import PHASES

ROM = conftest.BUILD / "muster-pc.rom"
FRONT = conftest.BUILD / "muster"
LIMIT_SECONDS = 900
MEMORY_SIZE = 128 << 20  # QEMU's, if none is asked for
SMBASE_OFFSET = 0xff00  # of a save state's field
STUB_BEGINS = bytes([0x66, 0xbb])  # movl, %ebx
HERE = [name for name in PHASES if name != "tco-message"]


def layout(*options):
    output = subprocess.run([FRONT, "layout", "--machine", "pc", "--json", *options],
                            capture_output=True, text=True, check=True).stdout
    return json.loads(output)


def serial(cpus, count=2, seconds=LIMIT_SECONDS, extra=()):
    """What the ROM says; a ROM that stops with an error does not end QEMU."""
    words = ["qemu-system-x86_64", "-machine", "pc,smm=on", "-smp", str(cpus), "-bios", str(ROM),
             "-display", "none", "-no-reboot", "-accel", "tcg,thread=single", "-fw_cfg",
             f"name=opt/muster/count,string={count}", *conftest.deadline_options(), *extra]
    with conftest.qemu.Machine(words) as machine:
        machine.wait(r"verdict=|^muster: error", seconds)
        machine.wait(r"\n", 10)
        return machine.text


def check(text, cpus, count=2):
    assert re.search(r"exerciser: verdict=ok", text), text
    phases = re.findall(r"phase=(\S+) requests=(\d+) answered=(\d+)", text)
    assert [name for name, _, _ in phases] == HERE
    for _, requests, answered in phases:
        assert int(requests) == int(answered) == cpus * count
    assert len(re.findall(r"exerciser: processor=.* ok$", text, re.M)) == cpus * len(HERE)


def check_map(text, cpus):
    """The ROM's words about its map are those of the front."""
    planned = layout("--cpus", str(cpus))
    said = re.search(r"SMRAM layout: (\w+), processor 0 at SMBASE ([0-9a-f]+), (\d+) bytes to the "
                     r"next, (\d+) in a group", text)
    assert said.groups() == (planned["style"], f"{planned['smbase'][0]:x}",
                             str(planned["stride"]), str(planned["group"]))


def check_memory(path, cpus):
    """SMRAM is what the front says, byte by byte: each processor's entry code is there, and its save state,
    which names its SMBASE; what is in no region has never been written."""
    planned = layout("--cpus", str(cpus))
    with path.open("rb") as memory:
        memory.seek(planned["smram_base"])
        smram = memory.read(planned["smram_size"])
    unused = bytearray(smram)
    for region in planned["regions"]:
        begin = region["base"] - planned["smram_base"]
        unused[begin:begin + region["size"]] = bytes(region["size"])
        assert region["kind"] != "entry code" or smram.startswith(STUB_BEGINS, begin)
    assert not any(unused)
    for smbase in planned["smbase"]:
        begin = smbase + SMBASE_OFFSET - planned["smram_base"]
        assert int.from_bytes(smram[begin:begin + 4], "little") == smbase


@pytest.mark.fast
@pytest.mark.parametrize("cpus", [1, 4])
def test_exerciser(cpus):
    text = serial(cpus)
    check(text, cpus)
    check_map(text, cpus)


def test_packed():
    text = serial(20)
    check(text, 20)
    check_map(text, 20)
    assert "SMRAM layout: packed" in text


@pytest.mark.fast
@pytest.mark.parametrize("cpus", [2, 40])
def test_the_map_is_the_one_printed(cpus, tmp_path):
    path = tmp_path / "memory"
    check(serial(cpus, 1, extra=memory_options(path, MEMORY_SIZE)), cpus, 1)
    check_memory(path, cpus)


def test_as_many_as_are_promised():
    capacity = layout()["capacity"]
    text = serial(capacity, 1)
    check(text, capacity, 1)
    check_map(text, capacity)


def test_one_too_many_is_refused():
    capacity = layout()["capacity"]
    text = serial(capacity + 1)
    assert f"{capacity + 1} processors do not fit into 128 KiB of SMRAM; {capacity} do" in text


def test_linux(linux):
    machine = linux(machine="pc", rom=ROM, kernel=conftest.KERNEL, cpus=4).ready()
    report = machine.smistat("--count 20")
    assert report["processors_known"] == 4 and not report["broadcast"]
