# SPDX-License-Identifier: BSD-2-Clause
"""Without broadcast SMIs: the processor that writes the port is the only one to take the SMI,
and the runtime fetches the others by directed ones. The counts hold all the same."""

import conftest
import pytest

PROCESSORS = 4
NO_BROADCAST = ["-global", "ICH9-LPC.x-smi-broadcast=off"]


@pytest.fixture(scope="module", params=["single", "multi"])
def machine(request, tmp_path_factory):
    with conftest.contextlib.ExitStack() as stack:
        guest = conftest.boot(request, stack, tmp_path_factory, cpus=PROCESSORS, memory="512M",
                              thread=request.param, extra=NO_BROADCAST)
        guest.scale = 1 if request.param == "single" else 10
        yield guest.ready()


@pytest.mark.parametrize("cpus", ["0", "3", "1,2", "all"])
def test_in_turn(machine, cpus):
    count = 400 // machine.scale
    report = machine.smistat(f"--cpu {cpus} --count {count}")
    totals = report["totals"]
    assert not report["broadcast"]
    assert totals["rounds"] == totals["requests_logged"] == totals["outs"]
    assert totals["directed"] == totals["outs"] * (PROCESSORS - 1)
    assert {row["visits"] for row in report["processors"]} == {totals["outs"]}


def test_at_once(machine):
    report = machine.smistat(f"--simultaneous --count {400 // machine.scale}")
    totals = report["totals"]
    assert totals["answered"] == totals["requests_logged"] == 400 // machine.scale * PROCESSORS
