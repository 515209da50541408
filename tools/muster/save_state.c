/* SPDX-License-Identifier: BSD-2-Clause */
/* See save_state.h. The tables are in the order in which they are printed. */
#include "save_state.h"

#include <stdio.h>
#include <string.h>

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

/* Revisions from which on there is an I/O state field, and Intel 64's layout. */
#define REVISION_IO_STATE 0x30004u
#define REVISION_INTEL64  0x30006u
/* In the low half of the revision. */
#define REVISION_LEVEL_AMD64 0x0064u
#define REVISION_IO_RESTART  (1u << 16)
#define REVISION_RELOCATION  (1u << 17)

static const struct save_state_field fields_32[] = {
    {"revision", 0x7efc, 4, KIND_REVISION},
    {"SMBASE", 0x7ef8, 4, KIND_PLAIN},
    {"auto HALT restart", 0x7f02, 2, KIND_HALT},
    {"I/O instruction restart", 0x7f00, 2, KIND_IO_RESTART},
    {"I/O state", 0x7fa4, 4, KIND_IO_STATE},
    {"I/O memory address", 0x7fa0, 4, KIND_PLAIN},
    {"EAX", 0x7fd0, 4, KIND_PLAIN},
    {"EBX", 0x7fdc, 4, KIND_PLAIN},
    {"ECX", 0x7fd4, 4, KIND_PLAIN},
    {"EDX", 0x7fd8, 4, KIND_PLAIN},
    {"ESI", 0x7fe8, 4, KIND_PLAIN},
    {"EDI", 0x7fec, 4, KIND_PLAIN},
    {"EBP", 0x7fe4, 4, KIND_PLAIN},
    {"ESP", 0x7fe0, 4, KIND_PLAIN},
    {"EIP", 0x7ff0, 4, KIND_PLAIN},
    {"EFLAGS", 0x7ff4, 4, KIND_FLAGS},
    {"CS", 0x7fac, 4, KIND_PLAIN},
    {"SS", 0x7fb0, 4, KIND_PLAIN},
    {"DS", 0x7fb4, 4, KIND_PLAIN},
    {"ES", 0x7fa8, 4, KIND_PLAIN},
    {"FS", 0x7fb8, 4, KIND_PLAIN},
    {"GS", 0x7fbc, 4, KIND_PLAIN},
    {"TR", 0x7fc4, 4, KIND_PLAIN},
    {"CR0", 0x7ffc, 4, KIND_CR0},
    {"CR3", 0x7ff8, 4, KIND_PLAIN},
    {"DR6", 0x7fcc, 4, KIND_PLAIN},
    {"DR7", 0x7fc8, 4, KIND_PLAIN},
};

static const struct save_state_field fields_intel64[] = {
    {"revision", 0x7efc, 4, KIND_REVISION},
    {"SMBASE", 0x7ef8, 4, KIND_PLAIN},
    {"auto HALT restart", 0x7f02, 2, KIND_HALT},
    {"I/O instruction restart", 0x7f00, 2, KIND_IO_RESTART},
    {"I/O state", 0x7fa4, 4, KIND_IO_STATE},
    {"I/O memory address", 0x7f9c, 8, KIND_PLAIN},
    {"I/O RIP", 0x7de8, 8, KIND_PLAIN},
    {"RAX", 0x7f5c, 8, KIND_PLAIN},
    {"RBX", 0x7f74, 8, KIND_PLAIN},
    {"RCX", 0x7f64, 8, KIND_PLAIN},
    {"RDX", 0x7f6c, 8, KIND_PLAIN},
    {"RSI", 0x7f8c, 8, KIND_PLAIN},
    {"RDI", 0x7f94, 8, KIND_PLAIN},
    {"RBP", 0x7f84, 8, KIND_PLAIN},
    {"RSP", 0x7f7c, 8, KIND_PLAIN},
    {"R8", 0x7f54, 8, KIND_PLAIN},
    {"R9", 0x7f4c, 8, KIND_PLAIN},
    {"R10", 0x7f44, 8, KIND_PLAIN},
    {"R11", 0x7f3c, 8, KIND_PLAIN},
    {"R12", 0x7f34, 8, KIND_PLAIN},
    {"R13", 0x7f2c, 8, KIND_PLAIN},
    {"R14", 0x7f24, 8, KIND_PLAIN},
    {"R15", 0x7f1c, 8, KIND_PLAIN},
    {"RIP", 0x7fd8, 8, KIND_PLAIN},
    {"RFLAGS", 0x7fe8, 8, KIND_FLAGS},
    {"CS", 0x7fac, 4, KIND_PLAIN},
    {"SS", 0x7fb0, 4, KIND_PLAIN},
    {"DS", 0x7fb4, 4, KIND_PLAIN},
    {"ES", 0x7fa8, 4, KIND_PLAIN},
    {"FS", 0x7fb8, 4, KIND_PLAIN},
    {"GS", 0x7fbc, 4, KIND_PLAIN},
    {"LDTR", 0x7fc0, 4, KIND_PLAIN},
    {"TR", 0x7fc4, 4, KIND_PLAIN},
    {"GDT base, low half", 0x7e8c, 4, KIND_PLAIN},
    {"GDT base, high half", 0x7dd0, 4, KIND_PLAIN},
    {"IDT base, low half", 0x7e94, 4, KIND_PLAIN},
    {"IDT base, high half", 0x7dd8, 4, KIND_PLAIN},
    {"LDT base, low half", 0x7e9c, 4, KIND_PLAIN},
    {"LDT base, high half", 0x7dd4, 4, KIND_PLAIN},
    {"CR0", 0x7ff8, 8, KIND_CR0},
    {"CR3", 0x7ff0, 8, KIND_PLAIN},
    {"CR4", 0x7e40, 4, KIND_CR4},
    {"EFER", 0x7fe0, 8, KIND_EFER},
    {"DR6", 0x7fd0, 8, KIND_PLAIN},
    {"DR7", 0x7fc8, 8, KIND_PLAIN},
    {"enable EPT", 0x7ee0, 4, KIND_PLAIN},
    {"EPTP", 0x7ed8, 8, KIND_PLAIN},
};

#define AMD64_SEGMENT(name, at)                                                                \
    {name, at, 2, KIND_PLAIN}, {name " attributes", (at) + 2, 2, KIND_ATTRIBUTES},             \
        {name " limit", (at) + 4, 4, KIND_PLAIN},                                              \
    {                                                                                          \
        name " base", (at) + 8, 8, KIND_PLAIN                                                  \
    }

static const struct save_state_field fields_amd64[] = {
    {"revision", 0x7efc, 4, KIND_REVISION},
    {"SMBASE", 0x7f00, 4, KIND_PLAIN},
    {"auto HALT restart", 0x7ec9, 1, KIND_HALT},
    {"I/O instruction restart", 0x7ec8, 1, KIND_IO_RESTART},
    {"I/O trap offset", 0x7ec0, 4, KIND_IO_TRAP},
    {"local SMI status", 0x7ec4, 4, KIND_PLAIN},
    {"I/O restart RIP", 0x7ea0, 8, KIND_PLAIN},
    {"I/O restart RCX", 0x7ea8, 8, KIND_PLAIN},
    {"I/O restart RSI", 0x7eb0, 8, KIND_PLAIN},
    {"I/O restart RDI", 0x7eb8, 8, KIND_PLAIN},
    {"RAX", 0x7ff8, 8, KIND_PLAIN},
    {"RBX", 0x7fe0, 8, KIND_PLAIN},
    {"RCX", 0x7ff0, 8, KIND_PLAIN},
    {"RDX", 0x7fe8, 8, KIND_PLAIN},
    {"RSI", 0x7fc8, 8, KIND_PLAIN},
    {"RDI", 0x7fc0, 8, KIND_PLAIN},
    {"RBP", 0x7fd0, 8, KIND_PLAIN},
    {"RSP", 0x7fd8, 8, KIND_PLAIN},
    {"R8", 0x7fb8, 8, KIND_PLAIN},
    {"R9", 0x7fb0, 8, KIND_PLAIN},
    {"R10", 0x7fa8, 8, KIND_PLAIN},
    {"R11", 0x7fa0, 8, KIND_PLAIN},
    {"R12", 0x7f98, 8, KIND_PLAIN},
    {"R13", 0x7f90, 8, KIND_PLAIN},
    {"R14", 0x7f88, 8, KIND_PLAIN},
    {"R15", 0x7f80, 8, KIND_PLAIN},
    {"RIP", 0x7f78, 8, KIND_PLAIN},
    {"RFLAGS", 0x7f70, 8, KIND_FLAGS},
    AMD64_SEGMENT("CS", 0x7e10),
    AMD64_SEGMENT("SS", 0x7e20),
    AMD64_SEGMENT("DS", 0x7e30),
    AMD64_SEGMENT("ES", 0x7e00),
    AMD64_SEGMENT("FS", 0x7e40),
    AMD64_SEGMENT("GS", 0x7e50),
    AMD64_SEGMENT("LDTR", 0x7e70),
    AMD64_SEGMENT("TR", 0x7e90),
    {"GDT limit", 0x7e64, 2, KIND_PLAIN},
    {"GDT base", 0x7e68, 8, KIND_PLAIN},
    {"IDT limit", 0x7e84, 2, KIND_PLAIN},
    {"IDT base", 0x7e88, 8, KIND_PLAIN},
    {"CR0", 0x7f58, 8, KIND_CR0},
    {"CR3", 0x7f50, 8, KIND_PLAIN},
    {"CR4", 0x7f48, 8, KIND_CR4},
    {"EFER", 0x7ed0, 8, KIND_EFER},
    {"DR6", 0x7f68, 8, KIND_PLAIN},
    {"DR7", 0x7f60, 8, KIND_PLAIN},
    {"SVM state", 0x7ed8, 8, KIND_PLAIN},
    {"guest VMCB address", 0x7ee0, 8, KIND_PLAIN},
};

const struct save_state_map save_state_maps[SAVE_STATES] = {
    [SAVE_STATE_32] = {"32-bit", "32-bit", 0x7e00, fields_32, COUNT(fields_32)},
    [SAVE_STATE_INTEL64] = {"intel64", "Intel 64", 0x7c00, fields_intel64,
                            COUNT(fields_intel64)},
    [SAVE_STATE_AMD64] = {"amd64", "AMD64", 0x7e00, fields_amd64, COUNT(fields_amd64)},
};

bool save_state_read(const struct save_state_dump *dump, uint32_t offset, unsigned size,
                     uint64_t *value)
{
    int64_t at = (int64_t)offset - dump->offset;

    if (at < 0 || (uint64_t)at > dump->length || dump->length - (uint64_t)at < size)
        return false;
    *value = 0;
    for (unsigned i = 0; i < size; i++)
        *value |= (uint64_t)dump->bytes[at + i] << 8 * i;
    return true;
}

/* What has neither of the bits that every processor since the Pentium sets is no revision.
 * AMD's level is the larger number, so it is asked for before Intel's. */
enum save_state_layout save_state_layout_of(uint32_t revision)
{
    const uint32_t features = REVISION_IO_RESTART | REVISION_RELOCATION;

    if ((revision & features) == 0 || revision >> 18)
        return SAVE_STATES;
    if ((revision & ~features) == REVISION_LEVEL_AMD64)
        return SAVE_STATE_AMD64;
    return revision >= REVISION_INTEL64 ? SAVE_STATE_INTEL64 : SAVE_STATE_32;
}

/* ---- meanings ---- */

/* I/O state: 0 valid, 3:1 length, 7:4 type, 31:16 port. */
struct save_state_io save_state_io_intel(uint32_t io_state)
{
    unsigned type = io_state >> 4 & 15u;
    struct save_state_io io = {
        .valid = io_state & 1u,
        .port = (uint16_t)(io_state >> 16),
        .length = io_state >> 1 & 7u,
        .in = type & 1u,
        .string = type & 2u,
        .rep = type & 4u,
        .operand = type & 8u ? "immediate" : "DX",
    };

    /* A string instruction takes its port from DX; only string instructions repeat. */
    io.known = (io.length == 1 || io.length == 2 || io.length == 4) &&
               !(type & 8u && (io.string || io.rep)) && (!io.rep || io.string);
    return io;
}

/* I/O trap offset: 0 read, 1 valid, 2 string, 3 repeated, 4 to 6 size, 31:16 port. */
struct save_state_io save_state_io_amd(uint32_t trap_offset)
{
    struct save_state_io io = {
        .valid = trap_offset & 2u,
        .port = (uint16_t)(trap_offset >> 16),
        .length = trap_offset >> 4 & 7u, /* one bit set: 1, 2 or 4 bytes */
        .in = trap_offset & 1u,
        .string = trap_offset & 4u,
        .rep = trap_offset & 8u,
        .operand = "",
    };

    io.known = io.length == 1 || io.length == 2 || io.length == 4;
    return io;
}

static void io_explain(const struct save_state_io *io, char *text, size_t size)
{
    if (!io->valid)
        snprintf(text, size, "no I/O instruction");
    else if (!io->known)
        snprintf(text, size, "I/O at port %04Xh, of a length or type that is reserved",
                 io->port);
    else
        snprintf(text, size, "%s%s%s %s port %04Xh, %u byte%s%s%s", io->rep ? "REP " : "",
                 io->in ? "IN" : "OUT", io->string ? "S" : "", io->in ? "from" : "to", io->port,
                 io->length, io->length == 1 ? "" : "s", *io->operand ? ", port by " : "",
                 io->operand);
}

struct bit_name {
    unsigned bit;
    const char *name;
};

static const struct bit_name flags_names[] = {
    {0, "CF"},  {2, "PF"},   {4, "AF"},   {6, "ZF"},  {7, "SF"},  {8, "TF"},
    {9, "IF"},  {10, "DF"},  {11, "OF"},  {14, "NT"}, {16, "RF"}, {17, "VM"},
    {18, "AC"}, {19, "VIF"}, {20, "VIP"}, {21, "ID"},
};
static const struct bit_name cr0_names[] = {
    {0, "PE"},  {1, "MP"},  {2, "EM"},  {3, "TS"},  {4, "ET"},  {5, "NE"},
    {16, "WP"}, {18, "AM"}, {29, "NW"}, {30, "CD"}, {31, "PG"},
};
static const struct bit_name cr4_names[] = {
    {0, "VME"},         {1, "PVI"},    {2, "TSD"},      {3, "DE"},    {4, "PSE"},
    {5, "PAE"},         {6, "MCE"},    {7, "PGE"},      {8, "PCE"},   {9, "OSFXSR"},
    {10, "OSXMMEXCPT"}, {11, "UMIP"},  {12, "LA57"},    {13, "VMXE"}, {14, "SMXE"},
    {16, "FSGSBASE"},   {17, "PCIDE"}, {18, "OSXSAVE"}, {20, "SMEP"}, {21, "SMAP"},
    {22, "PKE"},        {23, "CET"},
};
static const struct bit_name efer_names[] = {
    {0, "SCE"},   {8, "LME"},    {10, "LMA"},   {11, "NXE"},
    {12, "SVME"}, {13, "LMSLE"}, {14, "FFXSR"},
};

static const struct register_names {
    const struct bit_name *bits;
    size_t count;
} registers[] = {
    [KIND_FLAGS] = {flags_names, COUNT(flags_names)},
    [KIND_CR0] = {cr0_names, COUNT(cr0_names)},
    [KIND_CR4] = {cr4_names, COUNT(cr4_names)},
    [KIND_EFER] = {efer_names, COUNT(efer_names)},
};

static void bits_explain(const struct register_names *names, uint64_t value, char *text,
                         size_t size)
{
    size_t used = 0;

    for (size_t i = 0; i < names->count && used < size; i++) {
        if ((value >> names->bits[i].bit & 1) == 0)
            continue;
        used += (size_t)snprintf(text + used, size - used, "%s%s", used ? " " : "",
                                 names->bits[i].name);
    }
}

static void revision_explain(uint32_t revision, char *text, size_t size)
{
    enum save_state_layout layout = save_state_layout_of(revision);

    snprintf(text, size, "%s%s%s%s",
             layout == SAVE_STATES ? "of no known layout" : save_state_maps[layout].title,
             revision & REVISION_RELOCATION ? ", SMBASE can be moved" : "",
             revision & REVISION_IO_RESTART ? ", I/O restart" : "",
             layout != SAVE_STATE_AMD64 && revision >= REVISION_IO_STATE ? ", I/O state" : "");
}

/* Bits 7:0 as in a descriptor; its flags in bits 15:12. */
static void attributes_explain(uint64_t value, char *text, size_t size)
{
    bool code = (value & 0x18) == 0x18;

    snprintf(text, size, "%s%s, DPL %u%s%s%s", value & 0x80 ? "" : "not present, ",
             (value & 0x10) == 0 ? "system"
             : code              ? "code"
                                 : "data",
             (unsigned)(value >> 5 & 3), code && value & 0x2000 ? ", 64-bit" : "",
             value & 0x10 && value & 0x4000 ? ", 32-bit" : "", value & 0x8000 ? ", pages" : "");
}

static void io_state_explain(uint64_t value, uint32_t revision, char *text, size_t size)
{
    struct save_state_io io = save_state_io_intel((uint32_t)value);

    if (revision < REVISION_IO_STATE)
        snprintf(text, size, "undefined before revision 00030004h");
    else
        io_explain(&io, text, size);
}

void save_state_explain(const struct save_state_field *field, uint64_t value, uint32_t revision,
                        char *text, size_t size)
{
    struct save_state_io io = save_state_io_amd((uint32_t)value);

    *text = '\0';
    switch (field->kind) {
    case KIND_FLAGS:
    case KIND_CR0:
    case KIND_CR4:
    case KIND_EFER:
        bits_explain(&registers[field->kind], value, text, size);
        break;
    case KIND_ATTRIBUTES:
        attributes_explain(value, text, size);
        break;
    case KIND_REVISION:
        revision_explain((uint32_t)value, text, size);
        break;
    case KIND_IO_STATE:
        io_state_explain(value, revision, text, size);
        break;
    case KIND_IO_TRAP:
        io_explain(&io, text, size);
        break;
    case KIND_HALT:
        snprintf(text, size, "%s", value & 1 ? "was in HLT, returns to it" : "was not in HLT");
        break;
    case KIND_IO_RESTART:
        snprintf(text, size, "%s", value & 0xff ? "RSM repeats the instruction" : "");
        break;
    default:
        break;
    }
}
