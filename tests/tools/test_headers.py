# SPDX-License-Identifier: BSD-2-Clause
"""The public headers' pages: plain comments become Doxygen's, and what has none fails."""

import html
import re
import subprocess

import pytest
from conftest import ROOT

HEADER = """/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Shapes: <what> they are.
 *
 *   +---+
 *   | a |   # a drawing
 *   +---+
 *
 *   - one thing, which is
 *     longer than a line
 */
#ifndef SHAPE_H
#define SHAPE_H

/* ---- Kinds ---- */

#define SHAPE_MAX 3 /* how many */

/* A shape. */
struct shape {
    int side; /* in metres,
                 or more */
};

/* Makes one; NULL if there is no memory. */
struct shape *shape_make(int side);

#endif
"""


def doxygen(tmp_path, text):
    """(exit status, what it said)."""
    (tmp_path / "shape.h").write_text(text)
    settings = (ROOT / "tools/docs/Doxyfile").read_text()
    settings += f"INPUT = {tmp_path}\nOUTPUT_DIRECTORY = {tmp_path}\n"
    done = subprocess.run(["doxygen", "-"], input=settings, cwd=ROOT, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def page(path):
    return html.unescape(re.sub(r"<[^>]*>", "", path.read_text()))


def test_plain_comments_are_found(tmp_path):
    status, said = doxygen(tmp_path, HEADER)
    assert (status, said) == (0, "")
    text = page(tmp_path / "html" / "shape_8h.html")
    assert "  +---+\n  | a |   # a drawing\n  +---+\n" in text
    assert "Shapes: <what> they are." in text and "how many" in text
    assert re.search(r"one thing, which is\s+longer than a line", text)
    assert "Makes one; NULL if there is no memory." in text
    assert "Kinds" not in text
    assert "in metres, or more" in page(tmp_path / "html" / "structshape.html")


@pytest.mark.parametrize("gone, name", [
    (" /* how many */", "SHAPE_MAX"), ("/* A shape. */\n", "Compound shape"),
    (" /* in metres,\n                 or more */", "side"),
    ("/* Makes one; NULL if there is no memory. */\n", "shape_make")])
def test_what_has_no_comment_fails(tmp_path, gone, name):
    assert gone in HEADER
    status, said = doxygen(tmp_path, HEADER.replace(gone, ""))
    assert status != 0
    assert name in said and "is not documented" in said
