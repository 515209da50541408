# SPDX-License-Identifier: BSD-2-Clause
"""A processor that Linux takes offline and starts again, many times, while another fires SMIs. Each
start is an INIT, which QEMU lets into SMM and which throws a pending SMI away, and SIPIs, which are
dropped while their target is in SMM. So the processor's mark may be that of a round it never left, or
of one whose SMI it has lost: it must be back in the next rounds all the same.

`make test-online` does it 200 times."""

import base64
import json
import os
import re

import conftest

ROM = conftest.BUILD / "test" / "muster-bad-short.rom"  # a lost SMI costs a deadline: a short one
TIMES = int(os.environ.get("ONLINE_TIMES", "10"))
TRIES_MAX = 5
APPEND = "lpj=4000000 quiet"
COMING, FIRING = 2, 1

SCRIPT = f"""
CPU={FIRING} smi until /tmp/done 1000 >/tmp/load &
online=/sys/devices/system/cpu/cpu{COMING}/online
starts=0 retries=0
while [ $starts -lt {TIMES} ]; do
    echo 0 >$online
    tries=1
    until echo 1 >$online; do
        tries=$((tries + 1)) retries=$((retries + 1))
        [ $tries -gt {TRIES_MAX} ] && break 2
    done 2>/dev/null
    starts=$((starts + 1))
done
touch /tmp/done
wait
echo "load: $(cat /tmp/load)"
echo "starts: $starts $retries"
"""


def test_offline_and_online_under_load(linux):
    machine = linux(cpus=3, memory="256M", thread="single", rom=ROM, append=APPEND).ready()
    script = base64.b64encode(SCRIPT.encode()).decode()  # in one line
    machine.shell(f"echo {script} | base64 -d >/tmp/script")
    status, output = machine.run("smistat --json -- sh /tmp/script", 60 + 2 * TIMES)
    report = json.loads(re.search(r"^\{.*\}$", output, re.M).group())
    starts, retries = map(int, re.search(r"^starts: (\d+) (\d+)$", output, re.M).groups())
    good, bad = map(int, re.search(r"^load: (\d+) (\d+)$", output, re.M).groups())
    totals = report["totals"]
    print(f"{starts} starts, {retries} of them again by the script: both SIPIs lost; {good} SMIs; "
          f"{totals['deadlines']} lost by an INIT, sent again after the first deadline; "
          f"{report['wrong'] or 'all accounted for'}")
    assert starts == TIMES, output
    assert status in (0, 1) and conftest.wrong_without_init(report, TIMES) == [], output
    assert good > TIMES and bad == 0, output
    # Nobody is left out afterwards.
    report = machine.smistat("--count 20")
    assert {row["visits"] for row in report["processors"]} == {60}
