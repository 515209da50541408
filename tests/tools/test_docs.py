# SPDX-License-Identifier: BSD-2-Clause
"""The documents read as a site in order, and what they say is complete: every page is in the index
and leads to the next, the memory model names every access, make help names every target."""

import re
import subprocess

import pytest
from conftest import ROOT

DOCS = ROOT / "docs"
ACCESS = re.compile(r"\bshared_(?:store_release|load_acquire|compare_exchange|wait_\w+)\(")


def index():
    """The pages in their order."""
    return re.findall(r"^\d+\. \[[^\]]*\]\(([^)]*)\)", (DOCS / "README.md").read_text(), re.M)


def test_every_page_is_in_the_index_once():
    assert sorted(index()) == sorted(page.name for page in DOCS.glob("*.md")
                                     if page.name != "README.md")


@pytest.mark.parametrize("page, following", zip(index(), [*index()[1:], "../CONTRIBUTING.md"]))
def test_a_page_leads_to_the_next(page, following):
    last = (DOCS / page).read_text().rstrip().splitlines()[-1]
    assert re.search(r"Next: \[[^\]]*\]\(([^)]*)\)$", last).group(1) == following


def functions_with_access():
    """(file, function) of every access of the core that orders something."""
    for path in sorted((ROOT / "core").glob("*.[ch]")):
        function = None
        for line in path.read_text().splitlines():
            begin = re.match(r"[A-Za-z_].*?[ *](\w+)\((?!\()", line)
            function = begin.group(1) if begin else function
            if ACCESS.search(line):
                yield path.name, function


@pytest.mark.parametrize("name, function", sorted(set(functions_with_access())))
def test_the_memory_model_names_every_access(name, function):
    named = f"[`{function}`](../core/{name})"
    assert named in (DOCS / "memory-model.md").read_text(), f"{function} orders something"


def test_every_public_header_is_on_their_first_page():
    page = (ROOT / "tools" / "docs" / "headers.md").read_text()
    assert set(re.findall(r"\w+\.h", page)) == \
        {header.name for header in (ROOT / "include" / "muster").glob("*.h")}


def test_help_names_every_target():
    makefile = (ROOT / "Makefile").read_text()
    phony = set(" ".join(re.findall(r"^\.PHONY: (.*)", makefile, re.M)).split())
    told = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True).stdout
    inner = {"run-packages", "bench-packages", "sim-mutant"}
    assert phony - inner == set(re.findall(r"^  make ([\w-]+) +\S", told, re.M))
