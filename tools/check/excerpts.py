#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Checks that what the Markdown files show of the source is what is there. A comment on the line before
the fence names the file, from the root of the tree:

    <!-- excerpt: services/noop.c -->

The lines of the fence stand together in that file; a line `...` stands for any lines between.

Exit status: 0 all is there, 1 something is not."""

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXCERPT = re.compile(r"^<!-- excerpt: (\S+) -->\n(?:```+|~~~+)\S*\n(.*?)^(?:```+|~~~+)$", re.M | re.S)
MARK = re.compile(r"^<!-- excerpt:", re.M)


def is_in(shown, text):
    """Whether the lines shown stand in the text, each as a whole."""
    lines = [r"(?:.*\n)*?" if line.strip() == "..." else re.escape(line) + r"\n"
             for line in shown.splitlines()]
    return re.search("^" + "".join(lines), text, re.M) is not None


def excerpt_error(path, shown):
    if not path.is_file():
        return "no such file"
    return None if is_in(shown, path.read_text()) else "these lines are not in it, or not so"


def page_errors(text):
    """(line, file, what is wrong) of each excerpt that is not true."""
    found = list(EXCERPT.finditer(text))
    for match in found:
        error = excerpt_error(ROOT / match.group(1), match.group(2))
        if error:
            yield text.count("\n", 0, match.start()) + 1, match.group(1), error
    for mark in MARK.finditer(text):
        if mark.start() not in [match.start() for match in found]:
            yield text.count("\n", 0, mark.start()) + 1, "excerpt", "names no fence that follows it"


def main():
    names = subprocess.run(["git", "ls-files", "-z", "*.md"], cwd=ROOT, capture_output=True,
                           check=True)
    checked = bad = 0
    for name in sorted(filter(None, names.stdout.decode().split("\0"))):
        text = (ROOT / name).read_text() if (ROOT / name).is_file() else ""
        checked += len(MARK.findall(text))
        for line, file, error in page_errors(text):
            print(f"{name}:{line}: {file}: {error}")
            bad += 1
    print(f"excerpts: {checked} checked, {bad} bad")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
