# SPDX-License-Identifier: BSD-2-Clause
"""Machine checks, as QEMU's monitor injects them: what docs/environment.md says of them. In SMM an error that
cannot be corrected takes the machine down, outside it is the OS's; a corrected one is nobody's in SMM."""

import re
import time

import conftest

ROM = conftest.BUILD / "test" / "muster-bad.rom"
LOOP = 0x50  # a handler without an end
BANK = 1
VALID, UNCORRECTED, ENABLED, CONTEXT_CORRUPT = 1 << 63, 1 << 61, 1 << 60, 1 << 57
CORRECTED = VALID | ENABLED
FATAL = VALID | UNCORRECTED | ENABLED | CONTEXT_CORRUPT
IN_PROGRESS = 1 << 2  # MCG_STATUS


def monitor(machine, line):
    return machine.qmp("human-monitor-command", **{"command-line": line})


def inject(machine, status, cpu=0):
    return monitor(machine, f"mce {cpu} {BANK} {status:#x} {IN_PROGRESS:#x} 0 0")


def is_in_smm(machine):
    return re.search(r"SMM=1", monitor(machine, "info registers")) is not None


def test_an_error_in_smm_takes_the_machine_down(linux):
    machine = linux(cpus=1, memory="256M", rom=ROM).ready()
    machine.send(f"smi {LOOP}")
    limit = time.monotonic() + conftest.RUN_SECONDS
    while not is_in_smm(machine):
        assert time.monotonic() < limit
        time.sleep(0.05)
    assert "MCE capability is not enabled" in inject(machine, FATAL)
    machine.end(conftest.RUN_SECONDS)
    assert "machine check" not in machine.text.lower()


def test_an_error_outside_is_the_oss(linux):
    machine = linux(cpus=1, memory="256M").ready()
    machine.smistat("--count 20")
    assert inject(machine, FATAL) == ""
    machine.wait(r"machine check|Machine check", conftest.RUN_SECONDS)
    machine.end(conftest.RUN_SECONDS)


def test_corrected_errors_while_smis_are_fired(linux):
    machine = linux(cpus=2, memory="256M").ready()
    machine.shell("smistat --count 2000 >/tmp/report 2>&1; echo $? >/tmp/status & true")
    for error in range(200):
        assert inject(machine, CORRECTED, error % 2) == ""
    machine.shell("while [ ! -s /tmp/status ]; do sleep 0.1; done")
    assert machine.shell("cat /tmp/status").strip() == "0", machine.shell("cat /tmp/report")
