# SPDX-License-Identifier: BSD-2-Clause
"""smistat --watch on a machine, with muster and without: what it shows is what happened, and the
terminal is afterwards what it was before."""

import json
import re

import conftest
import pytest

SCREEN, SCREEN_BACK = "\x1b[?1049h", "\x1b[?1049l"


@pytest.fixture(scope="module")
def machine(request, tmp_path_factory):
    with conftest.contextlib.ExitStack() as stack:
        guest = conftest.boot(request, stack, tmp_path_factory, cpus=2, memory="256M",
                              thread="single", append="loglevel=0")
        yield guest.ready()


def intervals(output):
    return [json.loads(line) for line in output.splitlines() if line.startswith("{")]


def watched(machine, options, meanwhile):
    """The intervals that smistat --watch shows, from before a command that has to succeed until after."""
    return intervals(machine.shell(
        f"smistat --watch --json {options} >/tmp/watch & watcher=$!; "
        f"until [ -s /tmp/watch ]; do sleep 0.1; done; {meanwhile} >/tmp/other; status=$?; "
        "kill $watcher; wait $watcher; cat /tmp/watch; [ $status = 0 ]"))


def test_every_smi_is_shown(machine):
    shown = watched(machine, "--interval 0.5", "smistat --count 60 --simultaneous")
    last = shown[-1]["since_start"]
    assert last["overwritten"] == 0
    assert sum(one["rounds"] for one in shown) == last["rounds"] > 0
    assert last["causes"]["request"] == last["rounds"]
    for processor in (0, 1):
        rows = [one["processors"][processor] for one in shown]
        assert sum(row["smi_count"] for row in rows) == 2 * 60
        assert sum(row["visits"] for row in rows) == 2 * 60
    led = sum(row["led"]["request"] for one in shown for row in one["processors"])
    assert led == last["rounds"]
    busy = [one["held_us"] for one in shown if one["rounds"]]
    assert all(0 < held["p50"] <= held["p99"] <= held["max"] for held in busy)
    assert max(held["max"] for held in busy) == last["held_max_us"]


def test_causes_are_told_apart(machine):
    shown = watched(machine, "", "smistat --cpu 1 --count 10 --tokenless")
    assert shown[-1]["since_start"]["causes"] == {"request": 0, "byte": 10, "TCO": 0}
    led = [sum(one["processors"][i]["led"]["byte"] for one in shown) for i in (0, 1)]
    assert sum(led) == 10 and led[1] > 0


def test_alone_frees_the_others(machine):
    """Nobody is held for a handler that needs nobody."""
    report = machine.smistat("--command alone --count 20")
    assert report["totals"]["answered"] == 2 * 20
    shown = watched(machine, "", "smistat --command alone --count 20")
    last = shown[-1]["since_start"]
    assert last["causes"]["request"] == 2 * 20 and last["flags"]["deadline"] == 0
    assert last["flags"]["freed"] + last["flags"]["empty"] > 0


def test_trouble_is_that_of_the_log(linux):
    """An INIT that stays pending makes the next rounds wait for a processor (test_processors.py):
    whatever comes of it, the watcher shows what the account of the same SMIs says."""
    machine = linux(cpus=2, memory="256M", thread="single", append="iomem=relaxed loglevel=0",
                    deadline=conftest.DEADLINE_SHORT).ready()
    machine.shell("echo 0 > /sys/devices/system/cpu/cpu1/online")
    machine.shell("taskset -c 0 devmem 0xfee00300 32 0xc4500")
    shown = watched(machine, "", "(smistat --json --cpu 0 --count 3; true)")
    report, = intervals(machine.shell("cat /tmp/other"))
    flags = shown[-1]["since_start"]["flags"]
    assert flags["deadline"] == report["totals"]["deadlines"]
    assert flags["late"] == report["totals"]["late"]
    for name in ("lost", "directed"):
        for row in report["processors"]:
            seen = sum(one[name] for interval in shown for one in interval["processors"]
                       if one["index"] == row["index"])
            assert seen == row[name], (name, row)
    print("deadlines:", flags["deadline"])


def test_plain_pictures_without_a_terminal(machine):
    output = machine.shell("smistat --watch --interval 0.5 >/tmp/watch & "
                           "until [ $(grep -c '2 processors' /tmp/watch) -ge 3 ]; do sleep 0.1; done; "
                           "kill $!; wait; cat /tmp/watch")
    assert output.count("2 processors") >= 3 and "\x1b" not in output
    assert max(map(len, output.splitlines())) < 80
    output = machine.shell("smistat --watch --for 0.3 --cpu 1 | cat")
    assert re.search(r"^ +1 +1 ", output, re.M) and not re.search(r"^ +0 +0 ", output, re.M)


def test_gaps_beside_the_log(machine):
    """The SMIs that a spinning processor misses are those that the log has."""
    fire = "(for i in $(seq 10); do smistat --cpu 0 --count 4 || exit; done)"
    shown = watched(machine, "--gaps 1", fire)
    gaps = shown[-1]["gaps_since_start"]
    assert gaps["cpu"] == 1
    assert 0 < gaps["smis"] <= 10 * 4  # a few come while it reads the log
    assert gaps["bins"][0]["count"] > 1000 * gaps["bins"][-1]["count"]
    assert sum(bin["with_smi"] for bin in gaps["bins"]) <= gaps["smis"]
    assert gaps["longest_with_smi_us"] > 0


@pytest.mark.parametrize("leave, pause", [("q", "0.2"), ("\x03", "0.2"), ("xq", "60")])
def test_terminal_is_given_back(machine, leave, pause):
    before = machine.shell("stty -a")
    # Ctrl-C needs a controlling terminal; when its owner ends, what is not yet sent is lost.
    machine.send("setsid cttyhack sh -c 'trap : INT; "
                 f"smistat --watch --interval {pause}; status=$?; sleep 2; exit $status'")
    machine.wait(re.escape(SCREEN), conftest.RUN_SECONDS)
    machine.wait(r"every \S+ s, q leaves", conftest.RUN_SECONDS)
    machine.process.stdin.write(leave.encode())
    machine.process.stdin.flush()
    machine.wait(re.escape(SCREEN_BACK), conftest.RUN_SECONDS)
    status = machine.wait(r"^guest: status (\d+)$", conftest.RUN_SECONDS)
    assert status.group(1) == "0"
    assert machine.shell("stty -a") == before


def test_without_muster(linux):
    machine = linux(rom=None, cpus=2, memory="256M", thread="single", append="loglevel=0").ready()
    # Each may come while the watcher looks elsewhere, as it has the same processor: not all.
    fire = "(for i in $(seq 20); do smistat --command 0x10 --count 5 || exit; done)"
    shown = watched(machine, "--gaps 0", fire)
    assert not any(one["muster"] for one in shown)
    assert sum(one["processors"][0]["smi_count"] for one in shown) == 20 * 5
    assert shown[-1]["gaps_since_start"]["longest_with_smi_us"] > 0
    assert 0 < shown[-1]["gaps_since_start"]["smis"] <= 20 * 5
    output = machine.shell("smistat --watch --for 0.5 | cat")
    assert "no muster here " in output and "\n  there is no ACPI table UEFI\n" in output
    assert "on CPU 1; no SMI came there yet" in output and "1 us < t <=  10 us" in output
    status, output = machine.run("smistat --watch --gaps 7 --for 1")
    assert status == 3 and "no processor 7" in output
