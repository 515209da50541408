#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Holds the mechanical part of the style, over the files that git tracks.

Each rule is a function that yields what it finds as (file, line, text). Exit status: 0 clean,
1 something was found."""

import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
FUNCTION_LINES_MAX = 70

# The include paths of the worlds a header may be compiled in.
REAL = ["-I.", "-Iinclude", "-Iarch/x86/include"]
SIMULATED = ["-I.", "-Iinclude", "-Iarch/sim/include", "-Iarch/host/include"]
WORLDS = {  # longest prefix first
    "include/": [["-Iinclude"]],
    "core/": [REAL, SIMULATED],
    "arch/sim/": [SIMULATED],
    "sim/": [SIMULATED],
    "firmware/": [["-Ifirmware", *REAL]],
    "platform/": [REAL],
    "services/": [REAL],
    "arch/": [REAL],
    "tools/": [["-I.", "-Iinclude"]],
}
PLATFORM_WORDS = re.compile(r"\b(q35|qemu|bochs|i440fx|piix\w*|ich9|linux)\b", re.I)


def tracked():
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    return [name for name in names.stdout.decode().split("\0")
            if name and (ROOT / name).is_file()]


def text_of(name):
    try:
        return (ROOT / name).read_text()
    except UnicodeDecodeError:
        return ""  # not a text


def lines_with(pattern, name):
    for number, line in enumerate(text_of(name).splitlines(), 1):
        match = pattern.search(line)
        if match:
            yield name, number, match.group(0)


def code(names, *prefixes):
    return [name for name in names if name.endswith((".c", ".h", ".S"))
            and name.startswith(prefixes or "")]


def licence_is_named(names):
    """Every source file says its licence in its first lines."""
    sources = re.compile(r"\.(c|h|S|ld|py|sh|html|bash|mk)$|^Makefile$|/init$")
    for name in names:
        if sources.search(name) and not any(
                "SPDX-License-Identifier: BSD-2-Clause" in line
                for line in text_of(name).splitlines()[:4]):
            yield name, 1, "no SPDX-License-Identifier: BSD-2-Clause"


def header_errors(name):
    worlds = next((w for prefix, w in WORLDS.items() if name.startswith(prefix)), [])
    for flags in worlds:
        done = subprocess.run(
            ["gcc", "-std=c11", "-fsyntax-only", "-Wall", "-Wextra", "-Werror", "-D_GNU_SOURCE",
             *flags, f"-I{os.path.dirname(name)}", "-include", name, "-x", "c", "/dev/null"],
            cwd=ROOT, capture_output=True, text=True)
        if done.returncode:
            return done.stderr.strip().splitlines()[0]
    return None


def headers_stand_alone(names):
    """Every header compiles by itself, in every world it is for."""
    headers = [name for name in names if name.endswith(".h")]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for name, error in zip(headers, pool.map(header_errors, headers)):
            if error:
                yield name, 1, f"does not stand alone: {error}"


def core_knows_no_platform(names):
    """core/ names no platform, and is the same text in every world."""
    for name in code(names, "core/"):
        for _, number, word in lines_with(PLATFORM_WORDS, name):
            yield name, number, f"a platform's name: {word}"
        guard = re.compile(r"#\s*ifndef [A-Z0-9_]+_H$|#\s*endif")
        for _, number, word in lines_with(re.compile(r"^\s*#\s*(if|elif|else).*"), name):
            if not guard.match(word.strip()):
                yield name, number, f"conditional compilation: {word.strip()}"


def shared_words_have_one_door(names):
    """The member of struct shared_word is named by arch/ and by the simulator only."""
    for name in code(names, "core/", "services/", "platform/", "firmware/", "include/"):
        for _, number, word in lines_with(re.compile(r"(\.|->)value\b(?!\s*=\s*\{)"), name):
            yield name, number, f"raw access to a shared word: {word}"


def functions_fit_a_screen(names):
    """From the line of the opening brace to the closing one; the format puts both in column 1."""
    for name in code(names):
        begin = None
        for number, line in enumerate(text_of(name).splitlines(), 1):
            if line == "{":
                begin = number
            elif line == "}" and begin:
                if number - begin + 1 > FUNCTION_LINES_MAX:
                    yield name, begin, f"a function of {number - begin + 1} lines"
                begin = None


def text_is_clean(names):
    """No trailing space, no carriage return, a newline at the end; but what a program made, and the
    inputs of fuzzing, are as they are."""
    for name in names:
        if name.endswith(".svg") or name.startswith("tests/fuzz/corpus/"):
            continue
        text = text_of(name)
        if text and not text.endswith("\n"):
            yield name, text.count("\n") + 1, "no newline at the end"
        yield from lines_with(re.compile(r"[ \t\r]+$"), name)


def format_is_ours(names):
    """clang-format, with the tree's settings, changes nothing."""
    sources = [name for name in names if name.endswith((".c", ".h"))]
    done = subprocess.run(["clang-format", "--dry-run", "-Werror", *sources], cwd=ROOT,
                          capture_output=True, text=True)
    for name, line in sorted(set(re.findall(r"^([^:\n]+):(\d+):\d+: error", done.stderr, re.M))):
        yield name, int(line), "clang-format would change this"
    if done.returncode and not done.stderr:
        yield "clang-format", 0, "failed"


RULES = [licence_is_named, headers_stand_alone, core_knows_no_platform,
         shared_words_have_one_door, functions_fit_a_screen,
         text_is_clean, format_is_ours]


def main():
    names, found = tracked(), 0
    for rule in RULES:
        for name, line, text in rule(names):
            print(f"{name}:{line}: {text.strip() or 'space at the end of the line'} "
                  f"[{rule.__name__}]")
            found += 1
    print(f"tidy: {len(names)} files, {len(RULES)} rules, {found} found")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
