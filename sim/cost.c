/* SPDX-License-Identifier: BSD-2-Clause */
/* The cost model. See cost.h. */
#include <sim/cost.h>

#include <stdlib.h>
#include <string.h>

#include <sim/arena.h>
#include <sim/cli.h>
#include <sim/machine_state.h>
#include <sim/relocation.h>
#include <sim/soonest.h>
#include <sim/traditional.h>

#define TICKS_HIT    1u
#define TICKS_LOCK   20u
#define TICKS_NODE   50u
#define TICKS_ACROSS 150u
#define SET_WORDS    64u /* 64 bits each */
#define NOBODY       0u
#define STEPS_MAX    1000000u /* of one processor: one that gathers thousands takes many */

struct cache_line {
    /* 1 + the processor, or NOBODY: a line that is never used is never written here. */
    uint32_t owner; /* has it exclusively and perhaps modified */
    uint32_t from;  /* read or wrote it last: where it comes from */
    uint32_t waits; /* waits for a word in it; the others that do: model.next_waits */
    uint64_t written_at;
    uint64_t holders[SET_WORDS];
};

/* What a processor is doing between two transitions of its own. */
enum doing {
    DOING_NOTHING, /* no code runs, and no SMI makes it */
    DOING_WORK,    /* queued: it may be able to go on */
    DOING_WAIT,    /* in the list of a line: not before the line is written */
};

static struct {
    struct cache_line *lines;
    size_t line_count;
    uint64_t *clock; /* of each processor */
    uint64_t *locked;
    uint8_t *doing;
    uint32_t *next_waits; /* 1 + the processor, as in a line */
    struct soonest queue;
    unsigned nodes;
    struct cost *cost;
} model;

static struct cache_line *line_of(const uint64_t *word)
{
    return &model.lines[arena_offset(word) / 64];
}

/* ---- Who goes next ---- */

static void work_begins(unsigned processor)
{
    model.doing[processor] = DOING_WORK;
    soonest_put(&model.queue, processor);
}

static void wait_begins(unsigned processor)
{
    struct cache_line *line = line_of(engine_processors[processor].op.word);

    model.doing[processor] = DOING_WAIT;
    model.next_waits[processor] = line->waits;
    line->waits = processor + 1;
}

static void waits_end(struct cache_line *line)
{
    while (line->waits != NOBODY) {
        unsigned processor = line->waits - 1;

        line->waits = model.next_waits[processor];
        work_begins(processor);
    }
}

/* What is outside memory may have latched an SMI anywhere. */
static void all_are_looked_at(void)
{
    for (unsigned i = 0; i < engine.processors; i++)
        if (model.doing[i] == DOING_NOTHING)
            work_begins(i);
}

/* ---- Caches ---- */

static unsigned node_of(unsigned processor)
{
    return processor * model.nodes / engine.processors;
}

static bool holds(const struct cache_line *line, unsigned processor)
{
    return line->holders[processor / 64] >> (processor % 64) & 1;
}

/* The line comes to this processor's cache; returns the ticks it takes. */
static uint64_t fetch(const struct cache_line *line, unsigned processor)
{
    if (line->from == NOBODY || node_of(line->from - 1) == node_of(processor)) {
        model.cost->transfers++;
        return TICKS_NODE;
    }
    model.cost->across++;
    return TICKS_ACROSS;
}

static void on_access(unsigned processor, const uint64_t *word, bool write, bool locked)
{
    struct cache_line *line = line_of(word);
    uint64_t ticks = locked ? TICKS_LOCK : TICKS_HIT;
    bool hit = write ? line->owner == processor + 1 : holds(line, processor);
    uint64_t now = model.clock[processor];

    model.cost->accesses++;
    model.cost->locked += locked;
    model.locked[processor] += locked;
    if (!hit) {
        /* The writer before it must be done with the line. */
        if (line->written_at > now)
            now = line->written_at;
        ticks += fetch(line, processor);
    }
    if (write && !hit)
        memset(line->holders, 0, sizeof(line->holders));
    if (write)
        line->owner = processor + 1;
    else if (!hit)
        line->owner = NOBODY;
    line->holders[processor / 64] |= UINT64_C(1) << (processor % 64);
    line->from = processor + 1;
    model.clock[processor] = now + ticks;
    if (!write)
        return;
    line->written_at = model.clock[processor];
    waits_end(line);
}

static bool start(unsigned nodes, struct cost *cost)
{
    model.line_count = arena_end() / 64;
    model.lines = calloc(model.line_count, sizeof(*model.lines));
    model.clock = calloc(engine.processors, sizeof(*model.clock));
    model.locked = calloc(engine.processors, sizeof(*model.locked));
    model.doing = calloc(engine.processors, sizeof(*model.doing));
    model.next_waits = calloc(engine.processors, sizeof(*model.next_waits));
    model.nodes = nodes;
    model.cost = cost;
    if (model.lines == NULL || model.clock == NULL || model.locked == NULL ||
        model.doing == NULL || model.next_waits == NULL ||
        !soonest_create(&model.queue, model.clock, engine.processors))
        return false;
    engine.observer = on_access;
    return true;
}

static void finish(void)
{
    free(model.lines);
    free(model.clock);
    free(model.locked);
    free(model.doing);
    free(model.next_waits);
    soonest_destroy(&model.queue);
}

/* A new round begins: everybody's clock is zero, the caches are as they are. */
static void restart_counts(void)
{
    *model.cost = (struct cost){0};
    memset(model.clock, 0, engine.processors * sizeof(*model.clock));
    memset(model.locked, 0, engine.processors * sizeof(*model.locked));
    for (size_t i = 0; i < model.line_count; i++)
        if (model.lines[i].from != NOBODY)
            model.lines[i].written_at = 0;
}

static bool is_of_code(struct transition transition)
{
    return transition.kind == T_STEP || transition.kind == T_COMMIT ||
           transition.kind == T_ENTER;
}

/* What the processor does next: its buffered stores go first. False if it cannot move. */
static bool next_of(unsigned processor, struct transition *next)
{
    struct transition list[ENGINE_EVENTS_MAX + ENGINE_CHOICES_MAX + 2];
    unsigned count = engine_enabled_of(processor, list);
    bool found = false;

    for (unsigned i = count; i-- > 0;) {
        if (!is_of_code(list[i]))
            continue;
        if (!found || list[i].kind == T_COMMIT)
            *next = list[i];
        found = true;
    }
    return found;
}

/* The next transition, of the processor whose clock shows least. False if nobody can move. */
static bool next_transition(struct transition *next)
{
    while (model.queue.count != 0) {
        unsigned processor = soonest_take(&model.queue);

        if (next_of(processor, next))
            return true;
        if (engine_runs(processor))
            wait_begins(processor);
        else
            model.doing[processor] = DOING_NOTHING;
    }
    return false;
}

static void take(struct transition transition)
{
    bool seen_by_all =
        transition.kind == T_STEP && engine_processors[transition.processor].op.kind == OP_CALL;

    engine_take(transition);
    work_begins(transition.processor);
    if (seen_by_all)
        all_are_looked_at();
}

static bool nobody_runs(void)
{
    for (unsigned i = 0; i < engine.processors; i++)
        if (engine_runs(i))
            return false;
    return true;
}

static void run_round(void)
{
    struct transition next;

    all_are_looked_at();
    while (engine.failed == NULL && next_transition(&next)) {
        take(next);
        if (!engine_runs(next.processor) && model.clock[next.processor] > model.cost->ticks)
            model.cost->ticks = model.clock[next.processor];
        if (!engine_runs(next.processor) && next.kind == T_STEP && model.cost->answered == 0)
            model.cost->answered = model.clock[next.processor];
    }
    for (unsigned i = 1; i < engine.processors; i++)
        if (model.locked[i] > model.cost->locked_most)
            model.cost->locked_most = model.locked[i];
}

static void ask(void)
{
    engine_take((struct transition){T_EVENT, EVENT_PREPARE, 0});
    engine_take((struct transition){T_EVENT, EVENT_OUT, 0});
}

bool cost_of_muster(unsigned processors, unsigned nodes, struct cost *cost)
{
    static struct scenario scenario;
    bool good;

    if (processors > MUSTER_WINDOW_PROCESSORS_MAX)
        return false;
    scenario = (struct scenario){
        .processors = processors, .broadcast = true, .patient = true, .requests = {2, 0}};
    machine_setup(&scenario);
    good = start(nodes, cost);
    if (good) {
        ask();
        run_round();
        restart_counts();
        ask();
        run_round();
        good = engine.failed == NULL && machine_is_done();
    }
    finish();
    return good;
}

/* Of a model whose processors have started, with caches that hold nothing. */
static bool cost_of_model(unsigned nodes, struct cost *cost)
{
    bool good = start(nodes, cost);

    if (good) {
        restart_counts();
        run_round();
        good = engine.failed == NULL && nobody_runs();
    }
    finish();
    return good;
}

bool cost_of_traditional(unsigned processors, unsigned nodes, struct cost *cost)
{
    traditional_setup(processors);
    return cost_of_model(nodes, cost);
}

bool cost_of_relocation(unsigned processors, unsigned nodes, bool chain, struct cost *cost)
{
    relocation_setup(processors, chain);
    return cost_of_model(nodes, cost);
}

/* ---- The table ---- */

#define NUMBER(value) (unsigned long long)(value)

static void print_cost(const char *who, unsigned processors, const struct cost *cost, bool json)
{
    const char *format =
        json ? "{\"protocol\":\"%s\",\"cpus\":%u,\"accesses\":%llu,\"locked\":%llu,"
               "\"locked_most\":%llu,\"transfers\":%llu,\"across\":%llu,\"ticks\":%llu}\n"
             : "%-12s %5u  %9llu %8llu %6llu %10llu %8llu %10llu\n";

    printf(format, who, processors, NUMBER(cost->accesses), NUMBER(cost->locked),
           NUMBER(cost->locked_most), NUMBER(cost->transfers), NUMBER(cost->across),
           NUMBER(cost->ticks));
}

static bool print_round(unsigned processors, const struct cli *cli)
{
    struct cost cost;

    if (cost_of_muster(processors, cli->nodes, &cost))
        print_cost("muster", processors, &cost, cli->json);
    else if (processors <= MUSTER_WINDOW_PROCESSORS_MAX)
        return false;
    if (!cost_of_traditional(processors, cli->nodes, &cost))
        return false;
    print_cost("traditional", processors, &cost, cli->json);
    return true;
}

static bool print_relocation(unsigned processors, const struct cli *cli)
{
    struct cost cost;

    if (!cost_of_relocation(processors, cli->nodes, true, &cost))
        return false;
    print_cost("chain", processors, &cost, cli->json);
    if (!cost_of_relocation(processors, cli->nodes, false, &cost))
        return false;
    print_cost("central", processors, &cost, cli->json);
    return true;
}

int cli_cost(const struct cli *cli)
{
    unsigned from = cli->cost_from != 0 ? cli->cost_from : cli->scenario.processors;
    unsigned to = cli->cost_from != 0 ? cli->cost_to : from;

    engine.steps_max = STEPS_MAX;
    if (!cli->json)
        printf("%s; %u node(s); ticks: hit 1, lock 20, line 50, across 150\n"
               "%-12s %5s  %9s %8s %6s %10s %8s %10s\n",
               cli->cost_relocation ? "SMBASE relocation" : "one SMI, broadcast", cli->nodes,
               "protocol", "cpus", "accesses", "locked", "most", "transfers", "across",
               "ticks");
    for (unsigned processors = from; processors <= to; processors *= 2)
        if (!(cli->cost_relocation ? print_relocation : print_round)(processors, cli))
            return CLI_TROUBLE;
    return CLI_CLEAN;
}
