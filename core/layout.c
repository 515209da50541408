/* SPDX-License-Identifier: BSD-2-Clause */
/* The planner of SMRAM. See muster/layout.h for the idea; layout_regions.c reads a layout, and
 * layout_check.c judges it. */
#include <stddef.h>

#include <core/layout.h>

#define SIZE_LIMIT (UINT64_C(1) << 32) /* sums of sizes below it do not wrap */

/* What is shared and may go before the groups, into the last one's gap, or behind them. */
enum block { BLOCK_TABLES, BLOCK_SHARED, BLOCK_STRUCTURES, BLOCK_STACKS, BLOCKS };
enum place { PLACE_FRONT, PLACE_GAP, PLACE_BACK, PLACES };

struct blocks {
    uint64_t size[BLOCKS];
    uint64_t alignment[BLOCKS];
    uint64_t base[BLOCKS];
};

static bool is_power_of_two(uint32_t value)
{
    return value != 0 && (value & (value - 1)) == 0;
}

static int request_check(const struct muster_layout_request *request)
{
    if (request->smram_base % LAYOUT_PAGE != 0 || request->smram_size % LAYOUT_PAGE != 0 ||
        !is_power_of_two(request->smbase_alignment) ||
        request->structure_size % MUSTER_LAYOUT_LINE != 0 ||
        request->shared_size % MUSTER_LAYOUT_LINE != 0 ||
        request->stack_size % MUSTER_LAYOUT_STACK != 0 ||
        request->context_size % MUSTER_LAYOUT_STACK != 0)
        return MUSTER_LAYOUT_ALIGNMENT;
    if (request->smram_size == 0 || request->smram_size > SIZE_LIMIT ||
        request->smram_base > SIZE_LIMIT || request->entry_size == 0 ||
        request->save_state_size == 0 || request->save_state_offset < request->entry_offset ||
        request->entry_size > layout_distance(request) || request->stack_size == 0)
        return MUSTER_LAYOUT_SIZES;
    if (request->processors == 0 || request->processors > MUSTER_LAYOUT_PROCESSORS_MAX)
        return MUSTER_LAYOUT_NONE;
    return MUSTER_LAYOUT_OK;
}

/* What one processor takes at least. */
static uint64_t processor_size(const struct muster_layout_request *request)
{
    return (uint64_t)request->entry_size + request->save_state_size + request->structure_size +
           request->stack_size + request->context_size;
}

static uint64_t larger(uint64_t one, uint64_t other)
{
    return one > other ? one : other;
}

/* The stride, and whether stacks are part of it: what takes less for a processor. */
static void stride_choose(struct muster_layout *layout)
{
    const struct muster_layout_request *request = &layout->request;
    uint64_t bare =
        layout_round_up(larger(request->save_state_size, layout_entry_room(request)),
                        request->smbase_alignment);
    uint64_t with_stack =
        layout_round_up(larger(request->save_state_size,
                               (uint64_t)layout_entry_room(request) + request->stack_size),
                        request->smbase_alignment);

    layout->stack_step = request->stack_size;
    layout->stride = (uint32_t)bare;
    if (request->guarded)
        layout->stack_step =
            LAYOUT_PAGE +
            layout_round_up((uint64_t)request->stack_size + request->context_size, LAYOUT_PAGE);
    else if (with_stack <= layout_distance(request) &&
             2 * with_stack <= 2 * bare + request->stack_size) {
        layout->stride = (uint32_t)with_stack;
        layout->stack_step = 0;
    }
}

/* Guarded: the last page of entry code must end before the page of the first save state. */
static bool groups_choose(struct muster_layout *layout)
{
    const struct muster_layout_request *request = &layout->request;
    uint64_t room = layout_distance(request);

    if (request->guarded)
        room = room / LAYOUT_PAGE * LAYOUT_PAGE;
    layout->group = (uint32_t)(room / layout->stride);
    layout->group_step = layout_distance(request) + (uint64_t)layout->group * layout->stride;
    if (request->guarded)
        layout->group_step = layout_round_up(layout->group_step, LAYOUT_PAGE);
    return layout->group > 0;
}

static struct blocks blocks_describe(const struct muster_layout *layout)
{
    const struct muster_layout_request *request = &layout->request;
    uint64_t unit = request->guarded ? LAYOUT_PAGE : MUSTER_LAYOUT_LINE;
    uint64_t contexts =
        request->guarded ? 0 : (uint64_t)request->processors * request->context_size;
    uint64_t guards = request->monarch_stacks > 1 ? request->monarch_stacks - 1 : 0;
    uint64_t pages = request->table_pages + guards +
                     (uint64_t)request->monarch_stacks * request->monarch_stack_pages;

    return (struct blocks){
        .size =
            {
                [BLOCK_SHARED] = layout_round_up(request->shared_size + contexts, unit),
                [BLOCK_STRUCTURES] = layout_round_up(
                    (uint64_t)request->processors * request->structure_size, unit),
                [BLOCK_STACKS] = request->processors * layout->stack_step,
                [BLOCK_TABLES] = pages * LAYOUT_PAGE,
            },
        .alignment = {[BLOCK_SHARED] = unit,
                      [BLOCK_STRUCTURES] = unit,
                      [BLOCK_STACKS] = request->guarded ? LAYOUT_PAGE : MUSTER_LAYOUT_STACK,
                      [BLOCK_TABLES] = LAYOUT_PAGE},
    };
}

/* Puts the blocks that go to `place` one behind the other from `at` on; returns their end. */
static uint64_t blocks_put(struct blocks *blocks, const enum place place_of[BLOCKS],
                           enum place place, uint64_t at)
{
    for (unsigned block = 0; block < BLOCKS; block++) {
        if (place_of[block] != place)
            continue;
        if (blocks->size[block] == 0) {
            blocks->base[block] = at / LAYOUT_PAGE * LAYOUT_PAGE;
            continue;
        }
        blocks->base[block] = layout_round_up(at, blocks->alignment[block]);
        at = blocks->base[block] + blocks->size[block];
    }
    return at;
}

/* Entry code begins where SMBASE comes to lie on its alignment. */
static uint64_t entries_align(const struct muster_layout_request *request, uint64_t at)
{
    uint64_t unit = request->smbase_alignment;
    uint64_t turn = request->entry_offset % unit;

    if (request->guarded)
        return layout_round_up(at, larger(LAYOUT_PAGE, unit)) + turn;
    return layout_round_up(at + unit - turn, unit) - unit + turn;
}

/* Where the last save state ends if entry code begins at `at`. */
static uint64_t spaces_end(const struct muster_layout *layout, uint64_t at)
{
    const struct muster_layout_request *request = &layout->request;
    uint32_t last = request->processors - 1;

    return at + last / layout->group * layout->group_step + layout_distance(request) +
           (uint64_t)(last % layout->group) * layout->stride + request->save_state_size;
}

static uint64_t smram_end(const struct muster_layout_request *request)
{
    return request->smram_base + request->smram_size;
}

/* One way to share out the blocks. False if it does not fit. */
static bool arrange(struct muster_layout *layout, struct blocks *blocks,
                    const enum place place_of[BLOCKS])
{
    const struct muster_layout_request *request = &layout->request;
    uint32_t last = (request->processors - 1) / layout->group;
    uint32_t in_last = request->processors - last * layout->group;
    uint64_t unit = request->guarded ? LAYOUT_PAGE : 1;
    uint64_t front = blocks_put(blocks, place_of, PLACE_FRONT,
                                layout_round_up(layout->data + request->data_size, unit));
    uint64_t last_entry;
    uint64_t saves;

    layout->entries = entries_align(request, front);
    last_entry = layout->entries + last * layout->group_step;
    saves = last_entry + layout_distance(request);
    if (blocks_put(blocks, place_of, PLACE_GAP,
                   layout_round_up(last_entry + (uint64_t)in_last * layout->stride, unit)) >
        saves / unit * unit)
        return false;
    layout->end = blocks_put(blocks, place_of, PLACE_BACK,
                             layout_round_up(spaces_end(layout, layout->entries), unit));
    return layout->end <= smram_end(request);
}

static void blocks_take(struct muster_layout *layout, const struct blocks *blocks)
{
    const struct muster_layout_request *request = &layout->request;

    layout->shared = blocks->base[BLOCK_SHARED];
    layout->stacks = blocks->base[BLOCK_STACKS];
    layout->structures = blocks->base[BLOCK_STRUCTURES];
    layout->contexts = layout->shared + request->shared_size;
    layout->tables = blocks->base[BLOCK_TABLES];
    layout->monarch_stacks = layout->tables + request->table_pages * LAYOUT_PAGE;
    layout->monarch_step = (request->monarch_stack_pages + 1) * LAYOUT_PAGE;
}

/* In order of preference: what processors synchronize with lies within their SMM spaces, where
 * there is room for it. */
static const enum place shared_places[PLACES] = {PLACE_GAP, PLACE_FRONT, PLACE_BACK};
static const enum place other_places[PLACES] = {PLACE_BACK, PLACE_GAP, PLACE_FRONT};

/* Where a block of no size goes makes no difference. */
static bool is_worth_trying(const struct blocks *blocks, const enum place place_of[BLOCKS])
{
    for (unsigned block = 0; block < BLOCKS; block++)
        if (blocks->size[block] == 0 && place_of[block] != PLACE_FRONT)
            return false;
    return true;
}

int muster_layout_plan(const struct muster_layout_request *request,
                       struct muster_layout *layout)
{
    int error = request_check(request);

    if (error != MUSTER_LAYOUT_OK)
        return error;
    if (request->processors > request->smram_size / processor_size(request))
        return MUSTER_LAYOUT_FULL;
    *layout = (struct muster_layout){.request = *request};
    layout->constants = request->smram_base + layout_round_up(request->code_size, LAYOUT_PAGE);
    layout->data = layout->constants + layout_round_up(request->constants_size, LAYOUT_PAGE);
    stride_choose(layout);
    if (!groups_choose(layout))
        return MUSTER_LAYOUT_SIZES;
    if (spaces_end(layout, layout->data + request->data_size) > smram_end(request))
        return MUSTER_LAYOUT_FULL;
    for (unsigned way = 0; way < PLACES * PLACES * PLACES * PLACES; way++) {
        enum place place_of[BLOCKS] = {
            [BLOCK_SHARED] = shared_places[way % PLACES],
            [BLOCK_STRUCTURES] = shared_places[way / PLACES % PLACES],
            [BLOCK_STACKS] = other_places[way / PLACES / PLACES % PLACES],
            [BLOCK_TABLES] = other_places[way / PLACES / PLACES / PLACES],
        };
        struct blocks blocks = blocks_describe(layout);

        if (!is_worth_trying(&blocks, place_of))
            continue;
        if (arrange(layout, &blocks, place_of)) {
            blocks_take(layout, &blocks);
            return MUSTER_LAYOUT_OK;
        }
    }
    return MUSTER_LAYOUT_FULL;
}

uint32_t muster_layout_capacity(const struct muster_layout_request *request)
{
    struct muster_layout_request trial = *request;
    struct muster_layout layout;
    uint64_t most;

    trial.processors = 1;
    if (request_check(&trial) != MUSTER_LAYOUT_OK)
        return 0;
    most = trial.smram_size / processor_size(&trial);
    if (most > MUSTER_LAYOUT_PROCESSORS_MAX)
        most = MUSTER_LAYOUT_PROCESSORS_MAX;
    for (trial.processors = (uint32_t)most; trial.processors > 0; trial.processors--)
        if (muster_layout_plan(&trial, &layout) == MUSTER_LAYOUT_OK)
            return trial.processors;
    return 0;
}
