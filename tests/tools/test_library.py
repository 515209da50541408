# SPDX-License-Identifier: BSD-2-Clause
"""libmuster.a as somebody else gets it: what it needs and offers, and the example port, built
against what is installed and run on a machine without a chipset. Then the mistakes that
docs/porting.md names: each must end as it says there."""

import os
import pathlib
import re
import shutil
import struct
import subprocess
import sys
import time

import pytest
from conftest import BUILD, ROOT, muster

sys.path.insert(0, str(ROOT / "tools" / "run"))
import qemu  # noqa: E402

LIBRARY = BUILD / "libmuster.a"
EXAMPLE = "usr/share/doc/muster/examples/bare"
SECONDS = 600
WINDOW, WINDOW_SIZE, DOORBELL = 0x1200000, 0x100000, 0x1400000  # examples/bare/board.h
DEADLINE, FAULT, STOPPED = 1 << 8, 1 << 10, 1 << 11
CAUSE_BYTE, PAGE_FAULT = 2, 14
# Of the linker script, and of the linker for a section's two ends.
SCRIPT = {"image_begin", *(f"__{end}_muster_{section}" for end in ("start", "stop")
                           for section in ("handlers", "messages", "places"))}
ENTRIES = {"image_install", "image_seal"}  # what the linker script puts into the image's header


def run(*words, **more):
    return subprocess.run(list(map(str, words)), capture_output=True, text=True, timeout=900,
                          **more)


def symbols(member, kinds):
    done = run("nm", LIBRARY)
    assert done.returncode == 0, done.stderr
    part = done.stdout.split(f"{member}:\n")[1].split("\n\n")[0]
    return {name for kind, name in re.findall(r"(\w) (\S+)$", part, re.M) if kind in kinds}


def functions_of(*headers):
    """The functions that public headers declare."""
    text = "".join((ROOT / "include" / "muster" / header).read_text() for header in headers)
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    return {name for name in re.findall(r"^(?!static)[a-z].*?\b([a-z]\w*)\(", text, re.M)
            if name != "__attribute__" and not name.endswith("_function")}


def test_the_image_needs_the_port_and_nothing_else():
    port = functions_of("port.h")
    assert len(port) >= 7
    assert symbols("muster_runtime.o", "U") == port | SCRIPT
    assert symbols("muster_runtime.o", "TDRBVW") == ENTRIES | functions_of(
        "debug.h", "interrupts.h", "lapic.h", "plug.h", "remote.h")


def test_the_firmware_half_needs_nothing():
    assert symbols("muster_boot.o", "U") == symbols("muster_memory.o", "U") == set()
    assert symbols("muster_boot.o", "TDRBVW") == functions_of("install.h", "layout.h") | {
        "muster_relocate_error", "muster_relocate_revision"}
    assert symbols("muster_memory.o", "TDRBVW") == {"memcpy", "memmove", "memset", "memcmp"}


def test_it_is_compiled_to_the_end():
    """No intermediate code of one version of one compiler."""
    assert ".gnu.lto" not in run("objdump", "-h", LIBRARY).stdout


# ---- The example -------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """An installation."""
    root = tmp_path_factory.mktemp("root")
    version = muster("--version").stdout.decode().split()[1]
    done = run(ROOT / "tools/install/install.sh", "put", BUILD, root, "/usr", version)
    assert done.returncode == 0, done.stderr
    return root


def build(root, example, out, *settings):
    environment = {**os.environ, "PKG_CONFIG_SYSROOT_DIR": str(root),
                   "PKG_CONFIG_LIBDIR": str(root / "usr/share/pkgconfig")}
    out.mkdir(exist_ok=True)
    # Not a part of the make that runs the tests.
    for name in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS"):
        environment.pop(name, None)
    return run("make", "-C", example, f"OUT={out}", *settings, env=environment)


def machine(out, thread="single", kind="microvm,acpi=off", extra=(), qmp=None):
    words = qemu.arguments(out / "bare.rom", cpus=4, memory="64M", thread=thread, machine=kind,
                           extra=["-no-reboot", *extra])
    logs = BUILD / "test-logs"
    logs.mkdir(exist_ok=True)
    return qemu.Machine(words, logs / f"library-{out.name}.log", qmp)


@pytest.mark.parametrize("settings", [[], ["CC=clang"]], ids=["gcc", "clang"])
@pytest.mark.parametrize("thread", ["single", "multi"])
def test_the_example_loses_no_smi(root, tmp_path, settings, thread):
    """Built by the compiler that made the library, and by another."""
    if settings and not shutil.which("clang"):
        pytest.skip("needs Debian's clang")
    done = build(root, root / EXAMPLE, tmp_path / "out", *settings)
    assert done.returncode == 0, done.stderr
    with machine(tmp_path / "out", thread) as board:
        for processor in range(4):
            said = board.wait(rf"^bare: processor {processor}: answered (\d+), SMIs (\d+),", SECONDS,
                              until="error")
            assert said.group(1) == "50"
            assert int(said.group(2)) >= 50
        board.wait(r"^bare: doorbell: answered 25$", SECONDS)
        board.wait(r"^bare: fired 225, answered 225, handled 225\nbare: ok$", SECONDS)
        assert board.end(SECONDS) == 0


def test_layout_of_an_image(root, tmp_path):
    """`muster layout` plans for the image of another as its firmware does."""
    out = tmp_path / "out"
    assert build(root, root / EXAMPLE, out).returncode == 0
    done = run(BUILD / "muster", "layout", "--image", out / "runtime.bin", "--base", "0x1000000",
               "--smram", "1M", "--cpus", "4")
    assert done.returncode == 0, done.stderr
    used = re.search(r"; (\d+) KiB used$", done.stdout, re.M).group(1)
    with machine(out) as board:
        said = board.wait(r"^bare: (\d+) KiB of SMRAM used$", SECONDS)
    # The tool knows neither where the window is nor the doorbell: other page tables.
    assert abs(int(said.group(1)) - int(used)) <= 16


# ---- The mistakes that docs/porting.md names ---------------------------------------------------

MISTAKES = {  # name: (file, what it says, what it is made to say, what the board then says)
    "two-handlers-one-command": ("ticket.h", "0x20", "0x10", r"^bare: install: error -14$"),
    "window-in-smram": ("board.h", "BOARD_WINDOW      0x1200000", "BOARD_WINDOW 0x10f0000",
                        r"^bare: plan: error -17$"),
    "smram-too-small": ("board.h", "BOARD_SMRAM_SIZE  0x100000", "BOARD_SMRAM_SIZE 0xc000",
                        r"^bare: plan: error -4$"),
    "image-damaged": ("main.c", "smm_image_end - smm_image)", "smm_image_end - smm_image) - 1",
                      r"^bare: image: error -16$"),
    "smram-not-there": ("board.h", "BOARD_SMRAM       0x1000000", "BOARD_SMRAM 0x7000000",
                        r"^bare: image: error -12$"),
    "look-takes": ("port.c", "__atomic_load_n(&board_doorbell()->command, __ATOMIC_ACQUIRE)",
                   "__atomic_exchange_n(&board_doorbell()->command, 0, __ATOMIC_SEQ_CST)",
                   r"^bare: doorbell: answered 0\n.*\nbare: FAILED$"),
    "handler-uses-sse": ("ticket.c", "    call->result[0] = ++tickets;",
                         '    __asm__ volatile("xorps %xmm0, %xmm0");\n'
                         "    call->result[0] = ++tickets;",
                         r"^bare: fired 225, answered 0, handled \d+\nbare: FAILED$"),
}


def mistake_make(root, tmp_path, *changes):
    """The example with changes, each a file, what it says, and what it is made to say."""
    example = tmp_path / "example"
    shutil.copytree(root / EXAMPLE, example)
    for file, old, new in changes:
        text = (example / file).read_text()
        assert text.count(old) == 1
        (example / file).write_text(text.replace(old, new))
    return example


@pytest.mark.parametrize("name", MISTAKES)
def test_mistake(root, tmp_path, name):
    file, old, new, says = MISTAKES[name]
    out = tmp_path / name
    done = build(root, mistake_make(root, tmp_path, (file, old, new)), out)
    assert done.returncode == 0, done.stderr
    with machine(out) as board:
        board.wait(says, SECONDS, until=r"bare: ok|bare: FAILED")


def log_of(board, tmp_path):
    """The SMI log of a board that is left standing: its records, by processor."""
    file = tmp_path / "window"
    board.qmp("pmemsave", val=WINDOW, size=WINDOW_SIZE, filename=str(file))
    window = file.read_bytes()
    processors, _, count = struct.unpack_from("<3I", window, 108)
    rings = struct.unpack_from("<I", window, 156)[0]
    return [[record for at in range(count)
             if (record := Record(window, rings + 128 * (ring * count + at))).sequence]
            for ring in range(processors)]


class Record:
    """What the tests look at of a struct muster_record."""

    def __init__(self, window, at):
        self.sequence, self.round, self.processor, self.flags, self.cause = struct.unpack_from(
            "<QIHHI", window, at)
        self.linear, self.error, self.vector = struct.unpack_from("<QIB", window, at + 104)


def test_memory_of_the_port_not_mapped(root, tmp_path):
    """The first SMI ends in a page fault of the runtime, and the log says on what."""
    out = tmp_path / "not-mapped"
    done = build(root, mistake_make(root, tmp_path, (
        "main.c", "    .ranges = {{.base = BOARD_DOORBELL, .size = sizeof(struct board_doorbell)}},\n",
        "")), out)
    assert done.returncode == 0, done.stderr
    with machine(out, qmp=tmp_path / "qmp") as board:
        board.wait(r"^bare: \d+ KiB of SMRAM used$", SECONDS)
        limit = time.monotonic() + SECONDS
        while not any(records := log_of(board, tmp_path)) and time.monotonic() < limit:
            time.sleep(0.1)
    fault = records[0][0]
    assert fault.flags & (FAULT | STOPPED) == FAULT | STOPPED
    assert (fault.vector, fault.linear) == (PAGE_FAULT, DOORBELL)


def test_broadcast_that_is_none(root, tmp_path):
    """Every round of the doorbell waits for the first deadline, and no longer; nothing is lost."""
    out = tmp_path / "no-broadcast"
    done = build(root, mistake_make(root, tmp_path, ("port.c", "    return false;", "    return true;"),
                                    ("main.c", "DEADLINE_MILLISECONDS 1000",
                                     "DEADLINE_MILLISECONDS 100")), out)
    assert done.returncode == 0, done.stderr
    with machine(out, extra=["-no-shutdown"], qmp=tmp_path / "qmp") as board:
        board.wait(r"^bare: ok$", SECONDS, until="bare: FAILED")
        led = [record for record in log_of(board, tmp_path)[0] if record.cause == CAUSE_BYTE]
    assert len(led) == 25
    assert all(record.flags & DEADLINE for record in led)


def test_a_port_function_missing(root, tmp_path):
    example = mistake_make(root, tmp_path, ("port.c", "bool port_smi_is_broadcast",
                                            "bool smi_is_broadcast"))
    done = build(root, example, tmp_path / "out")
    assert done.returncode != 0
    assert "undefined reference to `port_smi_is_broadcast'" in done.stderr
