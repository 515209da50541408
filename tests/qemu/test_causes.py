# SPDX-License-Identifier: BSD-2-Clause
"""A cause that no handler serves, on a ROM without one for TCO: its latch is cleared, its source switched
off, the log says so, and SMIs go on."""

import json

import conftest
import pytest

ROM = conftest.BUILD / "test" / "muster-unserved.rom"
PROCESSORS = 2
SMI_ENABLE, SMI_ENABLE_TCO = 0x630, 1 << 13
TCO_DATA_IN, TCO1_STATUS, TCO1_MESSAGE = 0x662, 0x664, 1 << 1
CAUSE_TCO = 1 << 2
RECORD_SWITCHED_OFF = 1 << 14


@pytest.fixture(scope="module")
def machine(request, tmp_path_factory):
    with conftest.contextlib.ExitStack() as stack:
        yield conftest.boot(request, stack, tmp_path_factory, cpus=PROCESSORS, memory="512M", rom=ROM,
                            thread="single").ready()


def port_read(machine, port, width):
    return int(machine.shell(f"poke in {width} {port}"), 16)


def latest(machine):
    """The monarch's record of the latest round that had a cause."""
    text = machine.shell("smistat --log 4 --json")
    records = json.loads(text[text.index("{"):])["records"]
    return max((record for record in records if record.get("cause")), key=lambda record: record["round"])


# QEMU raises the SMI of a message without the enable too: so there is a second.
@pytest.mark.parametrize("enabled", [SMI_ENABLE_TCO, 0])
def test_cause_that_nobody_serves_is_switched_off(machine, enabled):
    assert port_read(machine, SMI_ENABLE, 32) & SMI_ENABLE_TCO == enabled
    machine.shell(f"poke out 8 {TCO_DATA_IN} 1")
    record = latest(machine)
    assert record["cause"] == CAUSE_TCO and record["flags"] & RECORD_SWITCHED_OFF
    assert record["came"] == 1 and record["answered"] == 0
    assert port_read(machine, SMI_ENABLE, 32) & SMI_ENABLE_TCO == 0
    assert port_read(machine, TCO1_STATUS, 16) & TCO1_MESSAGE == 0
    assert machine.smistat("--count 20")["totals"]["answered"] == 20 * PROCESSORS
