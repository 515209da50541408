# SPDX-License-Identifier: BSD-2-Clause
"""Fixtures of the QEMU tests: machines that run the ROM, and Linux on it that takes commands.

Each machine's serial output is kept in build/test-logs. The limits on waiting are there to end
a hang, on a host several times slower than this one; no test asserts on how long anything took.
"""

import contextlib
import json
import os
import pathlib
import re
import sys
import warnings

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools" / "run"))
import qemu  # noqa: E402

BUILD = ROOT / os.environ.get("BUILD", "build")
ROM = BUILD / "muster.rom"
KERNEL = BUILD / "kernel" / "vmlinuz"
UNPACKED = BUILD / "test" / "vmlinuz"  # the same, for boots that are not what is tested
GUEST = BUILD / "test" / "guest.cpio.gz"
BOOT_SECONDS = 600
RUN_SECONDS = 900  # of a command in the guest
PROCESSORS = 2
# Of the runtime, in milliseconds. A host that stalls for as long makes processors absent that are not:
# longer than any does, but where a test loses SMIs or processors, and has to wait for it.
DEADLINE = 8000
DEADLINE_SHORT = 2000
TRIES = 3  # where deadlines are short, of what a stalled host has spoilt


def pytest_configure(config):
    config.addinivalue_line("markers", "fast: part of the short check")
    config.addinivalue_line("markers", "recording: stops QEMU's threads; not part of make test")


# What smistat says of a visit that an INIT has cut short; each with the number of cases, or two whose
# difference it is.
CUT_SHORT = [
    r"in (\d+) cases a processor was not held in a round",
    r"processor \d+ has (\d+) visits in its ring, (\d+) in its counter",
    r"processor \d+ took (\d+) SMIs \(MSR 34h\), the log has (\d+) visits",
]


def wrong_without_init(report, inits):
    """What is wrong in a report of smistat's and cannot come from so many INITs. Linux sends one to
    a processor that it starts, and QEMU lets it into SMM: the processor leaves without RSM."""
    def is_explained(text):
        for pattern in CUT_SHORT:
            match = re.fullmatch(pattern, text)
            if match:
                numbers = [int(number) for number in match.groups()]
                return max(numbers) - (min(numbers) if len(numbers) > 1 else 0) <= inits
        return False
    return [text for text in report["wrong"] if not is_explained(text)]


def deadline_options(milliseconds=DEADLINE):
    """For QEMU: the runtime's deadlines."""
    return ["-fw_cfg", f"name=opt/muster/deadline,string={milliseconds}"]


class Guest(qemu.Machine):
    """Linux with muster.job=commands."""

    def ready(self, seconds=BOOT_SECONDS):
        self.wait(r"^guest: ready$", seconds, until=r"Kernel panic|muster:.*error")
        return self

    def run(self, command, seconds=RUN_SECONDS):
        return super().run(command, seconds)

    def shell(self, command, seconds=RUN_SECONDS):
        """The output of a command that has to succeed."""
        status, output = self.run(command, seconds)
        assert status == 0, f"{command}: status {status}\n{output}"
        return output

    def smistat(self, options, seconds=RUN_SECONDS):
        """The report of a run whose verdict has to be ok, and in which no deadline has expired. Where
        deadlines are short the host may have stalled for as long: then it is tried again."""
        for left in reversed(range(TRIES if self.deadline < DEADLINE else 1)):
            status, output = self.run(f"smistat --json {options}", seconds)
            report = json.loads(output.splitlines()[-1])
            if report["totals"]["deadlines"] == 0 or left == 0:
                break
            warnings.warn(f"once more, as a deadline has expired: smistat {options}: {output}")
        assert status == 0 and report["verdict"] == "ok", output
        assert report["muster"] and report["totals"]["deadlines"] == 0, output
        return report

    def rom_said(self, pattern):
        """What the ROM of the latest boot said."""
        return list(re.finditer(pattern, self.text))[-1]


def log_path(request):
    node = request.node.name if request.scope == "function" else getattr(request, "param_index", 0)
    name = re.sub(r"[^\w.-]+", "_", str(node))
    directory = BUILD / "test-logs"
    directory.mkdir(parents=True, exist_ok=True)
    return directory / f"{request.node.path.stem}-{name}.log"


def boot(request, stack, tmp_path_factory, append="", rom=ROM, kernel=None, initrd=GUEST,
         reboots=False, extra=(), deadline=DEADLINE, **machine):
    extra = [*deadline_options(deadline), *extra]
    if not reboots:
        extra.append("-no-reboot")
    # Linux gives up at boot if its timer does not tick at once, as on a busy host.
    kernel = kernel or (UNPACKED if rom else KERNEL)  # QEMU's firmware boots by another protocol
    append = f"console=ttyS0 panic=-1 no_timer_check muster.job=commands {append}"
    words = qemu.arguments(rom, kernel, initrd, append, extra=extra, **machine)
    qmp = tmp_path_factory.mktemp("qmp") / "socket"
    guest = stack.enter_context(Guest(words, log_path(request), qmp))
    guest.deadline = deadline
    return guest


@pytest.fixture
def linux(request, tmp_path_factory):
    """linux(cpus=..., memory=..., thread=...) starts a machine; it ends with the test."""
    with contextlib.ExitStack() as stack:
        yield lambda **options: boot(request, stack, tmp_path_factory, **options)


@pytest.fixture(scope="module")
def machine(request, tmp_path_factory):
    """Linux on PROCESSORS processors, for all tests of a file that boots no machine of its own."""
    with contextlib.ExitStack() as stack:
        yield boot(request, stack, tmp_path_factory, cpus=PROCESSORS, memory="512M").ready()
