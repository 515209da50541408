/* SPDX-License-Identifier: BSD-2-Clause */
/* The jump into Linux, as its 64-bit boot protocol wants it: an identity map, and flat segments
 * with the selectors that the protocol names, both there since reset.S. */
#include "linux.h"

_Noreturn void linux_enter(uint64_t entry, const uint8_t *boot_params)
{
    __asm__ volatile("cli\n\t"
                     "xorl %%ebp, %%ebp\n\t"
                     "xorl %%edi, %%edi\n\t"
                     "jmp *%0"
                     :
                     : "r"(entry), "S"(boot_params)
                     : "memory", "rdi");
    __builtin_unreachable();
}
