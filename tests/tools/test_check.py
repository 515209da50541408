# SPDX-License-Identifier: BSD-2-Clause
"""The checkers of the style and of the links find what they are for, and nothing else."""

import subprocess
import sys

import pytest
from conftest import ROOT

sys.path.insert(0, str(ROOT / "tools" / "check"))
import excerpts  # noqa: E402
import links  # noqa: E402
import tidy  # noqa: E402

LICENCE = "/* SPDX-License-Identifier: BSD-2-Clause */\n"


@pytest.fixture
def tree(tmp_path, monkeypatch):
    """tree(files): a git tree with these files; both checkers look at it."""
    def make(files):
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
        subprocess.run(["git", "add", "."], cwd=tmp_path, check=True)
        monkeypatch.setattr(tidy, "ROOT", tmp_path)
        monkeypatch.setattr(links, "ROOT", tmp_path)
        monkeypatch.setattr(excerpts, "ROOT", tmp_path)
        return tidy.tracked()
    return make


def found(rule, names):
    return [(name, line) for name, line, _ in rule(names)]


@pytest.mark.parametrize("rule, name, text, line", [
    (tidy.licence_is_named, "a.c", "int a;\n", 1),
    (tidy.headers_stand_alone, "core/a.h", LICENCE + "uint32_t a;\n", 1),
    (tidy.core_knows_no_platform, "core/a.c", LICENCE + "/* as QEMU does */\n", 2),
    (tidy.core_knows_no_platform, "core/a.c", LICENCE + "#ifdef SIMULATOR\n", 2),
    (tidy.core_knows_no_platform, "core/a.c", LICENCE + "#if 0\n", 2),
    (tidy.shared_words_have_one_door, "core/a.c", LICENCE + "\nword->value = 1;\n", 3),
    (tidy.shared_words_have_one_door, "services/a.c", LICENCE + "x = word.value;\n", 2),
    (tidy.functions_fit_a_screen, "a.c", LICENCE + "void f(void)\n{\n" + "    g();\n" * 69 + "}\n", 3),
    (tidy.text_is_clean, "a.md", "a \n", 1),
    (tidy.text_is_clean, "a.md", "a\nb", 2),
    (tidy.format_is_ours, "a.c", "int  a;\n", 1),
])
def test_rule_finds(tree, rule, name, text, line):
    assert (name, line) in found(rule, tree({name: text}))


@pytest.mark.parametrize("rule, name, text", [
    (tidy.headers_stand_alone, "core/a.h",
     LICENCE + "#ifndef A_H\n#define A_H\n#include <stdint.h>\nextern uint32_t a;\n#endif\n"),
    (tidy.core_knows_no_platform, "core/a.h",
     LICENCE + "#ifndef CORE_A_H\n#define CORE_A_H\n#endif\n"),
    (tidy.core_knows_no_platform, "sim/a.c", LICENCE + "/* QEMU */\n"),
    (tidy.shared_words_have_one_door, "arch/x86/a.c", LICENCE + "word->value = 1;\n"),
    (tidy.shared_words_have_one_door, "core/a.c", LICENCE + "word->values = value;\n"),
    (tidy.functions_fit_a_screen, "a.c", LICENCE + "void f(void)\n{\n" + "    g();\n" * 68 + "}\n"),
])
def test_rule_passes(tree, rule, name, text):
    assert found(rule, tree({name: text})) == []


def test_no_rule_is_left_out():
    rules = [value for name, value in vars(tidy).items() if callable(value) and
             getattr(value, "__doc__", None) and value.__module__ == "tidy"]
    assert set(rules) == set(tidy.RULES)


DOCUMENT = """# A heading, *with* `marks`
[good](other.md) [anchor](other.md#second-part) [own](#a-heading-with-marks) [net](https://x.y/z)
[twice](other.md#first-1) ![picture](sub/a.png) [dir](sub/) [line](code.c#L2) [ref][r] `[no](link)`
```
[no](link)
```
[r]: other.md
"""
OTHER = "# First\n## Second part\n### First\n"
FILES = {"a.md": DOCUMENT, "other.md": OTHER, "sub/a.png": "", "code.c": "1\n2\n"}


def test_good_links(tree, capsys):
    tree(FILES)
    assert links.main() == 0
    assert "8 checked, 1 into the network" in capsys.readouterr().out


@pytest.mark.parametrize("link, said", [
    ("[x](none.md)", "no such file"), ("[x](other.md#third)", "no heading #third"),
    ("[x](#none)", "no heading #none"), ("[x](code.c#L3)", "no line 3"),
    ("[x](code.c#main)", "no line of a source file"), ("[x](/etc/passwd)", "root of the machine"),
    ("[x][y]", "not defined"), ("[`a[0]`](none.c)", "no such file"),
    ("[x](sub/../none.md)", "no such file")])
def test_bad_links(tree, capsys, link, said):
    tree({**FILES, "bad.md": link + "\n"})
    assert links.main() == 1
    assert said in capsys.readouterr().out


SOURCE = """#define LIMIT 3
enum state { OPEN };
struct shape {
    int side;
};
static struct shape *shape_make(int side)
{
    return shape_find(side);
}
RARE static void shape_drop(struct shape *shape)
{
}
MUSTER_HANDLER(shape_handler, .name = "shape");
"""


@pytest.mark.parametrize("name", ["LIMIT", "shape", "state", "shape_make", "shape_make()",
                                  "shape_handler", "shape_drop"])
def test_a_link_names_what_the_file_defines(tree, name, capsys):
    tree({"s.c": SOURCE, "a.md": f"[`{name}`](s.c)\n```c\n[`none`](s.c)\n```\n"})
    assert links.main() == 0, capsys.readouterr().out


@pytest.mark.parametrize("name", ["shape_find", "none", "side", "make"])
def test_a_link_names_what_the_file_does_not_define(tree, name, capsys):
    tree({"s.c": SOURCE, "a.md": f"one\n[`{name}`](s.c)\n"})
    assert links.main() == 1
    assert f"a.md:2: s.c: does not define {name}" in capsys.readouterr().out


@pytest.mark.parametrize("shown", ["#define LIMIT 3", "enum state { OPEN };\nstruct shape {",
                                   "struct shape {\n...\n{\n    return shape_find(side);"])
def test_excerpts_that_are_there(tree, shown, capsys):
    tree({"s.c": SOURCE, "a.md": f"# A\n\n<!-- excerpt: s.c -->\n```c\n{shown}\n```\n"})
    assert excerpts.main() == 0, capsys.readouterr().out


@pytest.mark.parametrize("text, said", [
    ("<!-- excerpt: s.c -->\n```c\n#define LIMIT\n```", "not in it"),
    ("<!-- excerpt: s.c -->\n```c\n#define LIMIT 4\n```", "not in it"),
    ("<!-- excerpt: s.c -->\n```c\nenum state { OPEN };\n    int side;\n```", "not in it"),
    ("<!-- excerpt: none.c -->\n```c\nint a;\n```", "no such file"),
    ("<!-- excerpt: s.c -->\n\n```c\n#define LIMIT 3\n```", "no fence")])
def test_excerpts_that_are_not(tree, text, said, capsys):
    tree({"s.c": SOURCE, "a.md": f"# A\n\n{text}\n"})
    assert excerpts.main() == 1
    told = capsys.readouterr().out
    assert told.startswith("a.md:3: ") and said in told, told


def test_untracked_files_do_not_count(tree, tmp_path, capsys):
    tree({**FILES, "bad.md": "[x](late.md)\n"})
    (tmp_path / "late.md").write_text("")
    assert links.main() == 1
    assert "not tracked by git" in capsys.readouterr().out
