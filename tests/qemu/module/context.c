// SPDX-License-Identifier: BSD-2-Clause
/*
 * Everything an OS has in a processor, before an SMI and after it: general registers with patterns in
 * them, flags, control and debug registers, segments and their tables, the registers behind MSRs, and all
 * that XSAVE knows. Finds out the names of what differs, and then how many things were compared.
 */
#include <linux/irqflags.h>
#include <linux/slab.h>

#include <asm/debugreg.h>
#include <asm/desc.h>
#include <asm/fpu/api.h>
#include <asm/msr.h>
#include <asm/special_insns.h>

#include "attack.h"

#define GENERAL      15 /* all but RSP */
#define XSAVE_MAX    4096
#define XSAVE_LEGACY 512
#define XSAVE_SSE    160 /* XMM0 */
#define XSAVE_AVX    576 /* upper half of YMM0 */
#define FEATURES     7   /* x87, SSE, AVX */
#define PLANTED_CR2  0x1122334455667000ul

struct state {
    u64 general[GENERAL];
    u64 flags;      /* beside the general registers */
    u64 control[5]; /* CR0, CR2, CR3, CR4, CR8 */
    u64 debug[6];   /* DR0 to DR3, DR6, DR7 */
    u64 segments[8];
    u64 tables[4]; /* GDT, IDT: base, limit */
    u64 msrs[16];
};

static const u32 msrs[] = {0xc0000080, 0xc0000081, 0xc0000082, 0xc0000083,
                           0xc0000084, 0xc0000100, 0xc0000101, 0xc0000102,
                           0xc0000103, 0x174,      0x175,      0x176,
                           0x277,      0x1d9,      0x1b,       0x2ff};

static u64 control_8(void)
{
    u64 value;

    asm volatile("movq %%cr8, %0" : "=r"(value));
    return value;
}

#define SEGMENT(name)                                                                          \
    ({                                                                                         \
        u16 selector;                                                                          \
        asm volatile("movw %%" #name ", %0" : "=r"(selector));                                 \
        selector;                                                                              \
    })

static u64 debug_read(int number)
{
    u64 value = 0;

    switch (number) {
    case 0:
        asm volatile("movq %%db0, %0" : "=r"(value));
        break;
    case 1:
        asm volatile("movq %%db1, %0" : "=r"(value));
        break;
    case 2:
        asm volatile("movq %%db2, %0" : "=r"(value));
        break;
    case 3:
        asm volatile("movq %%db3, %0" : "=r"(value));
        break;
    case 4:
        asm volatile("movq %%db6, %0" : "=r"(value));
        break;
    default:
        asm volatile("movq %%db7, %0" : "=r"(value));
    }
    return value;
}

static void debug_plant(const u64 values[4])
{
    asm volatile("movq %0, %%db0; movq %1, %%db1; movq %2, %%db2; movq %3, %%db3"
                 :
                 : "r"(values[0]), "r"(values[1]), "r"(values[2]), "r"(values[3]));
}

/* All but the general registers. */
static void state_read(struct state *state)
{
    struct desc_ptr table;
    unsigned int index;
    u16 selector;

    state->control[0] = read_cr0();
    state->control[1] = read_cr2();
    state->control[2] = __read_cr3();
    state->control[3] = __read_cr4();
    state->control[4] = control_8();
    for (index = 0; index < 6; index++)
        state->debug[index] = debug_read((int)index);
    state->segments[0] = SEGMENT(cs);
    state->segments[1] = SEGMENT(ds);
    state->segments[2] = SEGMENT(es);
    state->segments[3] = SEGMENT(fs);
    state->segments[4] = SEGMENT(gs);
    state->segments[5] = SEGMENT(ss);
    asm volatile("sldt %0" : "=r"(selector));
    state->segments[6] = selector;
    asm volatile("str %0" : "=r"(selector));
    state->segments[7] = selector;
    asm volatile("sgdt %0" : "=m"(table));
    state->tables[0] = table.address;
    state->tables[1] = table.size;
    asm volatile("sidt %0" : "=m"(table));
    state->tables[2] = table.address;
    state->tables[3] = table.size;
    for (index = 0; index < ARRAY_SIZE(msrs); index++)
        rdmsrl_safe(msrs[index], &state->msrs[index]);
}

/* The SMI, with the registers taken from `planted`, and as they are behind it in `found`; the flags before
 * and behind. */
static noinline void general_cross(const u64 *planted, u64 *found, u64 flags[2])
{
    asm volatile("pushq %%rbp; pushq %%rbx; pushq %%rcx; pushq %%rdx\n\t"
                 "movq %%rax, %%r15\n\t"
                 "movq 8(%%r15), %%rbx; movq 16(%%r15), %%rcx; movq 24(%%r15), %%rdx\n\t"
                 "movq 32(%%r15), %%rsi; movq 40(%%r15), %%rdi; movq 48(%%r15), %%rbp\n\t"
                 "movq 56(%%r15), %%r8; movq 64(%%r15), %%r9; movq 72(%%r15), %%r10\n\t"
                 "movq 80(%%r15), %%r11; movq 88(%%r15), %%r12; movq 96(%%r15), %%r13\n\t"
                 "movq 104(%%r15), %%r14\n\t"
                 "movq 0(%%r15), %%rax; movq 112(%%r15), %%r15\n\t"
                 "std; stc; pushfq\n\t"
                 "outb %%al, $0xb2\n\t"
                 "jmp 1f\n"
                 "1:\tpushfq\n\t"
                 "cld\n\t"
                 "pushq %%rax\n\t"
                 "movq 32(%%rsp), %%rax\n\t" /* RCX as pushed */
                 "movq %%rbx, 8(%%rax); movq %%rcx, 16(%%rax); movq %%rdx, 24(%%rax)\n\t"
                 "movq %%rsi, 32(%%rax); movq %%rdi, 40(%%rax); movq %%rbp, 48(%%rax)\n\t"
                 "movq %%r8, 56(%%rax); movq %%r9, 64(%%rax); movq %%r10, 72(%%rax)\n\t"
                 "movq %%r11, 80(%%rax); movq %%r12, 88(%%rax); movq %%r13, 96(%%rax)\n\t"
                 "movq %%r14, 104(%%rax); movq %%r15, 112(%%rax)\n\t"
                 "popq %%rbx; movq %%rbx, 0(%%rax)\n\t"
                 "popq %%rdi; popq %%rsi\n\t"
                 "popq %%rdx; movq %%rsi, 0(%%rdx); movq %%rdi, 8(%%rdx)\n\t"
                 "popq %%rcx; popq %%rbx; popq %%rbp"
                 : "+a"(planted)
                 : "c"(found), "d"(flags)
                 : "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "memory",
                   "cc");
}

static void features_save(void *area)
{
    asm volatile("xsave64 (%0)" : : "r"(area), "a"(FEATURES), "d"(0) : "memory");
}

static void features_load(const void *area)
{
    asm volatile("xrstor64 (%0)" : : "r"(area), "a"(FEATURES), "d"(0) : "memory");
}

static unsigned int differences(const char *name, const void *one, const void *two, size_t size)
{
    const u64 *a = one;
    const u64 *b = two;
    unsigned int index;

    for (index = 0; index < size / sizeof(u64); index++)
        if (a[index] != b[index])
            found_add("%s[%u] %llx %llx\n", name, index, a[index], b[index]);
    return size / sizeof(u64);
}

struct comparison {
    u8 area[3][XSAVE_MAX] __aligned(64);
    struct state before;
    struct state after;
};

static void features_plant(u8 *area)
{
    memset(area, 0, XSAVE_MAX);
    features_save(area);
    memset(area + XSAVE_SSE, 0x5a, 256);
    memset(area + XSAVE_AVX, 0xa5, 256);
    *(u64 *)(area + XSAVE_LEGACY) = FEATURES; /* all of them are in use */
    features_load(area);
}

static void cross(u8 command, struct comparison *all)
{
    static const u64 breakpoints[4] = {0x1000, 0x2000, 0x3000, 0x4000};
    u64 flags[2];
    u64 debug[4];
    unsigned int index;

    for (index = 0; index < 4; index++)
        debug[index] = debug_read((int)index);
    for (index = 0; index < GENERAL; index++)
        all->before.general[index] = 0x0101010101010101ul * (index + 0x31);
    all->before.general[0] = (all->before.general[0] & ~0xfful) | command;
    memcpy(all->after.general, all->before.general, sizeof(all->after.general));
    debug_plant(breakpoints);
    write_cr2(PLANTED_CR2);
    features_plant(all->area[0]);
    features_save(all->area[1]);
    state_read(&all->before);
    general_cross(all->before.general, all->after.general, flags);
    all->before.flags = flags[0];
    all->after.flags = flags[1];
    state_read(&all->after);
    features_save(all->area[2]);
    features_load(all->area[0]);
    debug_plant(debug);
}

int context_compare(unsigned long command)
{
    struct comparison *all = kzalloc(sizeof(*all), GFP_KERNEL);
    unsigned int compared = 0;
    unsigned long flags;
    u64 taken;

    if (all == NULL)
        return -ENOMEM;
    kernel_fpu_begin();
    local_irq_save(flags);
    taken = smi_count();
    cross((u8)command, all);
    taken = smi_count() - taken;
    local_irq_restore(flags);
    kernel_fpu_end();
    compared += differences("general", all->before.general, all->after.general,
                            sizeof(all->before.general));
    compared += differences("flags", &all->before.flags, &all->after.flags, sizeof(u64));
    compared += differences("control", all->before.control, all->after.control,
                            sizeof(all->before.control));
    compared +=
        differences("debug", all->before.debug, all->after.debug, sizeof(all->before.debug));
    compared += differences("segments", all->before.segments, all->after.segments,
                            sizeof(all->before.segments));
    compared += differences("tables", all->before.tables, all->after.tables,
                            sizeof(all->before.tables));
    compared += differences("msr", all->before.msrs, all->after.msrs, sizeof(all->before.msrs));
    compared += differences("xsave", all->area[1], all->area[2], XSAVE_MAX);
    found_add("smis %llu compared %u\n", taken, compared);
    kfree(all);
    return 0;
}
