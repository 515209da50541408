# SPDX-License-Identifier: BSD-2-Clause
"""Handlers that run where they say, and functions that they have other processors run, fired from
Linux on every processor. Who ran what is told by CPUID on the processor that did."""

import json

import conftest
import pytest

ROMS = {"q35": conftest.BUILD / "test" / "muster-remote.rom",
        "pc": conftest.BUILD / "test" / "muster-remote-pc.rom"}
PROCESSORS = 4
ALL = (1 << PROCESSORS) - 1
ISSUER, EACH, OTHERS, HANG, FAULT, ABSENT, MANY = range(0x58, 0x5f)
NOT_READY, OUT_OF_RESOURCES, FAULTED, NOT_FOUND, TIMEOUT = 0x86, 0x89, 0x87, 0x8e, 0x92
RECORD_MONARCH, RECORD_FAULT, RECORD_REMOTE = 1 << 1, 1 << 10, 1 << 15
UNDEFINED = 6
STARTS_MAX = 254  # MUSTER_REMOTE_STARTS_MAX


@pytest.fixture(scope="module", params=ROMS)
def machine(request, tmp_path_factory):
    """On the second machine all handlers, and what they have others run, share two stacks."""
    with conftest.contextlib.ExitStack() as stack:
        yield conftest.boot(request, stack, tmp_path_factory, cpus=PROCESSORS, memory="512M",
                            machine=request.param, rom=ROMS[request.param],
                            thread="single").ready()


def smi(machine, command, argument=0, cpu=0):
    line = machine.shell(f"CPU={cpu} smi {command} {argument}")
    status, *results = [int(word, 16) for word in line.split()]
    assert status == 0
    return results


def latest(machine):
    """The records of the latest round that had a handler."""
    text = machine.shell("smistat --log 4 --json")
    records = json.loads(text[text.index("{"):])["records"]
    number = max(record["round"] for record in records if record.get("cause"))
    return [record for record in records if record["round"] == number]


@pytest.mark.parametrize("cpu", range(PROCESSORS))
def test_on_the_issuer(machine, cpu):
    for argument in range(5):
        assert smi(machine, ISSUER, argument, cpu) == [cpu, argument + 1]


def test_on_the_issuer_when_all_ask_at_once(machine):
    totals = machine.smistat(f"--simultaneous --command {ISSUER} --count 50")["totals"]
    assert totals["answered"] == totals["requests_logged"] == 50 * PROCESSORS


def test_on_each(machine):
    for count, cpu in enumerate([0, 1, 2, 3, 3, 0], start=1):
        assert smi(machine, EACH, 0, cpu) == [ALL, count * PROCESSORS]
        assert all(record["flags"] & RECORD_REMOTE for record in latest(machine))


@pytest.mark.parametrize("cpu", range(PROCESSORS))
def test_on_the_others(machine, cpu):
    ids, status = smi(machine, OTHERS, 5, cpu)
    monarch = next(record["processor"] for record in latest(machine)
                   if record["flags"] & RECORD_MONARCH)
    assert status == 0
    assert ids == ALL & ~(1 << monarch)


def test_what_hangs_is_not_waited_for(machine):
    """Nor started on top of what hangs; and when it ends, so does the handler."""
    assert smi(machine, HANG) == [TIMEOUT, NOT_READY]
    assert smi(machine, OTHERS, 1)[1] == 0


def test_a_fault_ends_the_function(machine):
    """The handler hears of it, and the processor's own record tells where."""
    status, who = smi(machine, FAULT)
    records = latest(machine)
    faulted = [record for record in records if record["flags"] & RECORD_FAULT]
    monarch = next(record["processor"] for record in records
                   if record["flags"] & RECORD_MONARCH)
    assert status == FAULTED
    assert who == ALL & ~(1 << monarch)
    assert len(faulted) == PROCESSORS - 1
    assert {(record["fault"]["vector"], record["fault"]["handler"]) for record in faulted} == \
        {(UNDEFINED, "fault")}


def test_who_is_not_there_is_refused(machine):
    assert smi(machine, ABSENT) == [NOT_FOUND, NOT_FOUND]


def test_a_round_has_so_many_starts(machine):
    assert smi(machine, MANY) == [STARTS_MAX, OUT_OF_RESOURCES]
    assert smi(machine, OTHERS, 1)[1] == 0
