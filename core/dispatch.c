/* SPDX-License-Identifier: BSD-2-Clause */
/* Handlers found by command or by cause. See dispatch.h; how to register one: muster/handler.h.
 */
#include <arch/clock.h>
#include <arch/handler_call.h>
#include <core/dispatch.h>
#include <core/section.h>

/* The linker's names for the first handler and the end of the last. Hidden: inside one image.
 */
extern const struct muster_handler __start_muster_handlers[]
    __attribute__((visibility("hidden")));
extern const struct muster_handler __stop_muster_handlers[]
    __attribute__((visibility("hidden")));

INSTALL_ONLY bool dispatch_prepare(struct muster_runtime *runtime)
{
    const struct muster_handler *handler = __start_muster_handlers;

    for (uint8_t number = 1; handler != __stop_muster_handlers; handler++, number++) {
        runtime->served |= handler->causes;
        if (!(handler->causes & CAUSES_OF_COMMAND))
            continue;
        if (number == 0 || runtime->handler_of[handler->command] != 0)
            return false;
        runtime->handler_of[handler->command] = number;
        runtime->need_of[handler->command] = (uint8_t)handler->need;
    }
    return true;
}

/* The handler of a command from this kind of cause, or NULL. */
static const struct muster_handler *handler_find(const struct muster_runtime *runtime,
                                                 uint8_t command, uint32_t cause)
{
    uint8_t number = runtime->handler_of[command];
    const struct muster_handler *handler;

    if (number == 0)
        return NULL;
    handler = &__start_muster_handlers[number - 1];
    return handler->causes & cause ? handler : NULL;
}

enum muster_need dispatch_need_of(const struct muster_runtime *runtime, uint8_t command)
{
    return (enum muster_need)runtime->need_of[command];
}

static enum muster_need need_stronger(enum muster_need one, enum muster_need other)
{
    return one < other ? one : other;
}

RARE static enum muster_need need_of_causes(uint32_t causes)
{
    enum muster_need need = MUSTER_NEED_ALONE;

    for (const struct muster_handler *handler = __start_muster_handlers;
         handler != __stop_muster_handlers; handler++)
        if (handler->causes & causes & ~CAUSES_OF_COMMAND)
            need = need_stronger(need, handler->need);
    return need;
}

enum muster_need dispatch_need(struct muster_processor *self, const struct core_visit *visit)
{
    const struct muster_runtime *runtime = self->runtime;
    enum muster_need need = MUSTER_NEED_ALONE;

    if (visit->pending)
        need = dispatch_need_of(runtime, visit->call.command);
    if (visit->cause.causes & MUSTER_CAUSE_BYTE)
        need = need_stronger(need, dispatch_need_of(runtime, visit->cause.command));
    if (visit->cause.causes & ~CAUSES_OF_COMMAND)
        need = need_stronger(need, need_of_causes(visit->cause.causes));
    return need;
}

/* Notes the fault for the log. What the handler has left as results is not handed out. */
RARE static void fault_note(struct muster_processor *self, struct core_visit *visit,
                            const struct muster_handler *handler, struct muster_call *call)
{
    struct muster_fault *fault = &visit->record.fault;

    *fault = handler_fault(self->context);
    fault->command = call->command;
    for (unsigned at = 0; at < sizeof(fault->handler) && handler->name[at] != 0; at++)
        fault->handler[at] = (uint8_t)handler->name[at];
    visit->record.flags |= MUSTER_RECORD_FAULT;
    if (handler->abandon != NULL)
        handler->abandon(call);
    call->status = MUSTER_STATUS_FAULT;
    call->result[0] = 0;
    call->result[1] = 0;
}

/* Inlined into the path of an SMI, which has saved its registers already. */
__attribute__((always_inline)) static inline void
handler_run_to_end(struct muster_processor *self, struct core_visit *visit,
                   const struct muster_handler *handler, struct muster_call *call)
{
    if (!handler_call(self, handler->function, call))
        fault_note(self, visit, handler, call);
}

/* A handler that has declared how long it may take: the log tells if it has taken longer. */
RARE static void handler_run_watched(struct muster_processor *self, struct core_visit *visit,
                                     const struct muster_handler *handler,
                                     struct muster_call *call)
{
    uint64_t budget = handler->budget * self->runtime->ticks_per_second / 1000000;
    uint64_t begun = clock_now();

    handler_run_to_end(self, visit, handler, call);
    if (clock_now() - begun > budget)
        visit->record.flags |= MUSTER_RECORD_OVER_BUDGET;
}

__attribute__((always_inline)) static inline void
handler_run(struct muster_processor *self, struct core_visit *visit,
            const struct muster_handler *handler, struct muster_call *call)
{
    call->facts = &self->runtime->facts;
    if (handler->budget != 0)
        handler_run_watched(self, visit, handler, call);
    else
        handler_run_to_end(self, visit, handler, call);
}

void dispatch_call(struct muster_processor *self, struct core_visit *visit,
                   struct muster_call *call)
{
    const struct muster_handler *handler =
        handler_find(self->runtime, call->command, MUSTER_CAUSE_REQUEST);

    call->cause = MUSTER_CAUSE_REQUEST;
    if (handler != NULL)
        handler_run(self, visit, handler, call);
    else
        call->status = MUSTER_STATUS_UNSUPPORTED;
}

void dispatch_byte(struct muster_processor *self, struct core_visit *visit,
                   struct muster_call *call)
{
    const struct muster_handler *handler =
        handler_find(self->runtime, call->command, MUSTER_CAUSE_BYTE);

    call->cause = MUSTER_CAUSE_BYTE;
    if (handler != NULL)
        handler_run(self, visit, handler, call);
    else if (self->runtime->handler_of[call->command] != 0)
        call->status = MUSTER_STATUS_NO_REQUEST;
    else
        call->status = MUSTER_STATUS_UNSUPPORTED;
}

void dispatch_level(struct muster_processor *self, struct core_visit *visit, uint32_t cause,
                    uint64_t argument)
{
    for (const struct muster_handler *handler = __start_muster_handlers;
         handler != __stop_muster_handlers; handler++) {
        struct muster_call call = {.argument = argument, .issuer = self->index, .cause = cause};

        if (handler->causes & cause)
            handler_run(self, visit, handler, &call);
    }
}
