#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Gives a header to Doxygen: filter.py HEADER.

The headers have plain comments, for people. This makes them Doxygen's, by where they stand: the
file's after the licence, a member's behind it on its line, any other before what it is about.
Text that is indented, which are drawings, stays as it is drawn."""

import pathlib
import re
import sys

COMMENT = re.compile(r"(?P<before>[^\n]*?)/\*(?P<text>.*?)\*/", re.S)
SPECIAL = re.compile(r"([<>@\\#&%\"])")


def drawings(lines):
    """For each line: is it part of a drawing? Indented text is one unless it begins as a list."""
    listed = False
    for line in lines:
        listed = bool(line) and (listed or line.lstrip().startswith("- "))
        yield line.startswith("  ") and not listed


def before_for_doxygen(text):
    """The lines of a comment before what it is about, without their stars."""
    lines = [re.sub(r"^\s*\* ?", "", line).rstrip() for line in text.strip("\n").split("\n")]
    lines[0] = lines[0].strip()
    out, before = [], False
    for line, drawn in [*zip(lines, drawings(lines)), ("", False)]:
        if drawn != before:
            out.append("@verbatim" if drawn else "@endverbatim")
        out.append(line if drawn else SPECIAL.sub(r"\\\1", line))
        before = drawn
    return "\n".join(out).rstrip()


def for_doxygen(header):
    """The text of a header with Doxygen's comments."""
    file_mark = iter([" @file\n"])  # the first comment after the licence is the file's

    def replacement(match):
        before, text = match.group("before"), match.group("text")
        if "SPDX-License-Identifier" in text or text.strip().startswith("----"):
            return match.group(0)
        if before.strip():
            text = " ".join(SPECIAL.sub(r"\\\1", text).split())
            return f"{before}/**< {text} */"
        return f"{before}/**{next(file_mark, '')} {before_for_doxygen(text)} */"

    header = re.sub(r"^_Static_assert\(.*?\);\n", "", header, flags=re.S | re.M)
    return COMMENT.sub(replacement, header)


def main():
    sys.stdout.write(for_doxygen(pathlib.Path(sys.argv[1]).read_text()))


if __name__ == "__main__":
    main()
