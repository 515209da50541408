# SPDX-License-Identifier: BSD-2-Clause
"""What is not a whole kernel gets a clear message on the serial line."""

import conftest
import pytest

ERROR = r"muster:.*error: .*"

pytestmark = pytest.mark.fast


def broken(kind):
    whole = conftest.KERNEL.read_bytes()
    real_mode = (whole[0x1f1] + 1) * 512  # QEMU itself refuses a file that ends before this
    return {
        "truncated": whole[:len(whole) // 2],
        "setup-only": whole[:real_mode + 1],
                "garbage": bytes(range(256)) * 4096,
        "zeros": bytes(1 << 20),
    }[kind]


@pytest.mark.parametrize("kind", ["truncated", "setup-only", "garbage", "zeros"])
def test_broken_kernel(linux, tmp_path, kind):
    file = tmp_path / "kernel"
    file.write_bytes(broken(kind))
    # QEMU refuses an initramfs for what is no kernel, before the ROM sees it.
    machine = linux(cpus=1, memory="256M", kernel=file, initrd=None)
    machine.wait(ERROR, conftest.BOOT_SECONDS, until=r"Linux version")
