# SPDX-License-Identifier: BSD-2-Clause
"""The core that is explored is the core that runs in SMRAM: the same text in both worlds, whatever
headers of arch/ it is given, and nothing of the simulator in what is built for the processor."""

import os
import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / os.environ.get("BUILD", "build")
CORE = sorted(path.relative_to(ROOT) for path in (ROOT / "core").glob("*.c"))
EXPLORED = [path for path in CORE if (BUILD / "sim" / "core" / f"{path.stem}.o").exists()]
REAL = ["-Iarch/x86/include"]
SIMULATED = ["-Iarch/sim/include", "-Iarch/host/include"]
FLAGS = ["-std=c11", "-ffreestanding", "-Iinclude", "-I."]
SIMULATOR_NAMES = re.compile(r"\b(engine_|machine_|plain_|__tsan|arena_|muster_sim|sim/)")


def text_seen(path, world):
    """What the compiler sees of core/ itself: (file, line, text), macros of the world left out
    because their lines come from arch/."""
    done = subprocess.run(["gcc", "-E", "-fdirectives-only", *FLAGS, *world, path], cwd=ROOT,
                          capture_output=True, text=True, check=True)
    seen, file, line = [], "", 0
    for text in done.stdout.splitlines():
        marker = re.match(r'# (\d+) "([^"]*)"', text)
        if marker:
            line, file = int(marker[1]), marker[2]
            continue
        if file.removeprefix("./").startswith("core/") and text.strip():
            seen.append((file, line, text))
        line += 1
    return seen


@pytest.mark.parametrize("path", CORE, ids=str)
def test_core_is_the_same_text(path):
    if path.stem != "install" and not path.stem.startswith("layout"):
        assert path in EXPLORED
    real = text_seen(path, REAL)
    assert real and real == text_seen(path, SIMULATED)


def test_no_world_is_asked_for():
    """No #if in core/ but the guards of its headers."""
    for path in (ROOT / "core").iterdir():
        conditions = re.findall(r"^#\s*(?:if|ifdef|ifndef|elif)\b.*", path.read_text(), re.M)
        assert all(re.fullmatch(r"#ifndef CORE_\w+_H", text) for text in conditions), path


def objects():
    return [BUILD / "smm" / f"{path}.o" for path in CORE
            if (BUILD / "smm" / f"{path}.o").exists()] + [BUILD / "smm" / "runtime.elf"]


@pytest.mark.parametrize("tool", [["gcc-nm"], ["strings", "-a"]], ids=["symbols", "strings"])
def test_no_trace_of_the_simulator(tool):
    assert len(objects()) > 5
    for path in objects():
        done = subprocess.run([*tool, path], capture_output=True, text=True, check=True)
        assert done.stdout
        assert not SIMULATOR_NAMES.search(done.stdout), path


def test_simulated_core_would_be_noticed():
    """The names above are what the simulator's objects are full of."""
    path = BUILD / "sim" / "core" / "round.o"
    done = subprocess.run(["nm", path], capture_output=True, text=True, check=True)
    assert SIMULATOR_NAMES.search(done.stdout)


def test_the_same_files(tmp_path):
    """The runtime's objects are made of the core's files that the simulator's are made of."""
    for path in EXPLORED:
        kinds = [BUILD / "smm" / f"{path}.d", BUILD / "sim" / "core" / f"{path.stem}.d"]
        files = [{os.path.normpath(word.rstrip(":"))
                  for word in kind.read_text().replace("\\\n", " ").split()
                  if word.startswith("core/")} for kind in kinds]
        assert files[0] == files[1]
