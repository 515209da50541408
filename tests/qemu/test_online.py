# SPDX-License-Identifier: BSD-2-Clause
"""A processor that Linux takes offline and starts again, many times, while another fires SMIs. Each
start is an INIT, which QEMU lets into SMM and which throws a pending SMI away, and two SIPIs, which are
dropped while their target is in SMM. So the processor's mark may be that of a round it never left, or
of one whose SMI it has lost: it must be back in the next rounds all the same. Each SIPI that met its
target in SMM is counted, with what has started the processor then: the second SIPI, or, where both were
lost, starting it once more.

`make test-online` does it 200 times, with one host thread for all processors and with one for each."""

import base64
import json
import os
import re

import conftest
import pytest
import startups

TIMES = int(os.environ.get("ONLINE_TIMES", "10"))
THREADS = os.environ.get("ONLINE_THREADS", "single").split()
TRIES_MAX = 5
MEBIBYTES = 256
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


def judge_startups(path, thread, starts, retries):
    """Nothing but lost SIPIs kept a start from succeeding. With several threads the log's order is not
    exact: there it is only counted."""
    found = startups.attempts(path, COMING)[-(starts + retries):]
    summary = startups.summary(found)
    assert summary["inits"] - summary["started"] == retries, found
    if thread == "single":
        assert all(attempt.is_explained() for attempt in found), found
    return summary


def wrong(report, thread, inits):
    """What is wrong in the log, and cannot come from INITs. On a busy host with several threads one may meet
    the directed SMI as well: then the processor is lost until its next SMI."""
    lost = f"processor {COMING} was declared lost" if thread == "multi" else None
    return [text for text in conftest.wrong_without_init(report, inits) if text != lost]


@pytest.mark.parametrize("thread", THREADS)
def test_offline_and_online_under_load(linux, tmp_path, request, thread):
    log = tmp_path / "log"
    machine = linux(cpus=3, memory=f"{MEBIBYTES}M", thread=thread, append=APPEND,
                    deadline=conftest.DEADLINE_SHORT, extra=startups.options(log, MEBIBYTES)).ready()
    script = base64.b64encode(SCRIPT.encode()).decode()  # in one line
    machine.shell(f"echo {script} | base64 -d >/tmp/script")
    status, output = machine.run("smistat --json -- sh /tmp/script", conftest.RUN_SECONDS + 10 * TIMES)
    report = json.loads(re.search(r"^\{.*\}$", output, re.M).group())
    starts, retries = map(int, re.search(r"^starts: (\d+) (\d+)$", output, re.M).groups())
    good, bad = map(int, re.search(r"^load: (\d+) (\d+)$", output, re.M).groups())
    sipis = judge_startups(log, thread, starts, retries)
    counts = {"starts": starts, "starts_again": retries, "smis": good,
              "smis_lost_by_init": report["totals"]["deadlines"], "wrong": report["wrong"], **sipis}
    print(json.dumps(counts))
    conftest.log_path(request).with_suffix(".json").write_text(json.dumps(counts))
    assert starts == TIMES, output
    assert status in (0, 1) and wrong(report, thread, TIMES + retries) == [], output
    assert good > TIMES and bad == 0, output
    # Nobody is left out afterwards.
    report = machine.smistat("--count 20")
    assert {row["visits"] for row in report["processors"]} == {60}
