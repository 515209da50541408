# SPDX-License-Identifier: BSD-2-Clause
"""SIPIs that come while their target is in SMM, where QEMU drops them: none of an OS's two, one, both
(tests/rom/startup.c). The second starts the processor when the first was lost, another INIT when both
were; whether or not it runs, it is held in every round."""

import re

import conftest
import pytest
import qemu
import startups

ROM = conftest.BUILD / "test" / "muster-startup.rom"
TARGET, PROCESSORS = 1, 2
MEBIBYTES = 256
LIMIT_SECONDS = 600


def run(thread, extra=()):
    """What the ROM says of each of its turns."""
    words = qemu.arguments(ROM, cpus=PROCESSORS, memory=f"{MEBIBYTES}M", thread=thread,
                           extra=["-no-reboot", *extra])
    with qemu.Machine(words) as machine:
        machine.wait("startup: end", LIMIT_SECONDS, until="muster: halted")
        machine.end(LIMIT_SECONDS)
        turns = re.findall(r"startup: lost=(\d+) inits=(\d+) more_sipis=(\d+)", machine.text)
    return [tuple(map(int, turn)) for turn in turns]


@pytest.mark.fast
@pytest.mark.parametrize("thread", ["single", "multi"])
def test_it_starts(thread):
    turns = run(thread)
    assert [turn[:2] for turn in turns] == [(0, 1), (1, 1), (2, 2)]


@pytest.mark.fast
def test_the_log_says_what_was_lost(tmp_path):
    log = tmp_path / "log"
    run("single", startups.options(log, MEBIBYTES))
    found = startups.attempts(log, TARGET)[-4:]
    assert all(attempt.is_explained() for attempt in found), found
    # After its stay the target may still be on its way out when the next SIPI comes.
    assert [min(attempt.lost, most) for attempt, most in zip(found, [9, 1, 9, 9])] == [0, 1, 2, 0]
    assert [attempt.started_after is None for attempt in found] == [False, False, True, False]
    print(startups.summary(found))
