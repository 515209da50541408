/* SPDX-License-Identifier: BSD-2-Clause */
/* The stacks for handlers that processors share. See arch/handler_stack.h. */
#include <stddef.h>

#include <arch/handler_stack.h>
#include <arch/shared.h>
#include <arch/stack_call.h>
#include <arch/x86/context.h>
#include <arch/x86/entry.h>
#include <core/section.h>

#define HANDLER_STACKS     2u
#define HANDLER_STACK_SIZE (HANDLER_STACK_PAGES * 4096u / HANDLER_STACKS)

/* Below the first is a page that is not mapped, below the second is the first: the canary is for that
 * one. */
struct handler_stack {
    uint64_t canary;
    uint8_t room[HANDLER_STACK_SIZE - 8 - EXCEPTION_STACK_SIZE - sizeof(struct context_link)];
    uint8_t exceptions[EXCEPTION_STACK_SIZE];
    struct shared_word owner; /* the link: the context of who is on it; 0: nobody */
    uint64_t reserved;
};

_Static_assert(sizeof(struct handler_stack) == HANDLER_STACK_SIZE, "they fill their pages");
_Static_assert(offsetof(struct handler_stack, exceptions) % 16 == 0, "aligned as at a call");
_Static_assert(offsetof(struct handler_stack, owner) ==
                   HANDLER_STACK_SIZE - sizeof(struct context_link),
               "the owner's context is the link");

static struct handler_stack *stacks;

INSTALL_ONLY void handler_stack_place(struct handler_stack *place)
{
    stacks = place;
    for (unsigned index = 0; index < HANDLER_STACKS; index++) {
        stacks[index].canary = ENTRY_CANARY;
        stacks[index].owner = (struct shared_word){0};
    }
}

/* A free one, or NULL: nobody waits for one. The first is for monarchs alone: a processor that is slow
 * to leave what another one's round has had it run cannot keep it from who leads the next. */
static struct handler_stack *stack_take(struct x86_context *context,
                                        const struct core_visit *visit)
{
    unsigned index = visit->record.flags & MUSTER_RECORD_MONARCH ? 0 : HANDLER_STACKS - 1;

    for (; index < HANDLER_STACKS; index++) {
        struct handler_stack *stack = &stacks[index];

        /* Pairs with stack_give: whoever was on it has left it. */
        if (shared_compare_exchange(&stack->owner, 0, (uintptr_t)context)) {
            context->tss.exceptions = (uintptr_t)&stack->owner;
            return stack;
        }
    }
    return NULL;
}

/* An overflow of the first has met the page below it, and the handler has been ended: what it has
 * overwritten is its own stack. */
static bool is_overflowed(const struct handler_stack *stack)
{
    return stack != stacks && stack->canary != ENTRY_CANARY;
}

static void stack_give(struct handler_stack *stack, struct x86_context *context)
{
    /* Whoever overflowed has overwritten who knows what: stays here, as in leave.c. */
    while (is_overflowed(stack))
        __asm__ volatile("hlt");
    context->tss.exceptions = context->tss.stack;
    shared_store_release(&stack->owner, 0); /* pairs with stack_take */
}

bool handler_stack_call(struct muster_processor *self, struct core_visit *visit,
                        void (*function)(struct muster_processor *self,
                                         struct core_visit *visit))
{
    struct x86_context *context = self->context;
    struct handler_stack *stack = stack_take(context, visit);

    if (stack == NULL)
        return false;
    stack_call(stack->exceptions, self, visit, function);
    stack_give(stack, context);
    return true;
}
