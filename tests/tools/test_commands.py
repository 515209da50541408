# SPDX-License-Identifier: BSD-2-Clause
"""The checker of the commands that the documents show: a page that is true passes, and each way of
being wrong is found, at its line."""

import stat
import subprocess
import sys

import pytest
from conftest import ROOT

sys.path.insert(0, str(ROOT / "tools" / "check"))
import commands  # noqa: E402

MAKEFILE = """BUILD := build
CPUS ?= 4
.PHONY: all
all: $(BUILD)/muster
$(BUILD)/muster $(BUILD)/muster-sim $(BUILD)/tools/smistat:
\techo $(CPUS)
ifdef V
endif
$(BUILD)/%.rom: $(BUILD)/%.elf
\techo
$(BUILD)/a.elf:
\techo
"""
PROGRAM = """#!/bin/sh
case "$*" in
"--help") echo "  --version" ;;
"help trace") echo "  --html FILE, --svg FILE" ;;
esac
"""
SIMULATOR = "#!/bin/sh\necho '  --cpus N  processors'\n"
SCRIPT = "import argparse\np = argparse.ArgumentParser()\np.add_argument('--quick')\np.parse_args()\n"


def caches_clear():
    for cached in (commands.targets, commands.is_target, commands.variables, commands.options):
        cached.cache_clear()


@pytest.fixture
def page(tmp_path, monkeypatch):
    """page(text): checks a page of a small tree; the exit status."""
    files = {"Makefile": MAKEFILE, "build/muster": PROGRAM, "build/muster-sim": SIMULATOR,
             "build/tools/smistat": SIMULATOR, "bench/run.py": SCRIPT}
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setattr(commands, "ROOT", tmp_path)
    caches_clear()

    def check(text, *arguments):
        (tmp_path / "a.md").write_text(text)
        return commands.main([*arguments, "a.md"])
    yield check
    caches_clear()


def shell(text, marks="", language="sh"):
    mark = f"<!-- commands: {marks} -->\n" if marks else ""
    return f"# A page\n\n{mark}```{language}\n{text}\n```\n"


@pytest.mark.parametrize("text", [
    shell("make all build/a.rom CPUS=8 V=1 -j2\nbuild/muster trace log.json --html x.html"),
    shell("nice make && ! build/muster-sim --cpus 2 | sort > x; FOO=1 bench/run.py --quick 1"),
    shell("make -C elsewhere OUT=x none"),
    shell("true", "run"), shell("x=1\ntest $x = 1", "run"),
    shell("$ echo one\none\n$ printf 'a\\nb\\nc\\n'\na\n...\nc", "run, output stable", "console"),
    shell("$ echo a \\\n  b\na b", "run, output stable", "console"),
    shell("$ echo '  12 us at 7f00  x'\n 345 us at 8a x", "run, figures vary", "console"),
    shell("$ date\nwhat it was when this was written", "run", "console"),
    shell("smistat --cpus 1 -- uname --all"),
    shell("false", "run, slow"),
    shell("false"), shell("not C at all (", language="c"),
    "Text with `make all`, `muster trace --svg`, `--cpus`, `muster-sim`, `a --b` and ``make` ``.\n",
    "1. a list\n\n    of two paragraphs\n",
])
def test_passes(page, text, capsys):
    assert page(text) == 0, capsys.readouterr().out


@pytest.mark.parametrize("text, line, said", [
    # what is written
    ("```\nmake all\n```\n", 1, "names no language"),
    ("text\n\n    make all\n", 3, "indented code"),
    ("```sh\nmake all\n", 2, "not closed"),
    (shell("true", "run, fast"), 3, "knows only the words"),
    ("<!-- commands: run -->\ntext\n", 1, "marks no block"),
    ("<!-- commands: run -->\n```c\nint a;\n```\n", 1, "marks no block"),
    (shell("echo 'a"), 4, "bash cannot parse it"),
    (shell("$ if true", language="console"), 4, "bash cannot parse it"),
    # what is named
    (shell("make\nmake none"), 4, "no target none"),
    (shell("make build/b.rom"), 4, "no target build/b.rom"),
    (shell("true && make all PROCESSORS=3"), 4, "no variable PROCESSORS"),
    (shell("build/none"), 4, "nothing makes build/none"),
    (shell("bench/none.py"), 4, "no file bench/none.py"),
    (shell("true | bench/run.py --slow"), 4, "no option --slow"),
    (shell("muster trace log.json --png x"), 4, "no option --png"),
    (shell("build/muster decode x --html y"), 4, "no option --html"),
    (shell("muster sim explore --cpu 2"), 4, "no option --cpu"),
    ("one\ntwo `make none` here\n", 2, "no target none"),
    ("a span `muster trace\n--png x` over two lines\n", 1, "no option --png"),
    ("an option `--none` alone\n", 1, "the option --none"),
    # what happens
    (shell("true\nfalse\ntrue", "run"), 5, "fails with 1"),
    (shell("false | true", "run"), 5, "fails with 1"),
    (shell("echo $none", "run"), 5, "unbound"),
    (shell("no-such-program", "run"), 5, "fails with 127"),
    (shell("$ true\n$ echo two\ntoo", "run, output stable", "console"), 6, "prints something else"),
    (shell("$ echo 12 us\n34 ms", "run, figures vary", "console"), 5, "prints something else"),
    (shell("$ echo 12; echo 13\n34", "run, figures vary", "console"), 5, "prints something else"),
    (shell("$ echo one", "run, output stable", "console"), 5, "prints something else"),
    (shell("$ printf 'a\\nb\\n'\na\n...\nc", "run, output stable", "console"), 5, "something else"),
])
def test_fails(page, text, line, said, capsys):
    assert page(text) == 1
    told = capsys.readouterr().out
    assert told.startswith(f"a.md:{line}: ") and said in told, told


def test_slow_ones_run_only_when_asked(page, capsys):
    assert page(shell("false", "run, slow"), "--slow") == 1
    assert "fails with 1" in capsys.readouterr().out
    assert page(shell("false", "run"), "--slow") == 0
    assert page(shell("make none", "run, slow")) == 1


def test_a_command_that_hangs_is_ended(page, monkeypatch, capsys):
    monkeypatch.setattr(commands, "SECONDS", 0.2)
    assert page(shell("sleep 60", "run")) == 1
    assert "does not end" in capsys.readouterr().out


def test_every_page_is_looked_at(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(commands, "ROOT", tmp_path)
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.md").write_text("```\n```\n")
    (tmp_path / "b.md").write_text("```\n```\n")
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    subprocess.run(["git", "add", "."], cwd=tmp_path, check=True)
    assert commands.main([]) == 1
    assert capsys.readouterr().out.count("names no language") == 2
