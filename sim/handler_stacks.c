/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The stacks for handlers that all processors share where SMRAM is small: the text of
 * arch/x86/small/handler_stack.c, unchanged, and the property that it is held to:
 *
 *   handler-stacks   nobody runs on a stack that another one is on; handlers run on no other stack;
 *                    exceptions come to the one that their processor is on
 *
 * What runs there really is the simulated processor's own stack: a state keeps no other.
 */
#include <arch/x86/small/arch/handler_stack.h>

#define handler_stack_place small_stack_place
#define handler_stack_call  small_stack_call
void handler_stack_place(struct handler_stack *stacks);
bool handler_stack_call(struct muster_processor *self, struct core_visit *visit,
                        void (*function)(struct muster_processor *self,
                                         struct core_visit *visit));
#include <arch/x86/small/handler_stack.c>
#undef handler_stack_place
#undef handler_stack_call

#include <stdio.h>

#include <sim/arena.h>
#include <sim/machine_state.h>

static bool is_shared(void)
{
    return machine.scenario->shared_stacks;
}

void machine_stacks_set_up(void)
{
    struct handler_stack *place;
    struct x86_context *contexts;

    if (!is_shared())
        return;
    place = arena_allocate(ARENA_SHADOW, HANDLER_STACKS * sizeof(*place));
    contexts = arena_allocate(ARENA_SHADOW, engine.processors * sizeof(*contexts));
    small_stack_place(place);
    for (unsigned i = 0; i < HANDLER_STACKS; i++)
        arena_identify(&place[i].owner, sizeof(place[i].owner));
    for (unsigned i = 0; i < engine.processors; i++)
        machine.processors[i].context = &contexts[i];
}

size_t machine_stacks_need(unsigned processors)
{
    return HANDLER_STACKS * sizeof(struct handler_stack) +
           (size_t)processors * sizeof(struct x86_context);
}

/* The number of the stack whose owner's word this is; HANDLER_STACKS: of none. */
static unsigned stack_of(const void *owner)
{
    unsigned index = 0;

    while (is_shared() && index < HANDLER_STACKS && owner != &stacks[index].owner)
        index++;
    return is_shared() ? index : HANDLER_STACKS;
}

void machine_name_stack(const uint64_t *word, char *text, size_t size)
{
    if (stack_of(word) < HANDLER_STACKS)
        snprintf(text, size, "owner of handler stack %u", stack_of(word));
}

/* A target that has found no stack looks whether its order still stands, and tries again. */
bool machine_is_retry(unsigned processor, const uint64_t *word)
{
    return is_shared() && word == &machine.processors[processor].order.value;
}

bool machine_retry_helps(unsigned processor)
{
    (void)processor;
    return stacks[HANDLER_STACKS - 1].owner.value == 0;
}

static void check_stack_entered(unsigned processor, unsigned stack)
{
    const struct x86_context *context = machine.processors[processor].context;

    for (unsigned i = 0; i < engine.processors; i++)
        if (machine.cpus[i].stack == stack + 1)
            engine_fail("handler-stacks",
                        "processor %u comes to stack %u, where processor %u is", processor,
                        stack, i);
    if (context->tss.exceptions != (uintptr_t)&stacks[stack].owner ||
        stacks[stack].owner.value != (uintptr_t)context)
        engine_fail("handler-stacks",
                    "processor %u runs on stack %u, and its exceptions come elsewhere",
                    processor, stack);
}

void check_handler_stack(unsigned processor)
{
    if (is_shared() && machine.cpus[processor].stack == 0)
        engine_fail("handler-stacks", "a handler runs on processor %u's own stack", processor);
}

/* There is one for a monarch unless another one was lost. */
static void check_stack_found(unsigned processor)
{
    const struct hub *hub = machine.hub;

    if (machine.cpus[processor].without_stack && hub->leader == processor + 1 &&
        !hub->lost_monarch && !hub->harmed)
        engine_fail("handler-stacks", "processor %u leads a round and finds no stack",
                    processor);
}

void stack_call(void *top, struct muster_processor *self, struct core_visit *visit,
                void (*function)(struct muster_processor *self, struct core_visit *visit))
{
    unsigned stack = stack_of((uint8_t *)top + EXCEPTION_STACK_SIZE);

    check_stack_entered(self->index, stack);
    machine.cpus[self->index].stack = (uint8_t)(stack + 1);
    function(self, visit);
    machine.cpus[self->index].stack = 0;
}

bool handler_stack_call(struct muster_processor *self, struct core_visit *visit,
                        void (*function)(struct muster_processor *self,
                                         struct core_visit *visit))
{
    if (!is_shared()) {
        function(self, visit);
        return true;
    }
    machine.cpus[self->index].without_stack = !small_stack_call(self, visit, function);
    check_stack_found(self->index);
    return !machine.cpus[self->index].without_stack;
}
