#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Checks the commands that the Markdown files show, by a comment on the line before the fence:

    <!-- commands: run -->                  the block runs and succeeds
    <!-- commands: run, output stable -->   ... and prints what is shown; a line `...` is any lines
    <!-- commands: run, figures vary -->    ... the same, but for its figures
    <!-- commands: run, slow -->            ... but only with --slow

A fence names its language. `sh` holds commands; `console` holds commands after "$ ", and what they
print. All of both are parsed by bash -n, and what they and the text's code spans say of make and of
our own programs has to be there: targets, variables, files, options.

Exit status: 0 all is true, 1 something is not."""

import argparse
import dataclasses
import functools
import os
import pathlib
import re
import shlex
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
MARK = re.compile(r"^<!-- commands: (.*?) -->$")
FENCE = re.compile(r"^ {0,3}(```+|~~~+)\s*(\S*)")
LIST = re.compile(r"^ {0,3}([-*+]|\d+\.) ")
SPAN = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.S)
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*")
VARIABLE = re.compile(r"([A-Z][A-Z0-9_]*)=.*", re.S)
WORDS = {"run", "output stable", "figures vary", "slow"}
FIGURE = re.compile(r"\b[0-9a-f]*\d[0-9a-f]*(?:\.\d+)?\b")
SHELL = ("sh", "console")
SECONDS, SECONDS_SLOW = 600, 7200


@dataclasses.dataclass
class Block:
    """A fence, or with the language "span" a piece of code in the text."""
    line: int  # the first of its text
    language: str
    text: str
    marks: set = dataclasses.field(default_factory=set)
    end: int = 0  # the line of the closing fence

    def commands(self):
        """(line, command, what is shown as its output) of each command."""
        if self.language != "console":
            return [(self.line, self.text, [])]
        found = []
        for number, line in enumerate(self.text.splitlines(), self.line):
            if line.startswith("$ "):
                found.append((number, line[2:], []))
            elif found and found[-1][1].endswith("\\") and not found[-1][2]:
                found[-1] = (found[-1][0], found[-1][1] + "\n" + line, [])
            elif found:
                found[-1][2].append(line)
        return found


# ---- Reading a page ----------------------------------------------------------------------------

def mark_words(line):
    match = MARK.match(line)
    return {word.strip() for word in match.group(1).split(",")} if match else set()


def fences(lines):
    """The fences of a page. One that is not closed ends with the page."""
    at = 0
    while at < len(lines):
        begin = FENCE.match(lines[at])
        if begin:
            end = next((later for later in range(at + 1, len(lines))
                        if lines[later].strip() == begin.group(1)), len(lines))
            yield Block(at + 2, begin.group(2), "".join(f"{line}\n" for line in lines[at + 1:end]),
                        mark_words(lines[at - 1]) if at else set(), end + 1)
            at = end
        at += 1


def spans(lines, blocks):
    """The code spans of what is not in the fences."""
    prose = list(lines)
    for block in blocks:
        prose[block.line - 2:block.end] = [""] * len(prose[block.line - 2:block.end])
    text = "\n".join(prose)
    for paragraph in re.finditer(r"(?:.+\n?)+", text):
        for match in SPAN.finditer(paragraph.group()):
            number = text.count("\n", 0, paragraph.start() + match.start()) + 1
            yield Block(number, "span", " ".join(match.group(2).split()), end=number)


def fence_errors(lines, blocks):
    for block in blocks:
        if not block.language:
            yield block.line - 1, "this fence names no language: sh, console, c, text, ..."
        if block.end > len(lines):
            yield len(lines), "a fence is not closed"


def mark_errors(lines, blocks):
    """A mark stands before a block of commands, and nothing else has one."""
    begins = {block.line - 1 for block in blocks if block.language in SHELL}
    for number, line in enumerate(lines, 1):
        if mark_words(line) - WORDS:
            yield number, f"knows only the words {', '.join(sorted(WORDS))}"
        if mark_words(line) and number + 1 not in begins:
            yield number, "marks no block of commands: sh or console comes next"


def indented_errors(lines, blocks):
    """Indented code has no language, so nothing looks at it. What goes on a list is indented too."""
    fenced = {number for block in blocks for number in range(block.line - 1, block.end + 1)}
    listed, before = False, ""
    for number, line in enumerate(lines, 1):
        if number in fenced:
            continue
        if re.match(r" {4}\S", line) and not before.strip() and not listed:
            yield number, "indented code: use a fence that names its language"
        if line.strip():
            listed = bool(LIST.match(line)) or listed and line.startswith(" ")
        before = line


def blocks_of(lines):
    """The fences and spans of a page, and what is wrong with how they are written, as
    (blocks, [(line, text)])."""
    blocks = list(fences(lines))
    errors = [error for rule in (fence_errors, mark_errors, indented_errors)
              for error in rule(lines, blocks)]
    return blocks + list(spans(lines, blocks)), errors


# ---- What a command names is there -------------------------------------------------------------

def output_of(*words):
    done = subprocess.run(list(map(str, words)), cwd=ROOT, capture_output=True, text=True,
                          errors="replace", stdin=subprocess.DEVNULL)
    return done.stdout + done.stderr


@functools.cache
def targets():
    """What make knows how to make."""
    data = output_of("make", "-pnq").split("\n# Files\n")[-1]
    return {name for group in data.split("\n\n") if "# Not a target" not in group
            for name in re.findall(r"^([^#\s:=%][^\s:=%]*):(?!=)", group, re.M)}


@functools.cache
def is_target(name):
    """Made by a rule of its own, or, of a file, by a pattern's."""
    return name in targets() or "/" in name and subprocess.run(
        ["make", "-n", name], cwd=ROOT, capture_output=True).returncode == 0


@functools.cache
def variables():
    makefile = (ROOT / "Makefile").read_text()
    return set(re.findall(r"(?:\$\(|^ifn?def |^)([A-Z]\w*)\b", makefile, re.M))


@functools.cache
def options(*words):
    """The options that a program of ours prints as its help."""
    return set(OPTION.findall(output_of(*words)))


def options_of(program, rest):
    """What `program` understands before and after its subcommand; None if it is not ours."""
    if program == "muster":
        if rest[:1] == ["sim"]:
            return options("build/muster-sim", "--help")
        command = [word for word in rest[:1] if not word.startswith("-")]
        return options("build/muster", "--help") | \
            (options("build/muster", "help", *command) if command else set())
    if program == "muster-sim":
        return options("build/muster-sim", "--help")
    if program == "smistat":
        return options("build/tools/smistat", "--help")
    if program.endswith(".py"):
        return options("python3", program, "--help")
    return None


def make_errors(words):
    if "-C" in words:  # another Makefile, which is not ours to know
        return
    for word in words:
        variable = VARIABLE.fullmatch(word)
        if variable and variable.group(1) not in variables():
            yield f"the Makefile has no variable {variable.group(1)}"
        elif not variable and not word.startswith("-") and not is_target(word):
            yield f"make knows no target {word}"


def program_errors(words):
    program, rest = words[0], words[1:]
    if program == "make":
        yield from make_errors(rest)
        return
    if program.startswith("build/"):
        if not is_target(program):
            yield f"nothing makes {program}"
            return
        program = os.path.basename(program)
    elif "/" in program and program[0] not in "/~$." and not (ROOT / program).is_file():
        yield f"there is no file {program}"
        return
    known = options_of(program, rest)
    if known is not None:
        end = rest.index("--") if "--" in rest else len(rest)
        for word in rest[:end]:
            if word.startswith("--") and word.split("=")[0] not in known:
                yield f"{program} has no option {word}"


def simple_commands(text):
    """The words of each simple command, without what redirects and assigns."""
    for line in text.replace("\\\n", " ").splitlines():
        lexer = shlex.shlex(line, posix=True, punctuation_chars=";&|()<>")
        lexer.whitespace_split = True
        words = []
        for word in [*lexer, ";"]:
            if set(word) <= set(";&|()"):
                while words and (VARIABLE.fullmatch(words[0]) or words[0] in ("!", "sudo", "nice")):
                    words.pop(0)
                if words:
                    yield words
                words = []
            else:
                words.append(word)


def span_errors(text):
    """A span is a command if it begins with a program of ours and goes on; or an option alone."""
    words = text.split()
    if re.fullmatch(r"--[a-z][a-z-]*", words[0]):
        known = [options_of(name, []) for name in ("muster", "muster-sim", "smistat")]
        known += [options("build/muster", "help", name) for name in ("trace", "decode", "layout")]
        if not any(words[0] in some for some in known):
            yield f"no program of ours has the option {words[0]}"
    elif words[0] == "make" or len(words) > 1 and (
            words[0] in ("muster", "muster-sim", "smistat") or words[0].startswith("build/")
            or words[0].endswith(".py")):
        yield from program_errors(words)


def block_errors(block):
    """(line, text) for what is wrong with a block or span as it is written."""
    if block.language == "span":
        return [(block.line, text) for text in span_errors(block.text)]
    if block.language not in SHELL:
        return []
    found = []
    for line, text, _ in block.commands():
        done = subprocess.run(["bash", "-n"], input=text, capture_output=True, text=True)
        if done.returncode:
            found.append((line, f"bash cannot parse it: {done.stderr.strip()}"))
        else:
            found += [(line, error) for words in simple_commands(text)
                      for error in program_errors(words)]
    return found


# ---- Running -----------------------------------------------------------------------------------

def without_figures(line):
    return " ".join(FIGURE.sub("#", line).split())


def is_as_shown(shown, printed):
    """`...` alone on a line stands for any number of lines."""
    pattern = "".join(r"(?:.*\n)*?" if line.strip() == "..." else re.escape(line.rstrip()) + r"\n"
                      for line in shown)
    return re.fullmatch(pattern, "".join(line.rstrip() + "\n" for line in printed)) is not None


def run_error(text, shown, seconds, look=str):
    """What goes wrong when a command is run. `shown` is None where output may differ; `look` is what is
    looked at of each line."""
    # As a reader's shell would: make says more where it is called by another make.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    try:
        done = subprocess.run(["bash", "-euo", "pipefail", "-c", text], cwd=ROOT, env=environment,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, errors="replace",
                              timeout=seconds)
    except subprocess.TimeoutExpired:
        return f"does not end within {seconds} s"
    if done.returncode:
        return f"fails with {done.returncode}:\n{done.stdout}"
    if shown is not None and not is_as_shown(map(look, shown), map(look, done.stdout.splitlines())):
        return f"prints something else:\n{done.stdout}"
    return None


def run_block(block):
    """(line, text) for the first command that does not do what is shown."""
    seconds = SECONDS_SLOW if "slow" in block.marks else SECONDS
    look = without_figures if "figures vary" in block.marks else str
    for line, text, shown in block.commands():
        compared = block.marks & {"output stable", "figures vary"}
        error = run_error(text, shown if compared else None, seconds, look)
        if error:
            return [(line, f"{text.strip()}: {error}")]
    return []


def check_page(name, slow):
    """(blocks parsed, blocks run, errors) of one page."""
    blocks, errors = blocks_of((ROOT / name).read_text().splitlines())
    ran = 0
    for block in blocks:
        wrong = block_errors(block)
        if not wrong and "run" in block.marks and ("slow" in block.marks) == slow:
            ran += 1
            wrong = run_block(block)
        errors += wrong
    return sum(block.language in SHELL for block in blocks), ran, errors


def pages():
    names = subprocess.run(["git", "ls-files", "-z", "*.md"], cwd=ROOT, capture_output=True,
                           check=True)
    return sorted(name for name in names.stdout.decode().split("\0")
                  if name and (ROOT / name).is_file())


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--slow", action="store_true", help="run those marked slow, and no others")
    parser.add_argument("pages", nargs="*", help="Markdown files (all that git tracks)")
    given = parser.parse_args(arguments)
    parsed = ran = bad = 0
    for name in given.pages or pages():
        one, two, errors = check_page(name, given.slow)
        parsed, ran, bad = parsed + one, ran + two, bad + len(errors)
        for line, text in sorted(errors):
            print(f"{name}:{line}: {text}")
    print(f"commands: {parsed} blocks parsed, {ran} run, {bad} bad")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
