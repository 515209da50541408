/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of words, events and calls, for people. */
#include <stdio.h>
#include <string.h>

#include <sim/machine_state.h>

struct field_name {
    size_t offset;
    const char *name;
};

static const struct field_name processor_words[] = {
    {offsetof(struct muster_processor, mark), "mark"},
    {offsetof(struct muster_processor, request), "request"},
    {offsetof(struct muster_processor, command), "command"},
    {offsetof(struct muster_processor, argument), "argument"},
    {offsetof(struct muster_processor, status), "status"},
    {offsetof(struct muster_processor, result[0]), "result[0]"},
    {offsetof(struct muster_processor, result[1]), "result[1]"},
    {offsetof(struct muster_processor, ignored), "ignored"},
    {offsetof(struct muster_processor, bound), "bound"},
    {offsetof(struct muster_processor, order), "order"},
    {offsetof(struct muster_processor, order_function), "order_function"},
    {offsetof(struct muster_processor, order_handler), "order_handler"},
    {offsetof(struct muster_processor, order_value[0]), "order_value[0]"},
    {offsetof(struct muster_processor, order_value[1]), "order_value[1]"},
    {offsetof(struct muster_processor, order_status), "order_status"},
};

void machine_name_word(const uint64_t *word, char *text, size_t size)
{
    const char *base = (const char *)machine.processors;
    size_t offset = (size_t)((const char *)word - base);

    if (word == &machine.runtime->round.value)
        snprintf(text, size, "round");
    else if (word == &machine.runtime->release.value)
        snprintf(text, size, "release");
    machine_name_stack(word, text, size);
    if ((const char *)word < base || offset >= engine.processors * sizeof(*machine.processors))
        return;
    for (unsigned i = 0; i < sizeof(processor_words) / sizeof(processor_words[0]); i++)
        if (offset % sizeof(*machine.processors) == processor_words[i].offset)
            snprintf(text, size, "%s of cpu%u", processor_words[i].name,
                     (unsigned)(offset / sizeof(*machine.processors)));
}

void machine_name_event(struct transition transition, char *text, size_t size)
{
    static const char *const meaning[MACHINE_EVENTS] = {
        [EVENT_PREPARE] = "the OS puts a request into its registers",
        [EVENT_OUT] = "the OS executes the request's OUT",
        [EVENT_SLOT] = "the OS fills its slot",
        [EVENT_BYTE] = "the OS writes a bare command byte",
        [EVENT_IO] = "the OS executes another I/O instruction",
        [EVENT_PIN] = "its PMI pin is raised",
        [EVENT_SLEEP] = "goes into low power",
        [EVENT_WAKE] = "wakes from low power",
        [EVENT_ERASE] = "a full sector of its flash is erased",
        [EVENT_HUB] = "the hub executes an instruction",
        [EVENT_TCO] = "TCO event: SMI to cpu0",
        [EVENT_SPURIOUS] = "an SMI without a cause arrives",
        [EVENT_STOP] = "stops for good",
        [EVENT_INIT] = "INIT arrives",
        [EVENT_SIPI] = "SIPI arrives: leaves wait-for-SIPI",
        [EVENT_PLUG] = "is plugged in",
        [EVENT_EJECT] = "the OS wants it ejected",
        [EVENT_TIMER] = "the software SMI timer runs out",
        [EVENT_BUTTON] = "the power button is pressed",
        [EVENT_USB] = "the USB controller wants an SMI",
        [EVENT_STRAY] = "the OS starts the periodic timer, which runs out",
        [EVENT_GLITCH] = "the hub raises an SMI whose source has gone",
        [EVENT_APIC] = "the OS lays its local APIC over SMRAM",
    };

    if (transition.kind == T_ENTER)
        snprintf(text, size, "takes its SMI: enters SMM");
    else
        snprintf(text, size, "%s", meaning[transition.value % MACHINE_EVENTS]);
}

void machine_name_call(const struct op *op, char *text, size_t size)
{
    static const char *const meaning[] = {
        [CALL_LOOK] = "looks for causes",
        [CALL_TAKE] = "takes the causes",
        [CALL_STATUS] = "writes the status port",
        [CALL_SEND] = "sends an SMI to cpu",
        [CALL_SEND_OTHERS] = "sends an SMI to all others",
        [CALL_HANDLER_BEGIN] = "handler begins, argument",
        [CALL_HANDLER_END] = "handler ends",
        [CALL_SLOT_READ] = "reads its slot",
        [CALL_ACCEPT] = "puts a level cause down",
        [CALL_END] = "ends the serving of level causes",
        [CALL_IN] = "reads the hub's register",
        [CALL_OUT] = "writes the hub's register",
        [CALL_USB_SERVED] = "serves the USB controller",
        [CALL_ORDER_BEGIN] = "begins what it was given, argument",
        [CALL_ORDER_END] = "has run what it was given, argument",
        [CALL_ORDERS_ENDED] = "handler hears of cpu",
        [CALL_ON_ISSUER] = "handler runs here, argument",
        [CALL_LEAVER] = "looks who is to be ejected",
        [CALL_EJECT] = "ejects cpu",
        [CALL_COMER] = "looks who has come",
        [CALL_ADMIT] = "admits cpu",
    };

    if (op->code == CALL_IN || op->code == CALL_OUT) {
        snprintf(text, size, "%s %#llx, value %#llx", meaning[op->code],
                 (unsigned long long)op->a, (unsigned long long)op->b);
        return;
    }
    switch ((enum machine_call)op->code) {
    case CALL_SEND:
    case CALL_HANDLER_BEGIN:
    case CALL_ORDER_BEGIN:
    case CALL_ORDER_END:
    case CALL_ORDERS_ENDED:
    case CALL_ON_ISSUER:
    case CALL_EJECT:
    case CALL_ADMIT:
    case CALL_ACCEPT:
    case CALL_END:
        snprintf(text, size, "%s %#llx", meaning[op->code], (unsigned long long)op->a);
        break;
    default:
        snprintf(text, size, "%s", meaning[op->code]);
        break;
    }
}
