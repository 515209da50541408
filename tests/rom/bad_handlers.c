/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Handlers that go wrong, each in its own way. Only in build/test/muster-bad.rom and
 * muster-bad-pc.rom; tests/qemu/test_bad_handlers.py fires them.
 */
#include <stdbool.h>
#include <stddef.h>

#include <muster/message.h>

extern const uint8_t vector_raisers[] __attribute__((visibility("hidden"))); /* vectors.S */
extern const uint8_t image_data[] __attribute__((visibility("hidden")));

static volatile uint32_t data_that_is_code = 0xc3c3c3c3; /* RET */

static void write_to(uintptr_t address)
{
    __asm__ volatile("movb $0x90, (%0)" : : "r"(address) : "memory");
}

static uint32_t null_write(struct muster_call *call)
{
    call->result[0] = 0x5ec7e7; /* must not be handed out */
    write_to(0);
    return MUSTER_STATUS_SUCCESS;
}

/* Nearly without end, and with something to do after the call, so that it stays one. */
static uint32_t stack_deeper(volatile uint32_t *above)
{
    volatile uint32_t here[16];

    here[0] = *above + 1;
    if (here[0] == UINT32_MAX)
        return 0;
    return stack_deeper(here) + here[0];
}

static uint32_t stack_overflow(struct muster_call *call)
{
    return stack_deeper(&call->status);
}

static uint32_t code_write(struct muster_call *call)
{
    (void)call;
    write_to((uintptr_t)null_write);
    return MUSTER_STATUS_SUCCESS;
}

static uint32_t constant_write(struct muster_call *call)
{
    (void)call;
    write_to((uintptr_t)image_data - 1);
    return MUSTER_STATUS_SUCCESS;
}

static uint32_t idt_write(struct muster_call *call)
{
    struct __attribute__((packed)) {
        uint16_t limit;
        uint64_t base;
    } idt;

    (void)call;
    __asm__ volatile("sidt %0" : "=m"(idt));
    write_to(idt.base);
    return MUSTER_STATUS_SUCCESS;
}

static uint32_t tables_write(struct muster_call *call)
{
    uintptr_t root;

    (void)call;
    __asm__ volatile("movq %%cr3, %0" : "=r"(root));
    write_to(root);
    return MUSTER_STATUS_SUCCESS;
}

static uint32_t entry_write(struct muster_call *call)
{
    /* Among the window's neighbours in SMRAM only the runtime knows where entry code is; the
     * argument says it. */
    write_to(call->argument);
    return MUSTER_STATUS_SUCCESS;
}

static uint32_t data_jump(struct muster_call *call)
{
    (void)call;
    ((void (*)(void))(uintptr_t)&data_that_is_code)();
    return MUSTER_STATUS_SUCCESS;
}

static uint32_t divide(struct muster_call *call)
{
    uint32_t zero = 0;

    (void)call;
    __asm__ volatile("xorl %%edx, %%edx; divl %0" : : "r"(zero) : "eax", "edx", "cc");
    return MUSTER_STATUS_SUCCESS;
}

static uint32_t bad_segment(struct muster_call *call)
{
    (void)call;
    __asm__ volatile("movw %w0, %%ds" : : "r"(0xfff8));
    return MUSTER_STATUS_SUCCESS;
}

static uint32_t bad_address(struct muster_call *call)
{
    (void)call;
    write_to(UINT64_C(1) << 62); /* not canonical */
    return MUSTER_STATUS_SUCCESS;
}

static uint32_t fpu_use(struct muster_call *call)
{
    (void)call;
    __asm__ volatile("fld1");
    return MUSTER_STATUS_SUCCESS;
}

static uint32_t sse_use(struct muster_call *call)
{
    (void)call;
    __asm__ volatile("xorps %xmm0, %xmm0");
    return MUSTER_STATUS_SUCCESS;
}

static uint32_t software_interrupt(struct muster_call *call)
{
    (void)call;
    __asm__ volatile("int $0x80");
    return MUSTER_STATUS_SUCCESS;
}

/* The exception whose vector is the argument. */
static uint32_t vector_raise(struct muster_call *call)
{
    void (*raise)(void) = (void (*)(void))(vector_raisers + 4 * (call->argument % 32));

    raise();
    return MUSTER_STATUS_SUCCESS;
}

/* Every flag and every register wrong, and then a fault. */
static uint32_t registers_spoil(struct muster_call *call)
{
    (void)call;
    __asm__ volatile("movq $-1, %%rbx; movq %%rbx, %%r12; movq %%rbx, %%r13\n\t"
                     "movq %%rbx, %%r14; movq %%rbx, %%r15; movq %%rbx, %%rbp\n\t"
                     "movq %%rbx, %%rsp; std; ud2"
                     :
                     :
                     : "memory");
    return MUSTER_STATUS_SUCCESS;
}

static uint32_t loop_forever(struct muster_call *call)
{
    volatile bool forever = true;

    (void)call;
    while (forever)
        __builtin_ia32_pause();
    return MUSTER_STATUS_SUCCESS;
}

static uint32_t fault_status(struct muster_call *call)
{
    (void)call;
    return MUSTER_STATUS_FAULT; /* says so, but did not */
}

/* Runs when the handler has faulted, and nothing catches what it does. */
static void abandon_fault(struct muster_call *call)
{
    (void)call;
    write_to(0);
}

MUSTER_HANDLER(runtime_handler, .name = "runtime", .function = null_write,
               .abandon = abandon_fault, .causes = MUSTER_CAUSE_REQUEST, .command = 0x52);

/* Not wrong but slow: a hundred thousand PAUSEs, for one microsecond that it declares. */
static uint32_t slow_handle(struct muster_call *call)
{
    (void)call;
    for (unsigned pause = 0; pause < 100000; pause++)
        __builtin_ia32_pause();
    return MUSTER_STATUS_SUCCESS;
}

MUSTER_HANDLER(slow_handler, .name = "slow", .function = slow_handle,
               .causes = MUSTER_CAUSE_REQUEST, .command = 0x54, .budget = 1);

/* The same, and it needs nobody: the others need not wait for it. */
MUSTER_HANDLER(slow_alone_handler, .name = "slow alone", .function = slow_handle,
               .causes = MUSTER_CAUSE_REQUEST, .command = 0x57, .need = MUSTER_NEED_ALONE);

static uint32_t message_fault(struct muster_message *message)
{
    message->data[0] = 0x5e; /* must not be handed out */
    write_to(0);
    return MUSTER_STATUS_SUCCESS;
}

MUSTER_MESSAGE_HANDLER(message_fault_handler, .name = "fault", .function = message_fault,
                       .guid = {0xba, 0xba});

#define BAD(byte, text, code)                                                                  \
    MUSTER_HANDLER(code##_handler, .name = (text), .function = (code),                         \
                   .causes = MUSTER_CAUSE_REQUEST | MUSTER_CAUSE_BYTE, .command = (byte))

BAD(0x41, "null", null_write);
BAD(0x42, "stack", stack_overflow);
BAD(0x43, "code", code_write);
BAD(0x44, "constant", constant_write);
BAD(0x45, "idt", idt_write);
BAD(0x46, "tables", tables_write);
BAD(0x47, "entry", entry_write);
BAD(0x48, "jump", data_jump);
BAD(0x49, "divide", divide);
BAD(0x4a, "segment", bad_segment);
BAD(0x4b, "address", bad_address);
BAD(0x4c, "fpu", fpu_use);
BAD(0x4d, "sse", sse_use);
BAD(0x4e, "interrupt", software_interrupt);
BAD(0x4f, "registers", registers_spoil);
BAD(0x50, "loop", loop_forever);
BAD(0x51, "status", fault_status);
BAD(0x56, "vector", vector_raise);
