# SPDX-License-Identifier: BSD-2-Clause
"""What unreached.py says of lines that no execution has reached."""

import unreached

FILE, OTHER = "core/order.c", "core/order.h"


def text(number):
    return (unreached.ROOT / FILE).read_text().splitlines()[number - 1].strip()


def names(lines):
    return unreached.unreached(lines)


def test_a_line():
    lines = {(FILE, 4): ("one", True), (FILE, 5): ("one", False)}
    assert names(lines) == (1, {f"{FILE} one: {text(5)}"})


def test_a_function_and_a_file():
    lines = {(FILE, 4): ("one", True), (FILE, 5): ("two", False), (FILE, 6): ("two", False),
             (OTHER, 4): ("three", False), (OTHER, 5): ("four", False)}
    assert names(lines) == (4, {f"{FILE} two", OTHER})


def test_the_second_of_two_that_are_the_same():
    same = [number for number in range(1, 30) if text(number) == ""][:2]
    lines = {(FILE, same[0]): ("one", True), (FILE, same[1]): ("one", False)}
    assert names(lines) == (1, {f"{FILE} one:  (2)"})


def test_all_is_reached():
    assert names({(FILE, 4): ("one", True)}) == (0, set())


def test_reasons_are_no_lines(tmp_path):
    path = tmp_path / "reasons"
    path.write_text("# A reason.\ncore/order.c one\n\n# Another.\ncore/order.h\n")
    assert unreached.explained(path) == {"core/order.c one", "core/order.h"}
