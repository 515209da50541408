# SPDX-License-Identifier: BSD-2-Clause
"""What root and a kernel of its own can try from Linux. Each attempt gets its defined answer, the machine
lives, and nothing in SMRAM has changed: a handler's hash says so, and another of the machine's memory,
which this test sees from the outside. docs/threat-model.md names the tests."""

import re

import conftest
import pytest
from smram import Smram, memory_options

ROM = conftest.BUILD / "test" / "muster-attack.rom"
IMAGE = conftest.BUILD / "test" / "attack" / "runtime.bin"
INITRD = conftest.BUILD / "test" / "attack.cpio.gz"
PROCESSORS = 3
MEMORY = 256 << 20
HASH, SECRET, CONTROL = 0x40, 0x41, 0x42
NOOP, QUERY, LOG, COMMUNICATE, ALONE = range(0x10, 0x15)
NOBODY = 0x77  # a command without a handler
SUCCESS, NO_REQUEST, UNSUPPORTED, FAULT = 0, 0x82, 0x83, 0x87
SECRET_FACTOR = 0x9e3779b97f4a7c15  # tests/rom/attack.c
NO_STATUS = 0xee  # what the attack leaves in APM_STS
APIC_VERSION = 0x14
RUN = "/sys/module/attack/parameters/run"

pytestmark = pytest.mark.fast


@pytest.fixture(scope="module")
def machine(request, tmp_path_factory):
    path = tmp_path_factory.mktemp("memory") / "ram"
    with conftest.contextlib.ExitStack() as stack:
        guest = conftest.boot(request, stack, tmp_path_factory, cpus=PROCESSORS,
                              memory=f"{MEMORY >> 20}M", rom=ROM, kernel=conftest.KERNEL, initrd=INITRD,
                              append="iomem=relaxed", extra=memory_options(path, MEMORY),
                              deadline=conftest.DEADLINE_SHORT)
        guest.ready()
        said = guest.rom_said(r"SMRAM ([0-9a-f]+)-([0-9a-f]+)")
        base, last = (int(text, 16) for text in said.groups())
        guest.smram = stack.enter_context(Smram(path, base, last + 1 - base, IMAGE, PROCESSORS))
        guest.shell("echo 0 > /proc/sys/kernel/printk")  # it wonders at what comes
        yield guest


def smi(machine, command, argument=0, cpu=0):
    answer = machine.shell(f"CPU={cpu} smi {command} {argument}")
    return [int(word, 16) for word in answer.split()]


def root(machine, idea, count=""):
    """The lines that an attack from user space prints, each as its words."""
    smram = machine.smram
    lines = machine.shell(f"attacks {idea} {smram.base:#x} {smram.size:#x} {count}")
    return [line.split() for line in lines.splitlines()]


def kernel(machine, attack, cpu=0):
    """The same of one that takes a kernel."""
    return machine.shell(f"taskset -c {cpu} sh -c 'echo {attack} > {RUN}' && cat {RUN}")


@pytest.fixture(autouse=True)
def nothing_in_smram_changes(machine):
    before = smi(machine, HASH), machine.smram.hash()
    assert before[0][0] == SUCCESS and before[0][2] > 4096
    yield
    assert (smi(machine, HASH), machine.smram.hash()) == before
    report = machine.smistat("--count 20")
    assert report["totals"]["answered"] == 20 * PROCESSORS


def test_the_hashes_can_tell(machine):
    """One bit of a constant, changed from the outside where nobody is stopped."""
    smram = machine.smram
    before = smi(machine, HASH), smram.hash()
    constants, = smram.regions("constants")
    last = constants["base"] + constants["size"] - 1
    smram.memory[last] ^= 1
    assert smi(machine, HASH)[1] != before[0][1] and smram.hash() != before[1]
    smram.memory[last] ^= 1


# ---- From user space ---------------------------------------------------------------------------

def test_every_byte(machine):
    """Those of handlers that serve a byte, those that want a request, ACPI's (two that are no SMI, one that
    tells of processors plugged in and is not answered), nobody's."""
    served = {NOOP, COMMUNICATE, ALONE, HASH, SECRET}
    answers = {**dict.fromkeys(range(256), (UNSUPPORTED, 1)),
               **dict.fromkeys(served, (SUCCESS, 1)),
               **dict.fromkeys((QUERY, LOG, CONTROL), (NO_REQUEST, 1)),
               **dict.fromkeys((2, 3), (NO_STATUS, 0)), 4: (NO_STATUS, 1)}
    lines = [[int(word, 16) for word in line] for line in root(machine, "bytes")]
    assert len(lines) == 2 * 256
    assert [line for line in lines if tuple(line[1:]) != answers[line[0]]] == []


def test_storm_and_scribble(machine):
    """From every processor at once, and SMIs by the local APIC besides."""
    machine.shell(f"taskset -c {PROCESSORS - 1} sh -c 'echo smi 200 > {RUN}' & true")
    seen = {int(status, 16): int(times)
            for status, times in root(machine, "scribble", 200)}
    assert sum(seen.values()) == 200 * PROCESSORS
    assert SUCCESS in seen and UNSUPPORTED in seen and FAULT not in seen


def test_a_window_that_describes_itself_wrongly(machine):
    assert root(machine, "header", 100) == [["100"]]


def test_pointers_into_smram(machine):
    """Every answer is the same whatever the argument is."""
    lines = [" ".join(line) for line in root(machine, "pointers")]
    window = [int(word, 16) for word in next(
        line for line in lines if line.startswith("12 ")).split()][2:]
    version = next(line for line in lines if line.startswith("11 ")).split()[2]
    assert sorted(lines) == sorted([
        "10 0 0 0", f"11 0 {version} {PROCESSORS:x}", f"12 0 {window[0]:x} {window[1]:x}",
        next(line for line in lines if line.startswith("13 ")), "14 0 0 0",
        "15 83 0 0", "16 83 0 0", "17 83 0 0",
        f"message {window[0]:x} {window[1]:x} {PROCESSORS:x}{version:0>8} untouched"])


def test_memory_types_and_placement(machine):
    assert root(machine, "msr") == [["0"]]


# ---- From a kernel -----------------------------------------------------------------------------

def test_the_local_apic_does_not_move(machine):
    """QEMU keeps the number and nothing else: the registers stay, SMRAM stays closed, and the SMIs that
    are fired meanwhile are served."""
    smram = machine.smram
    for region in smram.regions("code", "page tables", "entry code", "save state",
                                "synchronization"):
        page = region["base"] & ~0xfff
        base, before, during, seen, taken = (
            int(word, 16) for word in kernel(machine, f"base {page:#x}", 1).split())
        assert base == page
        assert before == during and before & 0xff == APIC_VERSION
        assert seen == 0xffffffff
        assert taken >= 3


def test_an_nmi_flood(machine):
    """At all processors, the sender too, while SMIs are fired. Linux gets them, but for those that merge,
    and none has run a handler of the OS in SMM: SMRAM is as it was."""
    for cpu in range(PROCESSORS):
        lines = kernel(machine, "nmi 200", cpu).splitlines()
        counts = dict(map(int, line.split()) for line in lines)
        assert sorted(counts) == list(range(PROCESSORS))
        assert all(0 < count <= 200 for count in counts.values())


def test_an_init_flood_at_an_offline_processor(machine):
    online = "/sys/devices/system/cpu/cpu1/online"
    machine.shell(f"echo 0 > {online}")
    try:
        for _ in range(2):
            kernel(machine, "init 1 500")
            machine.run("smistat --cpu 0 --count 3")  # QEMU throws away an SMI pending at INIT
        machine.smistat("--cpu 0 --count 20")
    finally:
        machine.shell(f"echo 1 > {online}")


# ---- What crosses the border -------------------------------------------------------------------

def test_the_context_of_the_os(machine):
    """General, control, debug and segment registers, tables, MSRs, and all that XSAVE knows, of the processor
    that fires: it leads the round, or is held in it."""
    for cpu in range(PROCESSORS):
        for command in 3 * [NOOP, ALONE, SECRET, COMMUNICATE, NOBODY]:
            found = kernel(machine, f"context {command}", cpu)
            assert re.fullmatch(r"smis [1-9]\d* compared \d{3}", found), found


def test_a_secret_stays_in_smram(machine):
    """A number that a handler had in every register and on its stack is in SMRAM, and nowhere else in the
    machine's memory: not in the answer, the log, or what Linux saved of its registers."""
    for cpu in range(PROCESSORS):
        argument = 0x1234567 + cpu
        assert smi(machine, SECRET, argument, cpu) == [SUCCESS, 0, 0]
        inside, outside = machine.smram.places(argument * SECRET_FACTOR % (1 << 64))
        assert inside and not outside


def levels_of_paging(machine):
    """Linux's and SMM's; RSM brings CR4 and CR3 back, as the context shows."""
    flags = machine.shell("grep -m1 flags /proc/cpuinfo").split()
    assert re.fullmatch(r"smis [1-9]\d* compared \d{3}", kernel(machine, f"context {NOOP}"))
    return 4 + ("la57" in flags), 4 + (smi(machine, CONTROL)[1] >> 32 + 12 & 1)


def test_five_levels_of_paging(machine):
    assert levels_of_paging(machine) == (5, 5)


@pytest.mark.parametrize("cpu, append, levels", [("max", "no5lvl", (4, 5)), ("max,-la57", "", (4, 4))])
def test_levels_of_paging(linux, cpu, append, levels):
    """Those of SMM are the processor's, whatever the OS has."""
    machine = linux(memory="256M", rom=ROM, initrd=INITRD, cpu=cpu, append=append).ready()
    assert levels_of_paging(machine) == levels
    machine.smistat("--count 20")


def test_protections_are_on(machine):
    """Of those that this processor has: CR0.WP, CR4.SMEP, SMAP, UMIP, EFER.NXE; no machine checks and no
    FPU."""
    status, control, efer = smi(machine, CONTROL)
    cr0, cr4 = control & 0xffffffff, control >> 32
    assert status == SUCCESS
    assert cr0 & 1 << 16 and cr0 & 1 << 2
    assert all(cr4 & 1 << bit for bit in (11, 20, 21)) and not cr4 & 1 << 6
    assert efer & 1 << 11
