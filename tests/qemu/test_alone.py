# SPDX-License-Identifier: BSD-2-Clause
"""A request whose handler needs nobody else: answered once, wherever it is fired, and nobody is
held for it."""

import json

import conftest
import pytest

PROCESSORS = 4
NOOP, ALONE, SHOTS = 0x10, 0x14, 20
FREED = 1 << 12  # MUSTER_RECORD_FREED
NO_BROADCAST = ["-global", "ICH9-LPC.x-smi-broadcast=off"]


@pytest.fixture(scope="module", params=["broadcast", "directed"])
def machine(request, tmp_path_factory):
    with conftest.contextlib.ExitStack() as stack:
        guest = conftest.boot(request, stack, tmp_path_factory, cpus=PROCESSORS, memory="512M",
                              thread="single",
                              extra=NO_BROADCAST if request.param == "directed" else [])
        yield guest.ready()


def records_of(machine, options):
    status, output = machine.run(f"smistat --records {options}")
    assert status == 0, output
    return json.loads(output[output.index("{"):])["records"]


@pytest.mark.parametrize("cpus", ["0", "3", "all"])
def test_each_is_answered(machine, cpus):
    report = machine.smistat(f"--command alone --cpu {cpus} --count 100")
    totals = report["totals"]
    assert totals["requests_logged"] == totals["answered"] == totals["outs"]
    # With broadcast another processor may be the first to see the byte, and then it asks everybody
    # whose it is.
    if not report["broadcast"]:
        assert totals["directed"] == 0 and totals["visits"] == totals["outs"]


def test_nobody_is_held(machine):
    """The monarch lets the others go before it runs the handler, and fetches nobody for itself."""
    led = [record for record in records_of(machine, "--command alone --cpu 1 --count 50")
           if record.get("cause")]
    assert len(led) == 50
    for record in led:
        assert record["flags"] & FREED
        assert record["processor"] != 1 or record["came"] == 1


def test_at_once(machine):
    totals = machine.smistat("--simultaneous --command alone --count 100")["totals"]
    assert totals["answered"] == totals["requests_logged"] == 100 * PROCESSORS


@pytest.mark.parametrize("command", [NOOP, ALONE])
def test_requests_from_another_than_the_first(machine, command):
    fire = f"CPU=1 taskset -c 1 smi {command} >/dev/null || exit"
    report = machine.smistat(f"-- sh -c 'for i in $(seq {SHOTS}); do {fire}; done'")
    totals = report["totals"]
    assert totals["rounds"] == totals["requests_logged"] == SHOTS
    who_fired = report["processors"][1]
    assert who_fired["smi_count"] == who_fired["visits"] == SHOTS
    if report["broadcast"]:
        assert totals["directed"] == 0
    else:
        assert who_fired["led"] == SHOTS
        assert totals["directed"] == (SHOTS * (PROCESSORS - 1) if command == NOOP else 0)
    if report["broadcast"] or command == NOOP:
        assert {row["smi_count"] for row in report["processors"]} == {SHOTS}
    else:
        assert totals["smi_count"] == SHOTS


def test_bytes_from_another_than_the_first(machine):
    """It may be anybody's request: everybody is gathered to know."""
    report = machine.smistat(f"-- taskset -c 1 poke out 8 0xb2 {NOOP}")
    totals = report["totals"]
    assert totals["rounds"] == totals["bytes"] == 1
    assert [row["smi_count"] for row in report["processors"]] == [1] * PROCESSORS
    assert totals["directed"] == (0 if report["broadcast"] else PROCESSORS - 1)
