# SPDX-License-Identifier: BSD-2-Clause
"""Who is heard as the issuer of a request: not a process that executes an OUT with the token in its
registers; and once a processor that an SMI of another has met before its OUT."""

import conftest
import pytest

NOOP, QUERY = 0x10, 0x11
SUCCESS, NO_REQUEST = 0x00, 0x82
UNTOUCHED = 0x55  # by a second answer


@pytest.fixture(scope="module")
def machine(request, tmp_path_factory):
    with conftest.contextlib.ExitStack() as stack:
        guest = conftest.boot(request, stack, tmp_path_factory, cpus=2, memory="256M", thread="single")
        yield guest.ready()


def ring3(machine, command):
    """(visits, registers that changed, APM_STS)"""
    words = machine.shell(f"issue ring3 {command}").splitlines()[-1].split()
    return int(words[0]), int(words[1]), int(words[2], 16)


@pytest.mark.parametrize("command, status", [(QUERY, NO_REQUEST), (NOOP, SUCCESS)])
def test_a_process_gets_what_a_byte_gets(machine, command, status):
    """Its OUT is a bare byte, and its registers are its own."""
    visits, changed, answer = ring3(machine, command)
    assert visits >= 1 and changed == 0 and answer == status


def test_met_before_its_out(machine):
    report = machine.smistat(f"-- sh -c 'issue before {NOOP} >/tmp/answers'")
    assert machine.shell("cat /tmp/answers").splitlines() == ["1 0", f"1 {UNTOUCHED:x}"]
    totals = report["totals"]
    assert (totals["requests_logged"], totals["rounds"]) == (2, 1)
    assert (totals["already_answered"], totals["bytes"]) == (1, 0)
