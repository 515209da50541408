# SPDX-License-Identifier: BSD-2-Clause
"""What is installed is complete, works from where it is, and goes away again; man pages know every
option that --help knows."""

import hashlib
import json
import re
import shutil
import subprocess

import pytest
from conftest import BUILD, LOGS, MUSTER, ROOT, muster

SCRIPTS = ROOT / "tools" / "install"
PROGRAMS = {"muster": MUSTER, "muster-sim": BUILD / "muster-sim",
            "smistat": BUILD / "tools" / "smistat"}
VERSION = subprocess.run([MUSTER, "--version"], capture_output=True, text=True,
                         check=True).stdout.split()[1]


def run(*words, **more):
    done = subprocess.run(list(map(str, words)), capture_output=True, text=True, timeout=900,
                          **more)
    assert done.returncode == 0, (words, done.stdout, done.stderr)
    return done.stdout


def install(action, root, prefix="/usr"):
    run(SCRIPTS / "install.sh", action, BUILD, root, prefix, VERSION)


def files(root):
    return {str(path.relative_to(root)) for path in root.rglob("*") if not path.is_dir()}


def test_install_and_remove(tmp_path):
    install("put", tmp_path, "/opt/x")
    here = files(tmp_path)
    assert {"opt/x/bin/muster", "opt/x/bin/smistat", "opt/x/bin/muster-sim",
            "opt/x/share/muster/muster.rom", "opt/x/include/muster/window.h",
            "opt/x/share/man/man1/muster.1", "opt/x/share/pkgconfig/muster.pc",
            "opt/x/lib/libmuster.a", "opt/x/lib/muster-image.ld",
            "opt/x/share/pkgconfig/muster-image.pc", "opt/x/share/doc/muster/porting.md",
            "opt/x/share/doc/muster/examples/bare/port.c",
            "opt/x/share/qemu/firmware/90-muster-x86_64-q35.json"} <= here
    assert not [name for name in here if "@" in (tmp_path / name).read_bytes()[:4000].decode(
        "latin-1") and name.endswith((".pc", ".json"))]
    install("remove", tmp_path, "/opt/x")
    assert files(tmp_path) == set()
    assert not (tmp_path / "opt/x/share/muster").exists()


def test_remove_leaves_what_is_not_ours(tmp_path):
    install("put", tmp_path)
    other = tmp_path / "usr/bin/other"
    other.write_text("")
    install("remove", tmp_path)
    assert files(tmp_path) == {"usr/bin/other"}


def test_installed_programs_work(tmp_path):
    install("put", tmp_path)
    program = tmp_path / "usr/bin/muster"
    assert run(program, "trace", LOGS / "q35-4-at-once.json").count("request") == 32
    assert "usage: muster-sim" in run(program, "sim", "--help")
    assert run(program, "sim", "random", "--cpus", "300", "--quiet").startswith("300 processors")
    assert (tmp_path / "usr/share/muster/muster.rom").read_bytes() == \
        (BUILD / "muster.rom").read_bytes()


def test_headers_and_pkgconfig(tmp_path):
    install("put", tmp_path)
    settings = (tmp_path / "usr/share/pkgconfig/muster.pc").read_text()
    assert f"Version: {VERSION}\n" in settings and "prefix=/usr\n" in settings
    for header in (tmp_path / "usr/include/muster").iterdir():
        run("gcc", "-std=c11", "-fsyntax-only", f"-I{tmp_path}/usr/include", "-include",
            f"muster/{header.name}", "-x", "c", "/dev/null")


@pytest.mark.parametrize("machine, rom, machines", [
    ("q35", "muster.rom", "pc-q35-*"), ("pc", "muster-pc.rom", "pc-i440fx-*")])
def test_firmware_descriptor(tmp_path, machine, rom, machines):
    """The keys that QEMU's interop schema requires, and values it defines."""
    install("put", tmp_path)
    text = (tmp_path / f"usr/share/qemu/firmware/90-muster-x86_64-{machine}.json").read_text()
    told = json.loads(text)
    assert set(told) == {"description", "interface-types", "mapping", "targets", "features",
                         "tags"}
    assert told["mapping"] == {"device": "memory", "filename": f"/usr/share/muster/{rom}"}
    assert told["targets"] == [{"architecture": "x86_64", "machines": [machines]}]
    assert (tmp_path / "usr/share/muster" / rom).exists()
    assert told["features"] == ["requires-smm"]


@pytest.fixture(scope="module")
def package():
    return BUILD.parent / run(SCRIPTS / "deb.sh", BUILD, VERSION, cwd=ROOT).strip()


def test_package_installs_and_removes(package, tmp_path):
    """Into an empty system with its own package database."""
    if not shutil.which("dpkg"):
        pytest.skip("not a Debian system")
    database = tmp_path / "var/lib/dpkg"
    for name in ("info", "updates", "triggers"):
        (database / name).mkdir(parents=True)
    (database / "status").write_text("")
    before = files(tmp_path)
    dpkg = ["dpkg", f"--root={tmp_path}", "--force-not-root,depends", "--log=/dev/null"]
    run(*dpkg, "--install", package)
    assert (tmp_path / "usr/bin/muster").exists()
    assert run(tmp_path / "usr/bin/smistat", "--version").startswith("smistat ")
    assert run(*dpkg, "--verify", "muster") == ""
    run(*dpkg, "--purge", "muster")
    assert not (tmp_path / "usr").exists()
    assert {name for name in files(tmp_path) - before if "lib/dpkg" not in name} == set()


def test_package_can_be_read_by_everybody(package):
    """Directories can be entered and files read by who is not root; nobody else writes."""
    for line in run("dpkg-deb", "-c", package).splitlines():
        mode, owner, *_, name = line.split()
        assert owner == "root/root", line
        assert mode in (("drwxr-xr-x",) if name.endswith("/") else ("-rw-r--r--", "-rwxr-xr-x")), line


def test_package_is_reproducible(package):
    first = hashlib.sha256(package.read_bytes()).hexdigest()
    run(SCRIPTS / "deb.sh", BUILD, VERSION, cwd=ROOT)
    assert hashlib.sha256(package.read_bytes()).hexdigest() == first


def test_package_names_what_it_needs(package):
    """Every library its programs load is in a package it depends on."""
    needs = run("dpkg-deb", "-f", package, "Depends")
    loaded = run("ldd", MUSTER)
    assert set(re.findall(r"(lib(?!c\.|m\.)\w+)\.so", loaded)) == {"libjansson"}
    assert "libjansson4" in needs and "libc6" in needs


# ---- what --help knows -------------------------------------------------------------------------

def options_of(*words):
    text = subprocess.run(list(map(str, words)), capture_output=True, text=True).stdout
    return set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", "\n".join(
        line for line in text.splitlines() if re.match(r"^ +--", line))))


HELPS = [("muster", ["help", command]) for command in
         re.findall(r"^  ([a-z]+) ", muster("--help").stdout.decode(), re.M)
         if command not in ("muster", "sim")]
HELPS += [("muster-sim", ["--help"]), ("smistat", ["--help"])]


@pytest.mark.parametrize("program, words", HELPS, ids=lambda v: v if isinstance(v, str) else v[-1])
def test_man_page_has_every_option(program, words):
    page = (ROOT / "docs" / "man" / f"{program}.1").read_text()
    known = {f"--{name}" for name in re.findall(r"Fl -([a-z][a-z-]*)", page)}
    missing = options_of(PROGRAMS[program], *words) - known
    assert not missing, f"describe them in docs/man/{program}.1"


def test_man_pages_are_well_formed():
    if not shutil.which("mandoc"):
        pytest.skip("needs Debian's mandoc")
    for page in (ROOT / "docs" / "man").glob("*.1"):
        assert run("mandoc", "-T", "lint", "-W", "warning", page) == ""
