#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Puts what `make bench` measured last into docs/performance.md, between its two marks."""

import shutil
import sys

DOCUMENT = "docs/performance.md"
BEGIN, END = "<!-- measured: begin -->\n", "<!-- measured: end -->\n"


def main(build):
    with open(f"{build}/bench/table.md", encoding="utf-8") as file:
        table = file.read()
    with open(DOCUMENT, encoding="utf-8") as file:
        before, rest = file.read().split(BEGIN)
    _, after = rest.split(END)
    with open(DOCUMENT, "w", encoding="utf-8") as file:
        file.write(before + BEGIN + "\n" + table + "\n" + END + after)
    shutil.copyfile(f"{build}/bench/plot.svg", "docs/performance.svg")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "build")
