# SPDX-License-Identifier: BSD-2-Clause
"""Processors plugged in and taken out again while Linux runs: each is moved to its own SMBASE before
Linux knows of it, and ejected while no round counts on it; SMIs are fired all the time."""

import base64
import contextlib
import json
import re
import time

import conftest
import pytest
import qemu

HERE, POSSIBLE = 2, 4
CAUSE_PLUG = 1 << 30
RECORD_LATE, RECORD_ENTRY = 1 << 7, 1 << 0
APPEND = "lpj=4000000"  # or it tries to find out for each newcomer, which SMIs disturb
NO_SMI = "cpu hotplug with SMI wasn't enabled by firmware"


def boot(request, stack, tmp_path_factory, thread, extra=()):
    return conftest.boot(request, stack, tmp_path_factory, cpus=f"{HERE},maxcpus={POSSIBLE}",
                         memory="512M", thread=thread, extra=extra, append=APPEND)


@pytest.fixture
def start(request, tmp_path_factory):
    with contextlib.ExitStack() as stack:
        yield lambda thread, *extra: boot(request, stack, tmp_path_factory, thread, extra).ready()


def plug_in(machine, core):
    machine.qmp("device_add", driver="max-x86_64-cpu", id=f"cpu{core}",
                **{"socket-id": 0, "core-id": core, "thread-id": 0})


def cores_here(machine):
    return {slot["props"]["core-id"] for slot in machine.qmp("query-hotpluggable-cpus")
            if "qom-path" in slot}


def records_of(machine):
    text = machine.shell("smistat --log 200 --json")
    return json.loads(text[text.index("{"):])["records"]


def hot_added(core):
    """Linux knows of it, and has not started it."""
    return f"until [ -e /sys/devices/system/cpu/cpu{core} ]; do sleep 0.1; done"


@pytest.mark.parametrize("thread", ["single", "multi"])
def test_two_come_at_once(start, thread):
    """They share one save area at the default SMBASE."""
    machine = start(thread)
    machine.smistat("--count 5")
    assert re.search(r"processors can be plugged in: 2 are here, 2 may come", machine.text)
    for core in range(HERE, POSSIBLE):
        plug_in(machine, core)
    for core in range(HERE, POSSIBLE):
        machine.shell(hot_added(core))
    records = records_of(machine)
    rounds = {record["round"] for record in records if record.get("cause", 0) & CAUSE_PLUG}
    for core in range(HERE, POSSIBLE):
        first = [record for record in records if record["processor"] == core][0]
        assert first["sequence"] == 1 and first["round"] in rounds
        assert first["flags"] & (RECORD_LATE | RECORD_ENTRY) == RECORD_LATE | RECORD_ENTRY
    # Linux does not run them yet; they are held all the same.
    totals = machine.smistat("--count 5")["totals"]
    assert totals["visits"] == totals["outs"] * POSSIBLE == 5 * HERE * POSSIBLE
    for core in range(HERE, POSSIBLE):
        machine.shell(f"echo 1 > /sys/devices/system/cpu/cpu{core}/online")
    report = machine.smistat("--count 5")
    assert {row["visits"] for row in report["processors"]} == {5 * POSSIBLE}


# While the host does its part the guest runs one command: smistat, which accounts for all SMIs of it.
# First the newcomers come, then they go: QEMU 7.2 does not survive that one comes after one has gone,
# whatever the firmware.
COME_AND_GO = """
smi until /tmp/done >/tmp/load0 & CPU=1 smi until /tmp/done >/tmp/load1 &
for i in 2 3; do
    cpu=/sys/devices/system/cpu/cpu$i
    echo "guest: plug in $i"
    until [ -e $cpu ]; do sleep 0.05; done
    echo 1 >$cpu/online
    CPU=$i smi 0x10 >>/tmp/newcomers
done
for i in 2 3; do
    cpu=/sys/devices/system/cpu/cpu$i
    echo "guest: take out $i"
    while [ -e $cpu ]; do sleep 0.05; done
    echo "guest: gone $i"
done
touch /tmp/done
wait
cat /tmp/load0 /tmp/load1
"""


def wait_until_gone(machine, core):
    """QEMU has no processor any more, and not only Linux."""
    limit = time.monotonic() + conftest.RUN_SECONDS
    while core in cores_here(machine) and time.monotonic() < limit:
        time.sleep(0.05)
    assert core not in cores_here(machine)


def test_they_come_and_go_under_load(start):
    machine = start("multi")
    script = base64.b64encode(COME_AND_GO.encode()).decode()  # in one line
    machine.shell(f"echo {script} | base64 -d >/tmp/script")
    machine.send("smistat --json -- sh /tmp/script")
    for core in range(HERE, POSSIBLE):
        machine.wait(f"^guest: plug in {core}$", conftest.RUN_SECONDS)
        plug_in(machine, core)
    for core in range(HERE, POSSIBLE):
        machine.wait(f"^guest: take out {core}$", conftest.RUN_SECONDS)
        machine.qmp("device_del", id=f"cpu{core}")
        machine.wait(f"^guest: gone {core}$", conftest.RUN_SECONDS)
        wait_until_gone(machine, core)
    begin = machine.at
    status = int(machine.wait(r"^guest: status (\d+)$", conftest.RUN_SECONDS).group(1))
    output = machine.text[begin:machine.at]
    report = json.loads(re.search(r"^\{.*\}$", output, re.M).group())
    assert status in (0, 1) and conftest.wrong_without_init(report, POSSIBLE - HERE) == [], output
    loads = [tuple(map(int, pair)) for pair in re.findall(r"^(\d+) (\d+)$", output, re.M)]
    assert len(loads) == 2 and all(good > 0 and bad == 0 for good, bad in loads), output
    assert machine.shell("cat /tmp/newcomers").split("\n") == ["0 0 0"] * (POSSIBLE - HERE)
    assert report["totals"]["broken"] == 0
    assert machine.smistat("--count 5")["totals"]["visits"] == 5 * HERE * HERE


REFUSALS = {
    "no SMRAM at 30000h": "mch.smbase-smram=off",
    "no SMI for it": "ICH9-LPC.x-smi-cpu-hotunplug=off",
}


@pytest.mark.parametrize("why", REFUSALS)
def test_refused(start, why):
    machine = start("single", "-global", REFUSALS[why])
    assert "muster: warning: no processor can be plugged in: " in \
        re.sub(r"muster: +\d+ us: ", "muster: ", machine.text)
    with pytest.raises(qemu.MachineError, match=NO_SMI):
        plug_in(machine, HERE)
    machine.smistat("--count 5")


def test_a_stranger_is_turned_back(start):
    """Without broadcast SMIs QEMU lets one in that nobody has planned for: its SMIs do no harm."""
    machine = start("single", "-global", "ICH9-LPC.x-smi-broadcast=off")
    assert "warning: no processor can be plugged in" in machine.text
    plug_in(machine, HERE)
    machine.shell(hot_added(HERE))
    assert machine.smistat("--cpu 0,1 --count 20")["totals"]["directed"] == 40
