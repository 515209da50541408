/* SPDX-License-Identifier: BSD-2-Clause */
/* Handlers found by command or by cause. See dispatch.h; how to register one: muster/handler.h.
 */
#include <arch/clock.h>
#include <arch/handler_call.h>
#include <core/dispatch.h>
#include <core/remote.h>
#include <core/section.h>

/* The linker's names for the first handler and the end of the last. Hidden: inside one image.
 */
extern const struct muster_handler __start_muster_handlers[]
    __attribute__((visibility("hidden")));
extern const struct muster_handler __stop_muster_handlers[]
    __attribute__((visibility("hidden")));

/* True if it serves requests, and there is nothing more to it than the call. */
static bool is_simple(const struct muster_handler *handler)
{
    return handler->causes & MUSTER_CAUSE_REQUEST && handler->budget == 0 &&
           handler->where == MUSTER_WHERE_MONARCH;
}

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
        /* The only one there is needs nobody. */
        runtime->need_of[handler->command] =
            (uint8_t)(runtime->processor_count == 1 ? MUSTER_NEED_ALONE : handler->need);
        if (USUAL_PATH_APART && is_simple(handler))
            runtime->simple_of[handler->command] = (uint16_t)(number * sizeof(*handler));
    }
    return true;
}

/* By number, from 1. */
static const struct muster_handler *handler_numbered(uint8_t number)
{
    return __start_muster_handlers + (size_t)number - 1;
}

/* By the place of the next one. */
static const struct muster_handler *handler_before(uint16_t place)
{
    const uint8_t *behind = (const uint8_t *)__start_muster_handlers + place;

    return (const struct muster_handler *)(const void *)behind - 1;
}

/* The handler of a command from this kind of cause, or NULL. */
static const struct muster_handler *handler_find(const struct muster_runtime *runtime,
                                                 uint8_t command, uint32_t cause)
{
    uint8_t number = runtime->handler_of[command];
    const struct muster_handler *handler;

    if (number == 0)
        return NULL;
    handler = handler_numbered(number);
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

enum muster_need dispatch_need(struct muster_processor *self, const struct core_visit *visit,
                               struct muster_cause cause)
{
    const struct muster_runtime *runtime = self->runtime;
    enum muster_need need = MUSTER_NEED_ALONE;

    if (request_is_pending(visit))
        need = dispatch_need_of(runtime, visit->call.command);
    if (cause.causes & MUSTER_CAUSE_BYTE)
        need = need_stronger(need, dispatch_need_of(runtime, cause.command));
    if (cause.causes & ~CAUSES_OF_COMMAND)
        need = need_stronger(need, need_of_causes(cause.causes));
    return need;
}

/* Notes the fault for the log. What the function has left as results is not handed out. */
RARE static void fault_note(struct muster_processor *self, struct core_visit *visit,
                            const struct muster_handler *handler, struct muster_call *call)
{
    struct muster_fault *fault = &visit->record.fault;

    *fault = handler_fault(self->context);
    fault->command = call->command;
    for (unsigned at = 0; at < sizeof(fault->handler) && handler->name[at] != 0; at++)
        fault->handler[at] = (uint8_t)handler->name[at];
    visit->record.flags |= MUSTER_RECORD_FAULT;
    call->status = MUSTER_STATUS_FAULT;
    call->result[0] = 0;
    call->result[1] = 0;
}

/* The same for a handler, which may have held something. */
RARE static void handler_abandon(struct muster_processor *self, struct core_visit *visit,
                                 const struct muster_handler *handler, struct muster_call *call)
{
    fault_note(self, visit, handler, call);
    if (handler->abandon != NULL)
        handler->abandon(call);
}

void dispatch_order(struct muster_processor *self, struct core_visit *visit,
                    const struct muster_handler *handler, muster_handler_function *function,
                    struct muster_call *call)
{
    call->facts = &self->runtime->facts;
    call->processor = self;
    call->visit = visit->record.flags & MUSTER_RECORD_MONARCH ? visit : NULL;
    visit->record.flags |= MUSTER_RECORD_REMOTE;
    if (handler_call(self, function, call))
        return;
    if (function == handler->function)
        handler_abandon(self, visit, handler, call);
    else
        fault_note(self, visit, handler, call);
}

/* Inlined into the path of an SMI, which has saved its registers already. */
USUAL_PATH void handler_run_here(struct muster_processor *self, struct core_visit *visit,
                                 struct muster_call *call)
{
    if (!handler_call(self, visit->handler->function, call))
        handler_abandon(self, visit, visit->handler, call);
    if (visit->record.flags & MUSTER_RECORD_REMOTE)
        remote_end(self, visit);
}

static void handler_run_where(struct muster_processor *self, struct core_visit *visit,
                              const struct muster_handler *handler, struct muster_call *call)
{
    if (handler->where == MUSTER_WHERE_EACH)
        remote_run_on_each(self, visit, handler, call);
    else if (handler->where == MUSTER_WHERE_ISSUER && call->issuer != self->index)
        remote_run_on_issuer(self, visit, handler, call);
    else
        handler_run_here(self, visit, call);
}

/* A handler that has declared where it runs, or how long it may take: the log tells if it has taken
 * longer. */
RARE static void handler_run_declared(struct muster_processor *self, struct core_visit *visit,
                                      const struct muster_handler *handler,
                                      struct muster_call *call)
{
    uint64_t begun = clock_now();

    handler_run_where(self, visit, handler, call);
    if (handler->budget != 0 &&
        clock_now() - begun > runtime_ticks(self->runtime, handler->budget))
        visit->record.flags |= MUSTER_RECORD_OVER_BUDGET;
}

USUAL_PATH void call_prepare(struct muster_processor *self, struct core_visit *visit,
                             const struct muster_handler *handler, struct muster_call *call)
{
    call->facts = &self->runtime->facts;
    call->processor = self;
    call->visit = visit;
    visit->handler = handler;
}

static void handler_run(struct muster_processor *self, struct core_visit *visit,
                        const struct muster_handler *handler, struct muster_call *call)
{
    call_prepare(self, visit, handler, call);
    if (handler->budget != 0 || handler->where != MUSTER_WHERE_MONARCH)
        handler_run_declared(self, visit, handler, call);
    else
        handler_run_here(self, visit, call);
}

/* A request that no simple handler serves, or none. */
RARE static void call_run(struct muster_processor *self, struct core_visit *visit,
                          struct muster_call *call)
{
    const struct muster_handler *handler =
        handler_find(self->runtime, call->command, MUSTER_CAUSE_REQUEST);

    if (handler != NULL)
        handler_run(self, visit, handler, call);
    else
        call->status = MUSTER_STATUS_UNSUPPORTED;
}

void dispatch_call(struct muster_processor *self, struct core_visit *visit,
                   struct muster_call *call)
{
    uint16_t place = self->runtime->simple_of[call->command];

    call->cause = MUSTER_CAUSE_REQUEST;
    if (!USUAL_PATH_APART || !USUAL(place)) {
        call_run(self, visit, call);
        return;
    }
    call_prepare(self, visit, handler_before(place), call);
    handler_run_here(self, visit, call);
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

/* The first handler of this cause, in their order, that comes after `last`; NULL: none. */
static const struct muster_handler *handler_next(const struct muster_handler *last,
                                                 uint32_t cause)
{
    const struct muster_handler *next = NULL;

    for (const struct muster_handler *handler = __start_muster_handlers;
         handler != __stop_muster_handlers; handler++) {
        if (!(handler->causes & cause))
            continue;
        if (last != NULL && (handler->order < last->order ||
                             (handler->order == last->order && handler <= last)))
            continue;
        if (next == NULL || handler->order < next->order)
            next = handler;
    }
    return next;
}

void dispatch_level(struct muster_processor *self, struct core_visit *visit, uint32_t cause,
                    uint64_t argument)
{
    for (const struct muster_handler *handler = handler_next(NULL, cause); handler != NULL;
         handler = handler_next(handler, cause)) {
        struct muster_call call = {.argument = argument, .issuer = self->index, .cause = cause};

        handler_run(self, visit, handler, &call);
    }
}
