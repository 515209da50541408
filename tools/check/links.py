#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Checks the links of the Markdown files that git tracks: the file is there and tracked, the
heading or line it points at exists. A link whose text is a name in backquotes leads to a source file
that defines it. Links into the network are counted, not followed.

Exit status: 0 all lead somewhere, 1 some do not."""

import os
import pathlib
import re
import subprocess
import sys
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[2]
INLINE = re.compile(r"!?\[(?:[^\[\]]|\[[^\]]*\])*\]\(\s*<?([^()\s>]+(?:\([^()\s]*\))?)>?"
                    r"(?:\s+\"[^\"]*\")?\s*\)")
DEFINITION = re.compile(r"^ {0,3}\[([^\]]+)\]:\s*<?(\S+?)>?\s*$")
REFERENCE = re.compile(r"\[[^\]]+\]\[([^\]]+)\]")
NAMED = re.compile(r"\[`([A-Za-z_]\w*)(?:\(\))?`\]\(([^()#\s]+\.(?:c|h|S|py))\)")
HEADING = re.compile(r"^ {0,3}#{1,6}\s+(.*?)\s*#*\s*$")


def prose(text):
    """Numbered lines without code: what is in a fence or in backquotes is no link."""
    fence = None
    for number, line in enumerate(text.splitlines(), 1):
        mark = re.match(r"^\s*(```+|~~~+)", line)
        if mark and (fence is None or line.strip().startswith(fence)):
            fence = mark.group(1) if fence is None else None
            continue
        if fence is None:
            yield number, re.sub(r"(`+).*?\1", lambda m: "`" * len(m.group(0)), line)


def slug(heading):
    """The anchor that GitHub makes of a heading."""
    heading = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", heading)
    return re.sub(r"[^\w\- ]", "", heading.replace("`", "").lower()).replace(" ", "-")


def anchors(path):
    found, seen, fence = set(), {}, False
    for line in path.read_text().splitlines():
        if re.match(r"^\s*(```|~~~)", line):
            fence = not fence
        heading = None if fence else HEADING.match(line)
        found.update(re.findall(r"<a (?:name|id)=\"([^\"]+)\"", line))
        if heading:
            name = slug(heading.group(1))
            found.add(f"{name}-{seen[name]}" if name in seen else name)
            seen[name] = seen.get(name, 0) + 1
    return found


def fragment_error(path, fragment):
    if not fragment:
        return None
    if path.suffix == ".md":
        return None if fragment in anchors(path) else f"no heading #{fragment} in it"
    lines = re.fullmatch(r"L(\d+)(?:-L(\d+))?", fragment)
    if not lines:
        return f"#{fragment} is no line of a source file (#L12, #L12-L20)"
    last = int(lines.group(2) or lines.group(1))
    return None if last <= len(path.read_text().splitlines()) else f"it has no line {last}"


def link_error(source, target, tracked):
    """What is wrong with a link; None: nothing."""
    path, _, fragment = urllib.parse.unquote(target).partition("#")
    if path.startswith("/"):
        return "starts at the root of the machine, not of the tree"
    name = os.path.normpath(os.path.join(os.path.dirname(source), path)) if path else source
    if name in tracked:
        return fragment_error(ROOT / name, fragment)
    if any(other.startswith(name + "/") for other in tracked) or name == ".":
        return None if not fragment else "a directory has no headings"
    return "not tracked by git" if (ROOT / name).exists() else "no such file"


def named(text):
    """(line, name, target) of each link that names what a source file defines."""
    lines = {number for number, _ in prose(text)}
    for number, line in enumerate(text.splitlines(), 1):
        if number in lines:
            yield from ((number, *match.groups()) for match in NAMED.finditer(line))


def defines(path, name):
    """A function, a type, a macro, a constant or a label begins a line with its name, or so."""
    return re.search(rf"^(?:[A-Za-z_].*[ *])?{name}\(|^(?:struct|enum|typedef) .*\b{name}\b|"
                     rf"^#define {name}\b|^ *{name}(?:,| =)|^{name}:|^def {name}\(|"
                     rf"^[A-Z_]+\({name},", path.read_text(), re.M) is not None


def name_error(source, name, target):
    path = ROOT / os.path.normpath(os.path.join(os.path.dirname(source), target))
    return f"does not define {name}" if path.is_file() and not defines(path, name) else None


def links(text):
    """(line, target) of each link; a reference without its definition is (line, None)."""
    definitions, references = {}, []
    for number, line in prose(text):
        definition = DEFINITION.match(line)
        if definition:
            definitions[definition.group(1).lower()] = None
            yield number, definition.group(2)
            continue
        for match in INLINE.finditer(line):
            yield number, match.group(1)
        references += [(number, name.lower()) for name in REFERENCE.findall(line)]
    for number, name in references:
        if name not in definitions:
            yield number, None


def main():
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    tracked = set(filter(None, names.stdout.decode().split("\0")))
    checked = outside = bad = 0
    for name in sorted(n for n in tracked if n.endswith(".md") and (ROOT / n).is_file()):
        for line, target in links((ROOT / name).read_text()):
            if target and re.match(r"[a-z][a-z0-9+.-]*:", target):
                outside += 1
                continue
            checked += 1
            error = link_error(name, target, tracked) if target else "a reference not defined"
            if error:
                print(f"{name}:{line}: {target}: {error}")
                bad += 1
        for line, word, target in named((ROOT / name).read_text()):
            error = name_error(name, word, target)
            if error:
                print(f"{name}:{line}: {target}: {error}")
                bad += 1
    print(f"links: {checked} checked, {outside} into the network not followed, {bad} bad")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
