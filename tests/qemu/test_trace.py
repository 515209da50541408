# SPDX-License-Identifier: BSD-2-Clause
"""The log of a real machine, drawn: what muster trace says is what smistat counted there."""

import json
import subprocess

import conftest

MUSTER = conftest.BUILD / "muster"
EACH = 5


def test_log_of_a_machine(linux, tmp_path):
    guest = linux(cpus=3, memory="512M", thread="single", append="loglevel=0").ready()
    for options in ("", "--simultaneous", "--tokenless"):
        status, output = guest.run(f"smistat --records --count {EACH} {options}")
        assert status == 0, output
        path = tmp_path / "log.json"
        path.write_text(output)
        report = json.loads(output)
        done = subprocess.run([MUSTER, "trace", path, "--json", "--check"], capture_output=True,
                              text=True, timeout=300)
        assert done.returncode == 0, done.stderr
        smis = json.loads(done.stdout)["smis"]
        totals = report["totals"]
        assert len([s for s in smis if s["cause"] != "none"]) == totals["rounds"]
        assert sum(s.get("answered", 0) for s in smis) == totals["requests_logged"]
        assert len(report["records"]) == totals["records"]
        for row in report["processors"]:
            led = [s for s in smis if s.get("monarch") == row["index"] and s["cause"] != "none"]
            assert len(led) == row["led"]
