/* SPDX-License-Identifier: BSD-2-Clause */
/* The engine: see engine.h. */
#include <sim/engine.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <sim/arena.h>
#include <sim/context.h>

#define STACK_SIZE  16384u
#define STACK_WIPED 1024u /* below the stack pointer, when a processor goes on */
#define OWNS_MAX    4u
#define STACK_CLEAR 4096u /* cleared at a start, so that equal runs leave equal bytes */

struct engine engine;
struct processor *engine_processors;
uint64_t *engine_time;

/* What a processor has of its own in the arena. */
struct own {
    const void *start;
    size_t length;
};

static char *stacks;
static struct own *owns; /* OWNS_MAX of each processor */
static void *scheduler_stack;

static char *stack_top(unsigned processor)
{
    return stacks + (size_t)(processor + 1) * STACK_SIZE;
}

void engine_reset(const struct model *model, unsigned processors, bool sequential,
                  size_t arena_size)
{
    uint32_t steps_max = engine.steps_max;

    arena_reset(arena_size +
                (size_t)processors *
                    (STACK_SIZE + sizeof(struct processor) + OWNS_MAX * sizeof(struct own)) +
                65536);
    engine = (struct engine){.model = model,
                             .processors = processors,
                             .sequential = sequential,
                             .steps_max = steps_max != 0 ? steps_max : 20000};
    engine_time = arena_allocate(ARENA_STATE, sizeof(*engine_time));
    engine_processors = arena_allocate(ARENA_SHADOW, processors * sizeof(*engine_processors));
    stacks = arena_allocate(ARENA_CONSTANT, (size_t)processors * STACK_SIZE);
    owns = arena_allocate(ARENA_CONSTANT, processors * OWNS_MAX * sizeof(*owns));
}

void engine_fail(const char *property, const char *format, ...)
{
    va_list arguments;

    if (engine.failed != NULL)
        return;
    engine.failed = property;
    va_start(arguments, format);
    vsnprintf(engine.failure, sizeof(engine.failure), format, arguments);
    va_end(arguments);
}

/* ---- Memory ---- */

/* What this processor sees in a word: its own newest buffered store, or memory. */
static uint64_t seen_by(const struct processor *processor, const uint64_t *word)
{
    for (unsigned i = processor->stores; i-- > 0;)
        if (processor->buffer[i].word == word)
            return processor->buffer[i].value;
    return *word;
}

static void write_word(const struct processor *processor, uint64_t *word, uint64_t value)
{
    uint64_t old = *word;

    *word = value;
    engine.written = true;
    if (old != value && engine.model->changed != NULL)
        engine.model->changed((unsigned)(processor - engine_processors), word, old);
}

static void observe(const struct processor *processor, const uint64_t *word, bool write,
                    bool locked)
{
    if (engine.observer != NULL)
        engine.observer((unsigned)(processor - engine_processors), word, write, locked);
}

static void commit(struct processor *processor)
{
    observe(processor, processor->buffer[0].word, true, false);
    write_word(processor, processor->buffer[0].word, processor->buffer[0].value);
    processor->stores--;
    memmove(&processor->buffer[0], &processor->buffer[1],
            processor->stores * sizeof(processor->buffer[0]));
}

static bool wait_is_over(const struct processor *processor)
{
    const struct op *op = &processor->op;
    uint64_t value = seen_by(processor, op->word);

    return op->kind == OP_WAIT_REACHED ? value >= op->a : (value & op->a) == op->b;
}

/* Not before something has changed that matters: until then another try would end as the last. */
static bool retries_now(const struct processor *processor)
{
    return wait_is_over(processor) || *engine_time > processor->op.c ||
           engine.model->retry_helps((unsigned)(processor - engine_processors));
}

/* When the processor waits no longer. */
static uint64_t deadline_of(const struct processor *processor)
{
    return processor->op.kind == OP_RETRY ? processor->op.c + engine.retry_limit
                                          : processor->op.c;
}

/* ---- Running a processor's code ---- */

static uint64_t operation_result;

static void resume(unsigned processor)
{
    struct processor *self = &engine_processors[processor];

    /* What lies below the stack is left over from other paths, and would come back in parts of
     * frames that nobody writes: equal states would differ in it. */
    memset((char *)self->stack - STACK_WIPED, 0, STACK_WIPED);
    self->hash = 0;
    engine.running = processor;
    engine.inside = true;
    engine.switches++;
    if (++self->steps > engine.steps_max)
        engine_fail("everyone-leaves", "processor %u took %u steps without leaving", processor,
                    self->steps);
    context_switch(&scheduler_stack, self->stack);
    engine.inside = false;
}

uint64_t engine_operation(struct op op)
{
    struct processor *self = &engine_processors[engine.running];

    if (op.kind == OP_STORE && !engine.sequential) {
        if (self->stores < ENGINE_BUFFER_MAX) {
            self->buffer[self->stores++] = (struct store){op.word, op.a};
            return 0;
        }
        engine.buffer_full++;
    }
    self->op = op;
    context_switch(&self->stack, scheduler_stack);
    return operation_result;
}

/* Handed over outside the stacks: no address of the scheduler's may get into a state. */
static struct {
    void (*entry)(void *);
    void *argument;
} starting;

static void run_entry(void *unused)
{
    (void)unused;
    starting.entry(starting.argument);
    engine_operation((struct op){.kind = OP_RETURN});
    __builtin_unreachable();
}

void engine_start(unsigned processor, void (*entry)(void *), void *argument)
{
    struct processor *self = &engine_processors[processor];

    starting.entry = entry;
    starting.argument = argument;
    self->steps = 0;
    self->stack = context_make(stack_top(processor), STACK_CLEAR, run_entry, NULL);
    resume(processor);
}

static void stop(struct processor *self)
{
    self->stack = NULL;
    self->hash = 0;
    self->op = (struct op){.kind = OP_NONE};
    self->steps = 0;
}

void engine_kill(unsigned processor)
{
    struct processor *self = &engine_processors[processor];

    while (self->stores != 0)
        commit(self);
    stop(self);
}

bool engine_runs(unsigned processor)
{
    return engine_processors[processor].stack != NULL;
}

bool engine_is_own_stack(const void *address)
{
    const char *byte = address;

    return byte < stack_top(engine.running) && byte >= stack_top(engine.running) - STACK_SIZE;
}

/* ---- Transitions ---- */

/* How many ways the pending operation can be performed now. */
static unsigned step_choices(const struct processor *self)
{
    switch (self->op.kind) {
    case OP_NONE:
        return 0;
    case OP_LOAD:
        return 1;
    case OP_CLOCK:
        return engine.guide->choices((unsigned)(self - engine_processors));
    case OP_STORE:
    case OP_COMPARE_STORE:
        return engine.sequential || self->stores < ENGINE_BUFFER_MAX;
    case OP_WAIT_EQUAL:
    case OP_WAIT_REACHED:
        return wait_is_over(self);
    case OP_RETRY:
        return retries_now(self);
    case OP_CHOOSE:
        return (unsigned)self->op.a;
    default:
        return self->stores == 0;
    }
}

static bool can_expire(const struct processor *self)
{
    if (self->op.kind == OP_RETRY)
        return self->frozen == 0 && !retries_now(self);
    return (self->op.kind == OP_WAIT_EQUAL || self->op.kind == OP_WAIT_REACHED) &&
           self->op.c != ENGINE_NEVER && self->frozen == 0 && !wait_is_over(self) &&
           (engine.guide == NULL || engine.guide->passes(self->op.c));
}

unsigned engine_enabled_of(unsigned processor, struct transition *list)
{
    const struct processor *self = &engine_processors[processor];
    unsigned choices = self->frozen ? 0 : step_choices(self);
    unsigned count = 0;

    for (unsigned value = 0; value < choices; value++)
        list[count++] = (struct transition){T_STEP, (uint8_t)value, (uint16_t)processor};
    if (self->stores != 0)
        list[count++] = (struct transition){T_COMMIT, 0, (uint16_t)processor};
    if (engine.model->events != NULL)
        count += engine.model->events(processor, list + count);
    if (can_expire(self) &&
        (engine.model->may_expire == NULL || engine.model->may_expire(processor)))
        list[count++] = (struct transition){T_EXPIRE, 0, (uint16_t)processor};
    return count;
}

/* Nobody has to move: time passes, up to the next deadline. */
static unsigned next_expiries(struct transition *list)
{
    uint64_t next = ENGINE_NEVER;
    unsigned count = 0;

    for (unsigned processor = 0; processor < engine.processors; processor++) {
        const struct processor *self = &engine_processors[processor];

        if (!can_expire(self) || deadline_of(self) > next)
            continue;
        if (deadline_of(self) < next)
            count = 0;
        next = deadline_of(self);
        list[count++] = (struct transition){T_EXPIRE, 0, (uint16_t)processor};
    }
    return count;
}

unsigned engine_transitions_max(void)
{
    return engine.processors * (ENGINE_EVENTS_MAX + ENGINE_CHOICES_MAX + 2);
}

unsigned engine_enabled(struct transition *list)
{
    unsigned count = 0;
    unsigned expiries;

    for (unsigned processor = 0; processor < engine.processors; processor++)
        count += engine_enabled_of(processor, list + count);
    engine.at_rest = false;
    for (unsigned i = 0; i < count; i++)
        if (engine.model->is_optional == NULL || !engine.model->is_optional(list[i]))
            return count;
    expiries = next_expiries(list + count);
    engine.at_rest = expiries == 0;
    return count + expiries;
}

static void store(struct processor *self, uint64_t *word, uint64_t value)
{
    if (engine.sequential)
        write_word(self, word, value);
    else
        self->buffer[self->stores++] = (struct store){word, value};
}

static uint64_t perform(unsigned processor, struct processor *self, uint8_t value)
{
    struct op op = self->op;
    uint64_t old;
    bool locked = op.kind == OP_COMPARE_EXCHANGE || op.kind == OP_EXCHANGE || op.kind == OP_ADD;

    if (op.word != NULL && op.kind != OP_STORE)
        observe(self, op.word, locked, locked);

    switch (op.kind) {
    case OP_LOAD:
        return seen_by(self, op.word);
    case OP_STORE:
        store(self, op.word, op.a);
        return 0;
    case OP_COMPARE_STORE:
        old = seen_by(self, op.word);
        if (old == op.a)
            store(self, op.word, op.b);
        return old == op.a;
    case OP_COMPARE_EXCHANGE:
        old = *op.word;
        if (old == op.a)
            write_word(self, op.word, op.b);
        return old == op.a;
    case OP_EXCHANGE:
        old = *op.word;
        write_word(self, op.word, op.a);
        return old;
    case OP_ADD:
        old = *op.word;
        write_word(self, op.word, old + op.a);
        return old;
    case OP_WAIT_EQUAL:
    case OP_WAIT_REACHED:
        return 1;
    case OP_RETRY:
        return wait_is_over(self);
    case OP_CHOOSE:
        return value;
    case OP_CLOCK:
        return engine.guide->read(processor, value);
    case OP_CALL:
        return engine.model->call(processor, &op);
    default:
        return 0;
    }
}

static bool take_step(unsigned processor, uint8_t value)
{
    struct processor *self = &engine_processors[processor];
    bool returned = self->op.kind == OP_RETURN;

    if (self->frozen != 0 || value >= step_choices(self))
        return false;
    operation_result = perform(processor, self, value);
    if (returned) {
        stop(self);
        if (engine.model->returned != NULL)
            engine.model->returned(processor);
    } else if (self->stack != NULL) {
        resume(processor);
    }
    return true;
}

/* A replay may ask for anything. */
static bool may_expire_now(unsigned processor)
{
    struct transition list[engine_transitions_max()];
    unsigned count;

    if (!can_expire(&engine_processors[processor]))
        return false;
    if (engine.model->may_expire == NULL || engine.model->may_expire(processor))
        return true;
    count = engine_enabled(list);
    for (unsigned i = 0; i < count; i++)
        if (list[i].kind == T_EXPIRE && list[i].processor == processor)
            return true;
    return false;
}

static bool take_expiry(unsigned processor)
{
    struct processor *self = &engine_processors[processor];

    if (engine.model->expires != NULL)
        engine.model->expires(processor);
    if (*engine_time < deadline_of(self))
        *engine_time = deadline_of(self);
    operation_result = 0;
    resume(processor);
    return true;
}

static bool take_event(struct transition transition)
{
    struct transition list[ENGINE_EVENTS_MAX];
    unsigned count = 0;

    if (engine.model->events != NULL)
        count = engine.model->events(transition.processor, list);

    for (unsigned i = 0; i < count; i++)
        if (memcmp(&list[i], &transition, sizeof(transition)) == 0) {
            engine.model->perform(transition);
            return true;
        }
    return false;
}

/* True if the pending operation cannot be noticed by others, nor be changed by them: the return,
 * a wait for a word that only grows and is there already, a load of an own word. */
static bool is_eager(unsigned processor, const struct processor *self)
{
    if (self->frozen != 0)
        return false;
    switch (self->op.kind) {
    case OP_RETURN:
        return self->stores == 0;
    case OP_WAIT_REACHED:
        return wait_is_over(self);
    case OP_LOAD:
        return engine.model->is_own != NULL && engine.model->is_own(processor, self->op.word);
    default:
        return false;
    }
}

/* Takes all eager steps. If memory has changed they may be anybody's. */
static void settle(unsigned processor)
{
    do {
        while (engine.failed == NULL && is_eager(processor, &engine_processors[processor]))
            take_step(processor, 0);
        if (!engine.written)
            return;
        engine.written = false;
        for (unsigned i = 0; i < engine.processors; i++)
            while (engine.failed == NULL && is_eager(i, &engine_processors[i]))
                take_step(i, 0);
    } while (engine.written);
}

static bool take(struct transition transition)
{
    switch (transition.kind) {
    case T_STEP:
        return take_step(transition.processor, transition.value);
    case T_COMMIT:
        if (engine_processors[transition.processor].stores == 0)
            return false;
        commit(&engine_processors[transition.processor]);
        return true;
    case T_EXPIRE:
        return take_expiry(transition.processor);
    default:
        return take_event(transition);
    }
}

/* Entering and its first look at the entry word are one. */
static void look_on_entry(unsigned processor)
{
    const struct op *op = &engine_processors[processor].op;

    if (op->kind == OP_LOAD && op->word == engine.entry_word)
        take_step(processor, 0);
}

bool engine_take(struct transition transition)
{
    if (transition.processor < engine.processors && transition.kind == T_EXPIRE &&
        !may_expire_now(transition.processor))
        return false;
    return engine_take_listed(transition);
}

bool engine_take_listed(struct transition transition)
{
    engine.written = false;
    engine.astray = false;
    if (transition.processor >= engine.processors || !take(transition))
        return false;
    if (engine.eager && transition.kind == T_ENTER)
        look_on_entry(transition.processor);
    if (engine.eager)
        settle(transition.processor);
    return true;
}

/* ---- Independence ---- */

/* What a transition touches. */
struct footprint {
    bool everything;
    bool writes;
    const void *word; /* NULL: nothing but its processor */
    bool judged;      /* reads the entry word too, by what the model makes of it */
};

static struct footprint write_footprint(const uint64_t *word)
{
    return (struct footprint){.writes = true,
                              .word = word,
                              .judged = engine.model->is_judged != NULL &&
                                        engine.model->is_judged(word)};
}

/* Code that starts or returns may be the last or the first to run, where a model may set the
 * clock back; while the clock shows zero there is nothing to set back. */
static struct footprint boundary_footprint(void)
{
    if (engine.eager)
        return (struct footprint){.everything = *engine_time != 0, .word = engine.entry_word};
    return (struct footprint){
        .writes = *engine_time != 0, .word = engine_time, .judged = engine.entry_word != NULL};
}

static struct footprint step_footprint(const struct processor *self)
{
    switch (self->op.kind) {
    case OP_LOAD:
    case OP_WAIT_EQUAL:
    case OP_WAIT_REACHED:
        return (struct footprint){.word = self->op.word};
    case OP_COMPARE_STORE:
        return engine.sequential ? write_footprint(self->op.word)
                                 : (struct footprint){.word = self->op.word};
    case OP_STORE:
        if (!engine.sequential)
            return (struct footprint){0};
        /* fall through */
    case OP_COMPARE_EXCHANGE:
    case OP_EXCHANGE:
    case OP_ADD:
        return write_footprint(self->op.word);
    case OP_FENCE:
        return (struct footprint){0};
    case OP_RETURN:
        return boundary_footprint();
    default:
        return (struct footprint){.everything = true};
    }
}

static struct footprint footprint(struct transition transition)
{
    const struct processor *self = &engine_processors[transition.processor];

    /* Eagerly, any step or commit may end in the code's return. */
    if (engine.eager && *engine_time != 0)
        return (struct footprint){.everything = true};

    switch (transition.kind) {
    case T_STEP:
        return step_footprint(self);
    case T_COMMIT:
        return write_footprint(self->buffer[0].word);
    case T_ENTER:
        return boundary_footprint();
    default:
        return (struct footprint){.everything = true};
    }
}

static bool judges_by(const struct footprint *one, const struct footprint *other)
{
    return one->judged && other->writes && other->word == engine.entry_word;
}

bool engine_independent(struct transition one, struct transition other)
{
    struct footprint first = footprint(one);
    struct footprint second = footprint(other);

    if (one.processor == other.processor || first.everything || second.everything)
        return false;
    if (judges_by(&first, &second) || judges_by(&second, &first))
        return false;
    return first.word == NULL || first.word != second.word || !(first.writes || second.writes);
}

/* ---- States ---- */

size_t engine_save_max(void)
{
    return arena_saved_size() + (size_t)engine.processors * STACK_SIZE;
}

size_t engine_save(void *to)
{
    char *at = (char *)to + arena_save(to);

    for (unsigned i = 0; i < engine.processors; i++) {
        const char *stack = engine_processors[i].stack;

        if (stack == NULL)
            continue;
        memcpy(at, stack, (size_t)(stack_top(i) - stack));
        at += stack_top(i) - stack;
    }
    return (size_t)(at - (char *)to);
}

void engine_restore(const void *from)
{
    const char *at = (const char *)from + arena_restore(from);

    for (unsigned i = 0; i < engine.processors; i++) {
        char *stack = engine_processors[i].stack;

        if (stack == NULL)
            continue;
        memcpy(stack, at, (size_t)(stack_top(i) - stack));
        at += stack_top(i) - stack;
    }
}

void engine_identify(unsigned processor, const void *start, size_t length)
{
    struct own *own = &owns[processor * OWNS_MAX];

    while (own->start != NULL)
        own++;
    *own = (struct own){start, length};
}

static uint64_t own_hash(unsigned processor)
{
    const struct processor *self = &engine_processors[processor];
    const struct own *own = &owns[processor * OWNS_MAX];
    /* The pending operation follows from where the code stands: the stack tells all. */
    uint64_t hash = hash_mix(engine.hash_seed, (uint64_t)(uintptr_t)self->stack);

    if (self->stack != NULL)
        hash =
            hash_bytes(self->stack, (size_t)(stack_top(processor) - (char *)self->stack), hash);
    for (unsigned i = 0; i < OWNS_MAX && own[i].start != NULL; i++)
        hash = hash_bytes(own[i].start, own[i].length, hash);
    return hash;
}

void engine_hash_forget(void)
{
    for (unsigned i = 0; i < engine.processors; i++)
        engine_processors[i].hash = 0;
}

uint64_t engine_hash(void)
{
    uint64_t hash = arena_hash(engine.hash_seed);

    for (unsigned i = 0; i < engine.processors; i++) {
        struct processor *self = &engine_processors[i];

        if (self->hash == 0)
            self->hash = own_hash(i);
        hash = hash_mix(hash, self->hash);
        if (self->stores != 0)
            hash = hash_bytes(self->buffer, self->stores * sizeof(self->buffer[0]),
                              hash + self->stores);
    }
    return hash;
}

/* ---- For people ---- */

static void describe_word(const uint64_t *word, char *text, size_t size)
{
    text[0] = '\0';
    if (engine.model->name_word != NULL)
        engine.model->name_word(word, text, size);
    if (text[0] == '\0')
        snprintf(text, size, "%p", (const void *)word);
}

#define HEX(value) (unsigned long long)(value)

static void describe_step(const struct processor *self, uint8_t value, char *text, size_t size)
{
    const struct op *op = &self->op;
    char word[96] = "";

    if (op->word != NULL)
        describe_word(op->word, word, sizeof(word));
    switch (op->kind) {
    case OP_LOAD:
        snprintf(text, size, "load %s = %#llx", word, HEX(seen_by(self, op->word)));
        break;
    case OP_STORE:
        snprintf(text, size, "store %s = %#llx", word, HEX(op->a));
        break;
    case OP_COMPARE_STORE:
        snprintf(text, size, "compare and store, not locked, %s %#llx -> %#llx: %s", word,
                 HEX(op->a), HEX(op->b), seen_by(self, op->word) == op->a ? "done" : "no");
        break;
    case OP_COMPARE_EXCHANGE:
        snprintf(text, size, "compare-exchange %s %#llx -> %#llx: %s", word, HEX(op->a),
                 HEX(op->b), *op->word == op->a ? "done" : "not as expected");
        break;
    case OP_EXCHANGE:
        snprintf(text, size, "exchange %s %#llx -> %#llx", word, HEX(*op->word), HEX(op->a));
        break;
    case OP_WAIT_EQUAL:
        snprintf(text, size, "wait over: %s & %#llx = %#llx", word, HEX(op->a), HEX(op->b));
        break;
    case OP_WAIT_REACHED:
        snprintf(text, size, "wait over: %s >= %#llx", word, HEX(op->a));
        break;
    case OP_RETRY:
        snprintf(text, size, "%s: %s", wait_is_over(self) ? "wait over" : "tries again", word);
        break;
    case OP_CALL:
    case OP_CHOOSE:
        snprintf(text, size, "call %u", op->code);
        if (engine.model->name_call != NULL)
            engine.model->name_call(op, text, size);
        if (op->kind == OP_CHOOSE)
            snprintf(text + strlen(text), size - strlen(text), ": answer %u", value);
        break;
    case OP_FENCE:
        snprintf(text, size, "fence");
        break;
    case OP_CLOCK:
        snprintf(text, size, "looks at the clock");
        break;
    default:
        snprintf(text, size, "return");
        break;
    }
}

void engine_describe(struct transition transition, char *text, size_t size)
{
    const struct processor *self = &engine_processors[transition.processor];
    char word[96];

    switch (transition.kind) {
    case T_STEP:
        describe_step(self, transition.value, text, size);
        break;
    case T_COMMIT:
        describe_word(self->buffer[0].word, word, sizeof(word));
        snprintf(text, size, "buffered store reaches memory: %s = %#llx", word,
                 HEX(self->buffer[0].value));
        break;
    case T_EXPIRE:
        describe_word(self->op.word, word, sizeof(word));
        snprintf(text, size, "deadline expires waiting for %s", word);
        break;
    default:
        snprintf(text, size, "event %u", transition.value);
        if (engine.model->name_event != NULL)
            engine.model->name_event(transition, text, size);
        break;
    }
}
