# SPDX-License-Identifier: BSD-2-Clause
"""Completion, in the shells themselves: what is typed, and then the tab key."""

import os
import pty
import re
import select
import shutil
import subprocess
import time

import pytest
from conftest import BUILD, ROOT

# What is typed, and some words that there have to be. An empty list: files.
CASES = [
    ("muster ", ["trace", "decode", "layout", "sim"]),
    ("muster dec", ["decode"]),
    ("muster --", ["--help", "--version"]),
    ("muster trace x --c", ["--chrome", "--cause", "--check"]),
    ("muster trace x --cause r", ["request"]),
    ("muster decode --format ", ["32-bit", "intel64", "amd64"]),
    ("muster layout --machine ", ["pc", "q35"]),
    ("muster sim ran", ["random"]),
    ("muster sim explore --scenario one", ["one-round"]),
    ("muster-sim explore --scenario cr", ["crossing", "crowd"]),
    ("muster-sim explore --allow ", ["tco", "plug"]),
    ("muster-sim li", ["litmus"]),
    ("smistat --w", ["--watch"]),
    ("smistat --l", ["--log"]),
    ("smistat --command ", ["noop", "alone", "query", "log"]),
    ("muster trace lo", ["log.json"]),
]
SECONDS = 180


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """(prefix, environment) of an installation, and a directory with one file to be in."""
    prefix = tmp_path_factory.mktemp("installed")
    subprocess.run([ROOT / "tools/install/install.sh", "put", BUILD, "", prefix, "0.0.0"], check=True)
    here = prefix / "here"
    here.mkdir()
    (here / "log.json").write_text("")
    return prefix, {"PATH": f"{prefix}/bin:{os.environ['PATH']}", "HOME": str(here), "TERM": "dumb",
                    "XDG_DATA_DIRS": f"{prefix}/share:/usr/share"}


def shell(name, installed, *words):
    if not shutil.which(name):
        pytest.skip(f"needs Debian's {name}")
    prefix, environment = installed
    done = subprocess.run([name, *words], env=environment, cwd=prefix / "here", capture_output=True,
                          text=True, timeout=SECONDS)
    assert done.stderr == ""
    return set(re.findall(r"^\S+", done.stdout, re.M))


def words_of(installed, program, *words):
    return shell("sh", installed, installed[0] / "share/muster/completion-words", program, *words)


def bash(installed, typed):
    path = installed[0] / "share/bash-completion/completions/muster"
    script = (f". {path}; read -ra COMP_WORDS <<<\"$1\"; [[ $1 != *' ' ]] || COMP_WORDS+=(''); "
              "COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _muster; "
              "((${#COMPREPLY[@]})) || mapfile -t COMPREPLY < <(compgen -f -- \"${COMP_WORDS[-1]}\"); "
              "printf '%s\\n' \"${COMPREPLY[@]}\"")
    return shell("bash", installed, "-c", script, "bash", typed)


def fish(installed, typed):
    return shell("fish", installed, "-c", "complete -C $argv[1]", typed)


ZSHRC = """
fpath=({prefix}/share/zsh/site-functions $fpath)
autoload -Uz compinit && compinit -u -D
unset zle_bracketed_paste
bindkey '^I' list-choices
precmd() {{ PS1="ready $((++prompts))> " }}
"""


class Zsh:
    """Its completion needs a terminal. The tab key lists, and changes nothing."""

    def __init__(self, installed):
        prefix, environment = installed
        here = prefix / "here"
        (here / ".zshrc").write_text(ZSHRC.format(prefix=prefix))
        self.process, self.terminal = pty.fork()
        if self.process == 0:
            os.chdir(here)
            os.execvpe("zsh", ["zsh", "-d", "-i"], {**environment, "COLUMNS": "150", "LINES": "100"})
        self.prompts = 0
        self.line("")

    def say(self, text, until):
        """What comes back, up to what matches `until`."""
        os.write(self.terminal, text.encode())
        came, end = "", time.monotonic() + SECONDS
        while not re.search(until, came):
            ready, _, _ = select.select([self.terminal], [], [], max(0, end - time.monotonic()))
            assert ready, came
            came += os.read(self.terminal, 65536).decode(errors="replace")
        return came

    def line(self, text):
        """Up to the next prompt; each has a number, for the old one may be drawn again."""
        self.prompts += 1
        self.say(text, f"ready {self.prompts}> ")

    def end(self):
        os.close(self.terminal)
        os.waitpid(self.process, 0)


@pytest.fixture(scope="module")
def zsh(installed):
    if not shutil.which("zsh"):
        pytest.skip("needs Debian's zsh")
    shell = Zsh(installed)
    yield shell
    shell.end()


@pytest.mark.parametrize("typed, some", CASES)
@pytest.mark.parametrize("ask", [bash, fish])
def test_completion(installed, ask, typed, some):
    found = ask(installed, typed)
    assert set(some) <= found and "COMMAND" not in found
    if not typed.endswith((" ", "--")):
        assert all(word.startswith(typed.split()[-1]) for word in found)


@pytest.mark.parametrize("typed, some", CASES)
def test_completion_in_zsh(zsh, typed, some):
    wanted = "".join(rf"(?=[\s\S]*(?<![\w-]){re.escape(word)}\b)" for word in some)
    zsh.say(f"{typed}\t", re.escape(typed) + wanted)
    zsh.line("\x15\n")  # control-U: what was typed is gone


def test_every_option_is_known(installed):
    """Those that begin a line of a program's help, and those of its usage."""
    for program, before in (("muster", ["trace", "x"]), ("muster", ["layout"]),
                            ("muster-sim", ["explore"]), ("muster-sim", ["random"]),
                            ("muster-sim", ["replay", "x"]), ("smistat", [])):
        command = before[:1]
        told = subprocess.run([installed[0] / "bin" / program, *command, "--help"],
                              capture_output=True, text=True, check=True).stdout
        known = set(re.findall(r"^(?:  |usage: \w+ |       \w+ )(--[a-z-]+)", told, re.M))
        assert known and known <= words_of(installed, program, *before, "--")
