#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Puts what `make bench` measured last into docs/performance.md, between its two marks."""

import json
import shutil
import sys

import aims
import report

DOCUMENT = "docs/performance.md"
BEGIN, END = "<!-- measured: begin -->\n", "<!-- measured: end -->\n"
AIMS = """
## Against the aims

What we set out for, as the most that a number may be; medians, of the run below. A row with `...` is for
comparison: what the row above it is for a floor.

"""


def main(build):
    with open(f"{build}/bench/table.md", encoding="utf-8") as file:
        table = file.read()
    with open(f"{build}/bench/results.json", encoding="utf-8") as file:
        against = report.markdown(aims.aims_rows(json.load(file)))
    with open(DOCUMENT, encoding="utf-8") as file:
        before, rest = file.read().split(BEGIN)
    _, after = rest.split(END)
    with open(DOCUMENT, "w", encoding="utf-8") as file:
        file.write(before + BEGIN + AIMS + against + "\n" + table + "\n" + END + after)
    shutil.copyfile(f"{build}/bench/plot.svg", "docs/performance.svg")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "build")
