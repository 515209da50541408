# SPDX-License-Identifier: BSD-2-Clause
"""The front: help, versions, and errors that say what to type instead."""

import json
import re

import pytest
from conftest import muster

COMMANDS = ["trace", "decode", "layout", "sim"]


@pytest.mark.parametrize("words", [["--help"], ["help"], ["-h"]])
def test_help_lists_every_command(words):
    text = muster(*words).stdout.decode()
    assert all(f"\n  {command} " in text for command in COMMANDS)
    assert "Exit status" in text


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_help_with_examples(command):
    text = muster("help", command).stdout.decode()
    assert f"usage: muster {command}" in text and "Examples:" in text
    assert max(map(len, text.splitlines())) <= 90


@pytest.mark.parametrize("words", [[], ["sim"]])
def test_version(words):
    text = muster(*words, "--version").stdout.decode()
    assert text.startswith("muster")
    version = json.loads(muster(*words, "--version", "--json").stdout)
    assert text == f"{version['name']} {version['version']}\n"


@pytest.mark.parametrize("words", [("trace", "x", "--he"), ("decode", "x", "--h"),
                                   ("layout", "--hel")])
def test_help_may_be_abbreviated(words):
    """As every option may: getopt takes it, wherever it stands."""
    assert muster(*words).stdout == muster(words[0], "--help").stdout


SIMULATOR_COMMANDS = re.findall(r"^  ([a-z]+) ", muster("sim", "--help").stdout.decode(), re.M)


def test_simulator_has_help_with_examples():
    text = muster("sim", "--help").stdout.decode()
    assert "usage: muster-sim" in text and "Examples:" in text and "Exit status" in text
    assert len(SIMULATOR_COMMANDS) == 7 and "explore" in SIMULATOR_COMMANDS


@pytest.mark.parametrize("command", SIMULATOR_COMMANDS)
def test_simulator_has_help_of_each_command(command):
    """With an example, and with no option that the command does not heed."""
    text = muster("sim", command, "--help").stdout.decode()
    assert text == muster("sim", "help", command).stdout.decode()
    assert text.startswith(f"usage: muster-sim {command}") and "Exit status" in text
    assert re.search(rf"^Examples:\n  muster-sim {command}", text, re.M)
    assert ("--jobs" in text) == (command == "explore")
    assert ("--slack" in text) == (command == "conform")
    assert ("--cpus" in text) == (command in ("explore", "random", "cost", "conform"))


def test_nothing_is_usage():
    assert b"usage: muster" in muster(status=2).stderr


@pytest.mark.parametrize("wrong, right", [
    (["tarce"], "did you mean trace?"),
    (["tra"], "did you mean trace?"),
    (["xyzzy"], "no such command: xyzzy"),
    (["x" * 500], "no such command: x"),
    (["help", "trcae"], "did you mean trace?"),
    (["--verison"], "did you mean --version?"),
    (["--json"], "a command comes first"),
    (["trace"], "which log?"),
    (["trace", "a", "b"], "one file at a time"),
    (["trace", "a", "--htlm", "b"], "did you mean --html?"),
    (["trace", "a", "--html"], "--html needs a value"),
    (["trace", "a", "--json=1"], "--json takes no value"),
    (["trace", "a", "--qqqqqq"], "no such option: --qqqqqq"),
    (["trace", "a", "-x"], "no such option: -x; options begin with --"),
    (["trace", "a", "--check", "-svg", "b"], "no such option: -svg; did you mean --svg?"),
    (["trace", "a", "--round", "9-3"], "not a round or a range"),
    (["trace", "a", "--round", "-3"], "not a round or a range"),
    (["trace", "a", "--last", "0"], "not a number of SMIs"),
    (["trace", "a", "--cause", "requst"], "did you mean request"),
    (["trace", "a", "--cause", "x"], "no such cause: x"),
    (["layout", "--cpsu", "4"], "did you mean --cpus?"),
    (["layout", "--cpus", "four"], "not a number of processors"),
    (["layout", "--smram", "128X"], "not a size such as 128K"),
    (["sim"], "which command?"),
    (["trace", "x", "--cause", "xyzzy"], "there are request, byte, tco, "),
    (["sim", "explroe"], "did you mean explore?"),
    (["sim", "explore", "--jbos", "2"], "did you mean --jobs?"),
    (["sim", "explore", "--jbos"], "did you mean --jobs?"),
    (["sim", "explore", "--jobs"], "--jobs N         processes"),
    (["sim", "explore", "--method", "x"], "both (default), sleep, hash or naive"),
    (["sim", "explore", "--variant", "x"], "manual, qemu or bochs"),
    (["sim", "explore", "--variant=x"], "manual, qemu or bochs"),
    (["sim", "explore", "--quiet=1"], "it takes no value"),
    (["sim", "explore", "--seeds", "2"], "--seeds is an option of: random"),
    (["sim", "replay", "x", "--memory", "2"], "--memory is an option of: explore, conform"),
    (["sim", "random", "--seeds", "0"], "--seeds N        how many"),
    (["sim", "explore", "-cpus", "2"], "did you mean --cpus?"),
    (["sim", "explore", "--scenario", "one-rond"], "did you mean one-round?"),
    (["sim", "explore", "log"], "this command reads no file: log"),
    (["sim", "replay"], "which file?"),
])
def test_usage_errors_say_what_to_type(wrong, right):
    done = muster(*wrong, status=2)
    assert right in done.stderr.decode() and b"--help" in done.stderr
    assert done.stdout == b""


@pytest.mark.parametrize("command", ["replay", "conform"])
def test_simulator_says_which_file_it_cannot_read(command):
    """Not a wrong command line: the exit status is that of every program of ours."""
    done = muster("sim", command, "/no/such/file", status=3)
    assert b"/no/such/file: No such file" in done.stderr


def test_simulator_takes_values_either_way():
    assert muster("sim", "cost", "--nodes=2").stdout == muster("sim", "cost", "--nodes", "2").stdout
