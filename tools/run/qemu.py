# SPDX-License-Identifier: BSD-2-Clause
"""A QEMU machine with its serial line on a pipe: what `make run` and the QEMU tests share.

Nothing here waits without a limit, and no machine outlives its `with` block.
"""

import json
import os
import queue
import re
import socket
import subprocess
import threading
import time


class MachineError(Exception):
    """The machine did not do what was waited for; the text says what and where it stood."""


def arguments(rom=None, kernel=None, initrd=None, append="", cpus=1, memory="512M",
              thread="multi", cpu="max", extra=(), machine="q35"):
    """QEMU's command line. `rom` None is QEMU's own firmware."""
    words = ["qemu-system-x86_64", "-machine", f"{machine},smm=on", "-accel", f"tcg,thread={thread}",
             "-cpu", cpu, "-smp", str(cpus), "-m", str(memory), "-nodefaults",
             "-no-user-config", "-display", "none"]
    if machine == "pc":
        words += ["-device", "VGA"]  # without one, closed SMRAM at A0000h shows RAM
    if rom:
        words += ["-bios", str(rom)]
    if kernel:
        words += ["-kernel", str(kernel), "-append", append]
    if initrd:
        words += ["-initrd", str(initrd)]
    return words + list(extra)


class Machine:
    def __init__(self, words, log=None, qmp=None):
        self.words = list(words) + ["-serial", "stdio"]
        if qmp:
            self.words += ["-qmp", f"unix:{qmp},server=on,wait=off"]
        self.qmp_path = qmp
        self.log_path = log
        self.text = ""  # everything the serial line has said
        self.at = 0  # what `wait` has consumed of it
        self._ended = False
        self._queue = queue.Queue()
        self._qmp = None

    def __enter__(self):
        self.started = time.monotonic()
        self.log = open(self.log_path or os.devnull, "wb")
        self.process = subprocess.Popen(self.words, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        threading.Thread(target=self._read, daemon=True).start()
        return self

    def __exit__(self, *_):
        if self._qmp:
            self._qmp.close()
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.log):
            try:
                pipe.close()
            except OSError:
                pass

    def seconds(self):
        return time.monotonic() - self.started

    def _read(self):
        while True:
            data = self.process.stdout.read1(65536)
            self.log.write(data) if not self.log.closed else None
            self._queue.put(data)
            if not data:
                return

    def _more(self, limit):
        """Takes in what the serial line says next; False: nothing more will come."""
        if self._ended:
            return False
        try:
            data = self._queue.get(timeout=max(0.01, limit - time.monotonic()))
        except queue.Empty:
            raise TimeoutError from None
        self.text += data.decode("utf-8", "replace").replace("\r", "")
        self._ended = not data
        return bool(data)

    def wait(self, pattern, seconds, until=None):
        """The match of `pattern` in what came after the last match. Ends early, with an error,
        when QEMU ends or `until` (another pattern) turns up first."""
        limit = time.monotonic() + seconds
        regex = re.compile(pattern, re.M)
        while True:
            match = regex.search(self.text, self.at)
            if match:
                self.at = match.end()
                return match
            if until and re.compile(until, re.M).search(self.text, self.at):
                raise MachineError(f"{until!r} instead of {pattern!r}{self._standing()}")
            try:
                if not self._more(limit):
                    raise MachineError(f"QEMU ended before {pattern!r}{self._standing()}")
            except TimeoutError:
                raise MachineError(
                    f"no {pattern!r} within {seconds} s{self._standing()}") from None

    def _standing(self):
        tail = self.text.rstrip().splitlines()[-8:]
        return "; the serial line ends:\n    " + "\n    ".join(tail)

    def lines(self, seconds):
        """Each line as it comes, until QEMU ends."""
        limit = time.monotonic() + seconds
        while True:
            end = self.text.find("\n", self.at)
            if end >= 0:
                line, self.at = self.text[self.at:end], end + 1
                yield line
            elif not self._more(limit):
                return

    def end(self, seconds):
        """Waits for QEMU to end by itself; its exit status."""
        limit = time.monotonic() + seconds
        try:
            while self._more(limit):
                pass
            return self.process.wait(max(0.1, limit - time.monotonic()))
        except (TimeoutError, subprocess.TimeoutExpired):
            raise MachineError(f"still running after {seconds} s{self._standing()}") from None

    def send(self, line):
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()

    def run(self, command, seconds=60):
        """Runs a command in the guest (muster.job=commands): its status and its output."""
        start = self.at
        self.send(command)
        status = self.wait(r"^guest: status (\d+)$", seconds)
        return int(status.group(1)), self.text[start:status.start()].strip("\n")

    def qmp(self, command, **arguments_):
        if self._qmp is None:
            self._qmp = socket.socket(socket.AF_UNIX)
            self._qmp.settimeout(300)
            self._qmp.connect(str(self.qmp_path))
            self._qmp_file = self._qmp.makefile("rw")
            self._qmp_file.readline()
            self.qmp("qmp_capabilities")
        self._qmp_file.write(json.dumps({"execute": command, "arguments": arguments_}) + "\n")
        self._qmp_file.flush()
        while True:
            answer = json.loads(self._qmp_file.readline())
            if "error" in answer:
                raise MachineError(f"{command}: {answer['error']['desc']}")
            if "return" in answer:
                return answer["return"]
