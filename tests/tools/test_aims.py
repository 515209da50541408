# SPDX-License-Identifier: BSD-2-Clause
"""bench/aims.py says of each aim whether it is met, and nothing of what was not measured."""

import sys

import conftest
import pytest

sys.path.insert(0, str(conftest.ROOT / "bench"))
import aims  # noqa: E402


def row(measurement, image, cpus, microseconds, others="idle", thread="single"):
    fired_from, delivery = ("-", "-") if others == "-" else ("first", "broadcast")
    return {"measurement": measurement, "image": image, "processors": cpus, "thread": thread,
            "fired from": fired_from, "others": others, "delivery": delivery,
            "values": [{"us": one} for one in microseconds]}


def aims_of(rows, instructions=()):
    head, *table = aims.aims_rows({"rows": rows, "instructions": list(instructions)})
    return head, {line[0]: line[1:] for line in table}


@pytest.mark.parametrize("time, says", [(20, "0.50"), (21, "0.53 (no)")])
def test_a_ratio(time, says):
    head, told = aims_of([row("Linux", "muster", 1, [time, 1, 99]), row("Linux", "OVMF", 1, [40])])
    assert head[2:] == ["1 processor"]
    assert told["Linux, `single`, all gathered: time to OVMF's"] == ["0.50", says]


def test_what_has_no_limit_is_neither_met_nor_missed():
    _, told = aims_of([row("Linux", "rendezvous floor", 1, [60]), row("Linux", "OVMF", 1, [40])])
    assert told["... of the rendezvous floor itself"] == ["", "1.50"]


def test_each_number_of_processors_has_its_own_limit():
    _, told = aims_of([row("boot", "muster", cpus, [9], "-") for cpus in (1, 2, 4)],
                      [("muster", cpus, "monarch", {"work": 211}) for cpus in (1, 2, 4)])
    assert told["Instructions of the monarch"] == ["200, 210, 230", "211 (no)", "211 (no)", "211"]


@pytest.mark.parametrize("time, says", [(20, "1.00"), (23, "1.15 (within the spread)"),
                                        (26, "1.30 (no)")])
def test_within_the_spread_of_the_floor(time, says):
    """With fewer cores than processors the host's scheduler decides."""
    _, told = aims_of([row("Linux", "muster", 4, [time], thread="multi"),
                       row("Linux", "rendezvous floor", 4, [15, 20, 25], thread="multi")])
    assert told["Linux, `multi`: to the rendezvous floor"][1] == says


def test_what_was_not_measured_is_not_said_to_be_met():
    _, told = aims_of([row("boot", "muster", 1, [5], "-")])
    assert {cells[1] for cells in told.values()} == {""}


def test_a_difference_that_drowned_in_noise_is_not_taken():
    _, told = aims_of([row("boot", "muster", 1, [5], "-"), row("boot", "SeaBIOS", 1, [-1], "-")])
    assert told["Time to Linux's first line, `single`: to SeaBIOS's"][1] == ""


def test_of_two_rounds_the_middle_is_between():
    _, told = aims_of([row("Linux", "muster", 1, [10, 30]), row("Linux", "OVMF", 1, [40, 40])])
    assert told["Linux, `single`, all gathered: time to OVMF's"][1] == "0.50"
