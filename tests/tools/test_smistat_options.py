# SPDX-License-Identifier: BSD-2-Clause
"""smistat's command line: what contradicts itself is refused before anything is touched, and the
message says what to type instead."""

import json
import subprocess

from conftest import BUILD
import pytest

SMISTAT = BUILD / "tools" / "smistat"


def smistat(*words, status):
    done = subprocess.run([SMISTAT, *words], capture_output=True, text=True, timeout=300)
    assert done.returncode == status, (done.stdout, done.stderr)
    return done


@pytest.mark.parametrize("words, says", [
    (["--wtach"], "did you mean --watch?"),
    (["--interval", "1"], "--interval goes with --watch"),
    (["--for", "1"], "--for goes with --watch"),
    (["--gaps", "1"], "--gaps goes with --watch"),
    (["--watch", "--count", "1"], "leave --count out"),
    (["--watch", "--log", "1"], "leave --log out"),
    (["--watch", "--records"], "leave --records out"),
    (["--watch", "--", "sleep", "1"], "run sleep beside it"),
    (["--watch", "--interval", "0"], "not a number of seconds from 0.1 on: 0"),
    (["--watch", "--interval", "nan"], "not a number of seconds"),
    (["--watch", "--for", "1x"], "not a number of seconds"),
    (["--watch", "--gaps", "all"], "not a processor: all"),
    (["--command", "nop"], "did you mean noop?"),
    (["--command", "256"], "not a byte up to 0xff: 256"),
    (["--count", "-1"], "not a number of SMIs: -1"),
    (["--log", "0"], "not a number of rounds: 0"),
    (["--cpu"], "--cpu needs a value"),
    (["sleep", "1"], "a command comes after --"),
])
def test_usage_errors_say_what_to_type(words, says):
    done = smistat(*words, status=2)
    assert says in done.stderr and "see smistat --help" in done.stderr and done.stdout == ""


def test_version():
    version = json.loads(smistat("--json", "--version", status=0).stdout)
    assert smistat("--version", status=0).stdout == f"smistat {version['version']}\n"


def test_help_fits_and_has_examples():
    text = smistat("--help", status=0).stdout
    assert "Examples:" in text and "Exit status" in text
    assert max(map(len, text.splitlines())) <= 90
