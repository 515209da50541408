# SPDX-License-Identifier: BSD-2-Clause
"""What happens in QEMU now, with all processors truly at once, is what the simulator allows: the
recorded traces of tests/sim/traces, made anew."""

import json
import subprocess
import sys

import conftest
import pytest

sys.path.insert(0, str(conftest.ROOT / "tests" / "sim"))
import traces  # noqa: E402

SIMULATOR = conftest.BUILD / "muster-sim"


@pytest.mark.recording
@pytest.mark.parametrize("broadcast", [True, False], ids=["broadcast", "directed"])
@pytest.mark.parametrize("cpus", [2, 3])
def test_machine_conforms(cpus, broadcast, request, tmp_path):
    logs = {}
    with traces.booted(conftest.BUILD, cpus, broadcast, conftest.log_path(request)) as machine:
        logs.update(traces.recorded(machine, cpus, broadcast))
    for name, log in logs.items():
        path = tmp_path / f"{name}.json"
        path.write_text(json.dumps(log))
        done = subprocess.run([SIMULATOR, "conform", path, "--json", "--seconds", "120"],
                              capture_output=True, text=True, timeout=900)
        # A search that was not finished says nothing; a refusal does.
        assert done.returncode in (0, 3), done.stdout + done.stderr
    assert len(logs) == len(traces.SCENARIOS if broadcast else traces.DIRECTED)
