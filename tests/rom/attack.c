/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Handlers that the attacks ask: one that leaves secrets wherever it can, and one that tells what the
 * processor is set to in SMM. Only in build/test/muster-attack.rom; tests/qemu/test_attack.py fires them.
 */
#include <muster/handler.h>

#define SECRET_FACTOR UINT64_C(0x9e3779b97f4a7c15)
#define EFER          0xc0000080u

/* The argument becomes a number that is nowhere else, and that fills the general registers and a part
 * of the stack. */
static uint32_t secret_leave(struct muster_call *call)
{
    uint64_t stack[32];
    uint64_t secret = call->argument * SECRET_FACTOR;

    for (unsigned word = 0; word < 32; word++)
        stack[word] = secret;
    __asm__ volatile("pushq %%rbp; pushq %%rbx\n\t"
                     "movq %%rax, %%rbx; movq %%rax, %%rcx; movq %%rax, %%rdx\n\t"
                     "movq %%rax, %%rsi; movq %%rax, %%rdi; movq %%rax, %%rbp\n\t"
                     "movq %%rax, %%r8; movq %%rax, %%r9; movq %%rax, %%r10\n\t"
                     "movq %%rax, %%r11; movq %%rax, %%r12; movq %%rax, %%r13\n\t"
                     "movq %%rax, %%r14; movq %%rax, %%r15\n\t"
                     "popq %%rbx; popq %%rbp"
                     :
                     : "a"(secret), "m"(stack)
                     : "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13",
                       "r14", "r15", "memory");
    return MUSTER_STATUS_SUCCESS;
}

MUSTER_HANDLER(secret_handler, .name = "secret", .function = secret_leave,
               .causes = MUSTER_CAUSE_REQUEST | MUSTER_CAUSE_BYTE, .command = 0x41);

static uint32_t control_tell(struct muster_call *call)
{
    uint64_t cr0;
    uint64_t cr4;
    uint32_t low;
    uint32_t high;

    __asm__ volatile("movq %%cr0, %0; movq %%cr4, %1" : "=r"(cr0), "=r"(cr4));
    __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(EFER));
    call->result[0] = cr4 << 32 | cr0;
    call->result[1] = low;
    return MUSTER_STATUS_SUCCESS;
}

MUSTER_HANDLER(control_handler, .name = "control", .function = control_tell,
               .causes = MUSTER_CAUSE_REQUEST, .command = 0x42);
