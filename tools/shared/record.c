/* SPDX-License-Identifier: BSD-2-Clause */
/* The words for what a record says, and a record as JSON. */
#include <tools/shared/record.h>

#include <ctype.h>
#include <inttypes.h>

const struct record_word record_flags[] = {
    {MUSTER_RECORD_EMPTY, "empty", false},
    {MUSTER_RECORD_ALREADY, "already-answered", false},
    {MUSTER_RECORD_BROKEN, "broken", true},
    {MUSTER_RECORD_DEPOSER, "deposer", true},
    {MUSTER_RECORD_DIRECTED, "directed", false},
    {MUSTER_RECORD_FREED, "freed", false},
    {MUSTER_RECORD_REMOTE, "remote", false},
    {MUSTER_RECORD_OVER_BUDGET, "over-budget", true},
    {MUSTER_RECORD_LATE, "late", true},
    {MUSTER_RECORD_DEADLINE, "deadline", true},
    {MUSTER_RECORD_FAULT, "fault", true},
    {MUSTER_RECORD_STOPPED, "stopped", true},
    {MUSTER_RECORD_AGAIN, "raised-again", true},
    {MUSTER_RECORD_SWITCHED_OFF, "switched-off", true},
    {0, NULL, false},
};

const struct record_word record_causes[] = {
    {MUSTER_CAUSE_REQUEST, "request", false},
    {MUSTER_CAUSE_BYTE, "byte", false},
    {MUSTER_CAUSE_TCO, "TCO", false},
    {MUSTER_CAUSE_LEGACY_USB, "LEGACY_USB", false},
    {MUSTER_CAUSE_SLP_SMI, "SLP_SMI", false},
    {MUSTER_CAUSE_BIOS, "BIOS", false},
    {MUSTER_CAUSE_SWSMI_TMR, "SWSMI_TMR", false},
    {MUSTER_CAUSE_PM1, "PM1", false},
    {MUSTER_CAUSE_GPE0, "GPE0", false},
    {MUSTER_CAUSE_GPI, "GPI", false},
    {MUSTER_CAUSE_MCSMI, "MCSMI", false},
    {MUSTER_CAUSE_DEVMON, "DEVMON", false},
    {MUSTER_CAUSE_PERIODIC, "PERIODIC", false},
    {MUSTER_CAUSE_SERIRQ, "SERIRQ", false},
    {MUSTER_CAUSE_SMBUS, "SMBUS", false},
    {MUSTER_CAUSE_LEGACY_USB2, "LEGACY_USB2", false},
    {MUSTER_CAUSE_INTEL_USB2, "INTEL_USB2", false},
    {MUSTER_CAUSE_PCI_EXP, "PCI_EXP", false},
    {MUSTER_CAUSE_MONITOR, "MONITOR", false},
    {MUSTER_CAUSE_SPI, "SPI", false},
    {MUSTER_CAUSE_PLUG, "plug", false},
    {MUSTER_CAUSE_OTHER, "no-source", false},
    {0, NULL, false},
};

/* The names of the bits that are set. */
static const char *words_join(uint32_t bits, const struct record_word *words,
                              const char *separator, char text[RECORD_TEXT])
{
    size_t used = 0;

    text[0] = '\0';
    for (; words->name; words++)
        if (bits & words->bit)
            used += (size_t)snprintf(text + used, RECORD_TEXT - used, "%s%s",
                                     used ? separator : "", words->name);
    return text;
}

const char *record_flags_text(uint16_t flags, char text[RECORD_TEXT])
{
    return words_join(flags, record_flags, " ", text);
}

const char *record_cause_text(uint32_t cause, char text[RECORD_TEXT])
{
    if (cause == 0)
        return "none";
    words_join(cause, record_causes, "+", text);
    return text[0] ? text : "other"; /* one of a later runtime */
}

static void set_json(FILE *out, const char *name, const uint64_t set[MUSTER_SET_WORDS])
{
    const char *comma = "";

    fprintf(out, ",\"%s\":[", name);
    for (unsigned i = 0; i < MUSTER_WINDOW_PROCESSORS_MAX; i++) {
        if ((set[i / 64] >> i % 64 & 1) == 0)
            continue;
        fprintf(out, "%s%u", comma, i);
        comma = ",";
    }
    fputc(']', out);
}

/* Its name is eight bytes of anything. */
static void fault_json(FILE *out, const struct muster_fault *fault)
{
    fprintf(out,
            ",\"fault\":{\"vector\":%u,\"error\":%" PRIu32 ",\"address\":%" PRIu64
            ",\"linear\":\"0x%" PRIx64 "\",\"command\":%u,\"handler\":\"",
            fault->vector, fault->error, fault->address & INT64_MAX, fault->linear,
            fault->command);
    for (size_t i = 0; i < sizeof(fault->handler) && fault->handler[i]; i++)
        fputc(isalnum(fault->handler[i]) || fault->handler[i] == '_' ? fault->handler[i] : '?',
              out);
    fputs("\"}", out);
}

/* Without a byte, what stands there is an older record's. */
unsigned record_status(const struct muster_record *record)
{
    return record->cause & MUSTER_CAUSE_BYTE ? record->status : 0;
}

void record_json(FILE *out, const struct muster_record *record)
{
    fprintf(out,
            "{\"processor\":%u,\"sequence\":%" PRIu64 ",\"round\":%" PRIu32
            ",\"flags\":%u,\"entered\":%" PRIu64 ",\"released\":%" PRIu64,
            record->processor, record->sequence, record->round, record->flags, record->entered,
            record->released);
    /* The rest is the monarch's. */
    if (record->flags & MUSTER_RECORD_MONARCH) {
        fprintf(out,
                ",\"cause\":%" PRIu32 ",\"command\":%u,\"status\":%u,\"came\":%" PRIu32
                ",\"answered\":%" PRIu32 ",\"gathered\":%" PRIu64 ",\"handled\":%" PRIu64,
                record->cause, record->command, record_status(record), record->came,
                record->answered, record->gathered, record->handled);
        set_json(out, "lost", record->lost);
        if (!(record->flags & MUSTER_RECORD_FAULT))
            set_json(out, "directed", record->directed);
    }
    if (record->flags & MUSTER_RECORD_FAULT)
        fault_json(out, &record->fault);
    fputc('}', out);
}
