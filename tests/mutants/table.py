# SPDX-License-Identifier: BSD-2-Clause
"""The seeded bugs: each a small change to the core that the explorer must notice.

A bug is (name, file, text, replacement, scenario): `text` occurs exactly once in core/`file`, or in
a file of sim/, whose name then begins so: protocols that have no place in the core; or in one that a
file of sim/ includes (run.INCLUDED). The scenario is what `muster-sim explore` is given. TSO bugs must
be found under x86-TSO and must not be found under SC. KNOWN says why a bug that survives may.
"""

CAS = "shared_compare_exchange("
UNLOCKED = "shared_compare_store("
TWO = "--cpus 2 "
THREE = "--cpus 3 "

ROUND, RESTED = TWO + "--scenario one-round", TWO + "--scenario crossing"
DEADLINES = TWO + "--scenario deadlines --requests 1,1 "
EXPIRE2 = DEADLINES + "--expiries 2"
EXPIRE3 = DEADLINES + "--expiries 3"
CAUSES = TWO + "--scenario causes "
STORM = TWO + "--scenario storm"
BYTES = TWO + "--scenario bytes"
CROSSING = TWO + "--scenario crossing"
ROUNDS = TWO + "--scenario three-rounds"
SECOND = TWO + "--scenario second-smi"
DIRECTED = TWO + "--scenario directed"
LONE = TWO + "--scenario lone-bytes"
BESIDE = TWO + "--scenario alone --bytes 0,1 "
LOW_POWER = TWO + "--scenario low-power"
STACKS = TWO + "--scenario shared-stacks"
STACKS_LOST = TWO + "--scenario stacks-lost"
CHAIN = THREE + "--scenario relocation"
EJECTED = TWO + "--scenario ejected"
READMITTED = TWO + "--scenario readmitted"
FLASH = TWO + "--scenario low-power-flash"
BLOCKS = THREE + "--block 2 --scenario one-round --events 0"
PMI = TWO + "--scenario pmi --node-size 1"
SYNCHRONOUS = TWO + "--scenario synchronous "
INTEL64 = TWO + "--save-state intel64 "

BUGS = [
    # -- the round word
    ("late-is-follower", "smi.c", "|| !order_frees(self, visit)))\n"
     "            return late(visit, *cause);", "|| !order_frees(self, visit)))\n"
     "            return in_time(visit);", BESIDE),
    ("number-not-advanced", "round.c", "uint64_t round = round_of(word) + ROUND_UNIT;",
     "uint64_t round = round_of(word);", CROSSING),
    ("election-by-store", "round.c",
     "if (!shared_compare_exchange(&self->runtime->round, word, round_word(round, to)))\n        return false;",
     "shared_store_release(&self->runtime->round, round_word(round, to));", CROSSING),
    ("step-is-the-end", "round.c",
     "return word < over;", "return over == 0;",
     TWO + "--scenario near"),
    ("wait-without-deadline", "round.c", "visit->started + runtime->patience", "~UINT64_C(0)",
     TWO + "--scenario stopped"),
    ("depose-only-open", "round.c",
     "round_word(visit->round, ROUND_OPEN), broken) ||\n           "
     "shared_compare_exchange(round, round_word(visit->round, ROUND_CLOSED), broken);",
     "round_word(visit->round, ROUND_OPEN), broken);", DEADLINES),
    ("depose-is-release", "round.c",
     "bool round_wait(struct muster_processor *self, struct core_visit *visit, uint64_t *step)\n{",
     "bool round_wait(struct muster_processor *self, struct core_visit *visit, uint64_t *step)\n{\n"
     "    if (shared_load_acquire(&self->runtime->round) & 2)\n        return false;",
     CROSSING),
    ("close-by-store", "round.c",
     "return shared_compare_exchange(&self->runtime->round, round_word(visit->round, ROUND_OPEN),\n"
     "                                   round_word(visit->round, ROUND_CLOSED));",
     "shared_store_release(&self->runtime->round, round_word(visit->round, "
     "ROUND_CLOSED)); return true;", EXPIRE2),
    ("release-by-store", "round.c",
     "if (!shared_compare_exchange(&runtime->round, round_word(visit->round, ROUND_CLOSED),\n"
     "                                 round_word(visit->round, ROUND_REST)))\n"
     "        return false;",
     "shared_store_release(&runtime->round, round_word(visit->round, ROUND_REST));", EXPIRE2),
    ("close-ignores-deposition", "round.c",
     "return shared_compare_exchange(&self->runtime->round, round_word(visit->round, ROUND_OPEN),",
     "return true | shared_compare_exchange(&self->runtime->round,\n"
     "                                   round_word(visit->round, ROUND_OPEN),", EXPIRE2),
    ("word-read-by-the-way", "round.h", "return shared_load_acquire(&self->runtime->round);",
     "return self->runtime->round.value;", CROSSING),
    ("release-forgotten", "round.c",
     "    if (self->others)\n        release_advance(runtime, release_word(visit->round, ROUND_STEP_OVER));\n",
     "", TWO + "--scenario crossing"),
    ("release-runs-ahead", "round.c",
     "    if (self->others)\n        release_advance(runtime, release_word(visit->round, ROUND_STEP_OVER));\n",
     "    if (self->others)\n        release_advance(runtime, release_word(visit->round + ROUND_UNIT, ROUND_STEP_OVER));\n",
     ROUNDS),
    # -- handlers that run elsewhere
    ("order-begins-unclaimed", "remote.c",
     "    if (!shared_compare_exchange(&self->order, place | ORDER_POSTED, place | ORDER_RUNNING))\n"
     "        return;",
     "    shared_store_release(&self->order, place | ORDER_RUNNING);",
     TWO + "--scenario others --expiries 1"),
    ("order-outlives-its-deadline", "remote.c",
     "    if (status == MUSTER_STATUS_TIMEOUT)\n        orders_cancel(self, visit, running);",
     "", TWO + "--scenario issuer --expiries 1"),
    ("order-outlives-its-handler", "dispatch.c",
     "    if (visit->record.flags & MUSTER_RECORD_REMOTE)\n        remote_end(self, visit);", "",
     TWO + "--scenario others"),
    ("late-order-outlives-its-handler", "remote.c", "    orders_end(self, visit, deadline);\n", "",
     TWO + "--scenario each-starts --expiries 2"),
    ("order-not-called-off", "remote.c", "    orders_cancel(self, visit, &running);\n    for",
     "    for", TWO + "--scenario others --expiries 1"),
    ("order-wakes-nobody", "remote.c", "if (posted && order_wake(self, visit))", "if (posted)",
     TWO + "--scenario each"),
    ("order-frees-by-an-old-bound", "order.c",
     "        shared_store_relaxed(&self->bound, MUSTER_NEED_ALL);", "        (void)self;",
     TWO + "--scenario others --requests 2,0 --alone 1,0"),
    ("order-done-before-its-results", "remote.c",
     "    dispatch_order(self, visit, handler, function, &call);\n",
     "    dispatch_order(self, visit, handler, function, &call);\n"
     "    shared_store_release(&self->order, place | ORDER_DONE);\n",
     TWO + "--scenario issuer"),
    ("order-not-waited-for", "remote.c",
     "    uint32_t status = orders_wait(self, visit, running, deadline);",
     "    uint32_t status = orders_wait(self, visit, running, deadline & 0);", TWO + "--scenario issuer"),
    ("order-to-who-is-let-go", "remote.c",
     "    return shared_load_relaxed(&self->bound) == MUSTER_NEED_NODE && target->node == self->node;",
     "    return true;", TWO + "--scenario others --alone 1"),
    ("issuers-handler-on-the-monarch", "dispatch.c",
     "handler->where == MUSTER_WHERE_ISSUER && call->issuer != self->index", "false",
     TWO + "--scenario issuer"),
    # -- stacks for handlers that processors share
    ("stack-taken-by-two", "arch/x86/small/handler_stack.c",
     "        if (shared_compare_exchange(&stack->owner, 0, (uintptr_t)context)) {",
     "        shared_store_release(&stack->owner, (uintptr_t)context);\n        {", STACKS),
    ("stack-given-before-it-is-left", "arch/x86/small/handler_stack.c",
     "    stack_call(stack->exceptions, self, visit, function);\n",
     "    shared_store_release(&stack->owner, 0);\n"
     "    stack_call(stack->exceptions, self, visit, function);\n", THREE + "--scenario shared-stacks"),
    ("stack-never-given", "arch/x86/small/handler_stack.c",
     "    shared_store_release(&stack->owner, 0);", "    (void)stack;", STACKS),
    ("exceptions-elsewhere", "arch/x86/small/handler_stack.c",
     "            context->tss.exceptions = (uintptr_t)&stack->owner;\n", "", STACKS),
    ("own-stack-instead", "smi.c", "        request_refuse_all(self, visit, taken);",
     "        visit->cause = taken, request_serve_all(self, visit);", STACKS_LOST),
    ("refused-cause-not-ended", "request.c",
     "        level_refuse(self, visit, cause.causes & ~CAUSES_OF_COMMAND);", "        (void)cause;",
     STACKS_LOST),
    ("refused-cause-not-accepted", "level.c", "        port_level_accept(left & -left);", "",
     STACKS_LOST),
    ("stack-waited-for-for-ever", "remote.c",
     "        if (now >= visit->started + self->runtime->patience ||\n            "
     "shared_wait_equal(&self->order, ORDER_STATE, ORDER_FREE, now))",
     "        if (shared_wait_equal(&self->order, ORDER_STATE, ORDER_FREE, now))",
     STACKS + " --variant qemu --events 2 --allow init"),
    ("target-keeps-the-monarchs-stack", "arch/x86/small/handler_stack.c",
     "visit->record.flags & MUSTER_RECORD_MONARCH ? 0 : HANDLER_STACKS - 1;", "(visit == NULL);",
     THREE + "--scenario shared-stacks --requests 1,0 --registers 1 --events 1 --allow timer"),
    # -- relocation at start-up
    ("smbase-not-written", "relocate.c",
     "    save_state_write32(&here, save_state_smbase_field(layout), relocation->smbase);\n", "",
     CHAIN),
    ("continuation-not-written", "relocate.c", "if (relocation->continuation != 0)",
     "if (relocation->continuation == 0)", CHAIN),
    ("moved-not-told", "relocate.c", "    relocation->moved = 1;", "", CHAIN + " --variant qemu"),
    ("hand-on-before-its-smbase", "sim/chain.c", "    work_prepare(next);\n    chain_send_smi(next);\n",
     "    chain_send_smi(next);\n    work_prepare(next);\n", CHAIN + " --variant qemu"),
    ("sipi-always", "sim/chain.c", "if (shared_load_relaxed(chain.sipi) != 0)",
     "if (shared_load_relaxed(chain.sipi) < 2)", CHAIN + " --variant qemu"),
    ("sipi-never", "sim/chain.c", "    shared_store_relaxed(chain.sipi, 1);\n", "", CHAIN),
    ("chain-without-bound", "sim/chain.c", "clock_now() + RELOCATION_LIMIT", "ENGINE_NEVER",
     CHAIN + "-dead"),
    ("dead-not-reported", "sim/chain.c", "        chain_report(position);\n", "", CHAIN + "-dead"),
    ("dead-not-skipped", "sim/chain.c", "            chain_start(position + 1);", "            return;",
     CHAIN + "-dead"),
    ("late-one-not-stopped", "sim/chain.c", "    chain_send_init(position);\n", "", CHAIN + "-late"),
    ("late-hand-on-not-stopped", "sim/chain.c", "    if (position > 1)\n        chain_send_init(position - 1);\n",
     "", "--cpus 4 --scenario relocation-late --expiries 5 --variant qemu"),
    ("late-rsm-not-waited-for", "sim/chain.c", "    moved_wait();\n", "", CHAIN + "-late --expiries 4"),
    ("apic-not-put-back", "sim/machine_events.c", "    cpu->covered = false;\n", "    (void)cpu;\n",
     TWO + "--scenario apic"),
    # -- processors that are ejected
    ("ejected-is-waited-for", "arch/x86/plug/marks.c",
     "    shared_store_release(&processor->mark, MARK_INACTIVE);\n", "", EJECTED),
    ("ejected-though-not-held", "sim/plug.c",
     "    if (muster_plug_is_here(request->facts, index) && !muster_plug_is_held(request, index))\n"
     "        return;", "", EJECTED + " --expiries 2"),
    ("held-is-held-once", "arch/x86/plug/marks.c",
     "    return (mark_of(call->facts, index) & MARK_PLACE_MASK) ==\n"
     "           (mark_of(call->facts, call->issuer) & MARK_PLACE_MASK);",
     "    return call->facts && mark_of(call->facts, index) >> 8 != 0;",
     EJECTED + " --expiries 2"),
    ("ejects-itself", "sim/plug.c", "if (index == request->issuer)", "if (index == MUSTER_PLUG_NOBODY)",
     EJECTED),
    ("eject-not-passed-on", "sim/plug.c", "        port_smi_send_others();\n", "", EJECTED),
    ("ejected-in-a-lone-round", "sim/plug.c", ".causes = MUSTER_CAUSE_PLUG);",
     ".causes = MUSTER_CAUSE_PLUG, .need = MUSTER_NEED_ALONE);", EJECTED),
    ("admitted-not-awaited", "sim/plug.c",
     "    shared_wait_equal(&runtime->processors[index].mark, MARK_IN_SMM, MARK_IN_SMM,\n"
     "                      clock_now() + runtime->deadline_lost);\n", "    (void)runtime;\n", READMITTED),
    ("admitted-not-expected", "arch/x86/plug/marks.c",
     "    shared_store_release(&processor_of(facts, index)->mark, MARK_ACTIVE);\n",
     "    (void)facts, (void)index;\n", READMITTED + " --expiries 1"),
    ("admits-nobody", "arch/x86/plug/marks.c", "!= MARK_INACTIVE;", "!= ~UINT64_C(0);", READMITTED),
    # -- gathering
    ("nobody-gathered", "smi.c",
     "    gather_processors(self, visit, others_are_coming(visit, cause));\n",
     "    visit->news = others_are_coming(visit, cause) & 0;\n", CROSSING),
    ("first-not-gathered", "gather.c",
     "for (struct muster_processor *other = runtime->processors; other != end; other++) {",
     "for (struct muster_processor *other = runtime->processors + 1; other != end; other++) {",
     CROSSING),
    ("last-not-gathered", "gather.c", "runtime->processors_end;",
     "runtime->processors_end - 1;", CROSSING),
    ("mark-of-any-round", "gather.c", "if (flags & MARK_PLACE_MASK) {",
     "if (!((flags ^ in) & MARK_IN_SMM)) {", ROUNDS),
    ("second-deadline-missed", "gather.c", "           absentee_call(self, visit, other);",
     "           (set_add(visit->record.lost, other->index),\n"
     "            visit->round == 0 && absentee_call(self, visit, other));",
     DEADLINES),
    ("everybody-excused", "gather.c", "    if (mark_is_excused(other, mark)) {",
     "    if (true) {", CROSSING),
    ("no-smi-to-others", "gather.c", "    port_smi_send_others();\n", "",
     DIRECTED + " --requests 1,0"),
    ("lost-without-an-smi", "gather.c", "        port_smi_send(other->apic_id);\n", "",
     TWO + "--scenario one-round --allow spurious --expiries 2"),
    ("smi-to-the-wrong-one", "gather.c", "port_smi_send(other->apic_id);",
     "port_smi_send(other->apic_id + 1);", DEADLINES),
    ("excuse-before-close", "smi.c", "        if (!round_close(self, visit)) {",
     "    gather_excuse_lost(self, visit);\n"
     "        if (!round_close(self, visit)) {", EXPIRE3),
    ("excuse-any-mark", "gather.c", " && round_of(mark) < visit->round)",
     ")", EXPIRE2),
    ("mark-without-round", "presence.h", "return round | MARK_IN_SMM;",
     "return (round & 0) | MARK_IN_SMM;", ROUNDS),
    ("leave-without-round", "presence.h",
     "round | MARK_ACTIVE);", "(round & 0) | MARK_ACTIVE);",
     EXPIRE2),
    ("leave-as-in", "presence.h", "round | MARK_ACTIVE);",
     "(round + 256) | MARK_IN_SMM);", ROUNDS),
    # -- blocks
    ("block-first-unseen", "block.c", "for (uint32_t index = self->index + 1; index < end;",
     "for (uint32_t index = self->index + 2; index < end;", BLOCKS),
    ("block-unlooked", "block.c", "        wanted |= MARK_BLOCK_LOOKED;\n", "        wanted |= 0;\n",
     BLOCKS),
    ("block-missed-is-in", "block.c", "return (*mark & MARK_BLOCK_MISSED) == 0;", "return true;",
     BLOCKS),
    ("block-miss-untold", "block.c", "            found = MARK_BLOCK_LOOKED | MARK_BLOCK_MISSED;\n",
     "", BLOCKS),
    ("block-excused-is-in", "block.c", "        if (mark_is_excused(other, *mark) ||\n",
     "        if (mark_is_excused(other, *mark))\n            return true;\n        if (",
     TWO + "--block 2 --scenario dual --requests 1,1 --expiries 2 --variant qemu"),
    ("block-wait-is-enough", "block.c", "    if (((*mark ^ wanted) & WHO_AND_LOOKED) != 0) {",
     "    if (((*mark ^ wanted) & MARK_BLOCK_LOOKED) != 0) {", BLOCKS),
    ("block-news-forgotten", "block.c", "        found |= block_news(mark) * MARK_BLOCK_OF_ONE;\n",
     "", THREE + "--block 2 --scenario dual --requests 1,1,0"),
    ("block-news-skipped", "block.c", " | news * MARK_BLOCK_OF_ONE;",
     " | (news & 0);", THREE + "--block 2 --scenario dual --requests 1,1,0"),
    ("block-told-for-news", "block.c", "mark_in_round(visit->round) | news | found);",
     "mark_in_round(visit->round) | found | (news & 0));",
     THREE + "--block 2 --scenario dual --requests 1,1,1"),
    # -- the story of one SMI
    ("late-asks-nothing", "smi.c", "    visit->again = true;\n", "", BESIDE),
    ("deposer-asks-nothing", "round.c", "        visit->again = true;\n", "",
     TWO + "--scenario bytes --expiries 1"),
    ("causes-before-close", "smi.c",
     "        if (!round_close(self, visit)) {",
     "    visit->cause = port_cause_take();\n"
     "        if (!round_close(self, visit)) {", LONE + " --expiries 2"),
    ("release-before-handler", "smi.c",
     "    if (!serve(self, visit, taken))\n",
     "    round_release(self, visit);\n    if (!serve(self, visit, taken))\n",
     CROSSING),
    ("close-before-gather", "smi.c", "    presence_enter(self, visit->round, 0);\n",
     "    presence_enter(self, visit->round, 0);\n    round_close(self, visit);\n", CROSSING),
    # -- rounds that do not need everybody
    ("leaves-unlooked", "smi.c", "        *cause = port_cause_look();\n",
     "        if (phase == ROUND_CLOSED)\n            return ROLE_NOBODY;\n"
     "        *cause = port_cause_look();\n",
     BESIDE),
    ("rest-unlooked", "smi.c", "        *cause = port_cause_look();\n",
     "        if (phase != ROUND_CLOSED && !request_is_pending(visit))\n            return ROLE_NOBODY;\n"
     "        *cause = port_cause_look();\n", BYTES),
    ("all-freed", "order.c", "    shared_store_relaxed(&self->bound, (uint64_t)need);\n",
     "    shared_store_relaxed(&self->bound, MUSTER_NEED_ALONE);\n", TWO + "--scenario near"),
    ("none-gathered-for-more", "smi.c", "    if (need >= visit->gathered)\n",
     "    if (need <= visit->gathered)\n", BESIDE + "--events 1 --allow spurious"),
    ("taken-are-coming", "gather.c", "gather(self, visit, false);", "gather(self, visit, true);",
     BESIDE + "--events 1 --allow spurious"),
    ("stranger-byte-is-own", "smi.c", " && cause.command != visit->asked)",
     " && !request_is_pending(visit))", BESIDE + "--free-bytes 1"),
    ("node-is-all", "order.c", "return monarch->node != self->node;", "return true;",
     TWO + "--scenario near"),
    ("bringer-freed", "order.c", "if (!visit->stays && order_frees(self, visit)) {",
     "if (order_frees(self, visit)) {", TWO + "--scenario alone-crossing --requests 1,1 --alone 1,1"),
    ("counted-late", "request.c", " && byte->issuer == issuer && !byte->owed;",
     " && issuer < ~0u && !byte->owed;",
     THREE + "--scenario alone-crossing --requests 1,1,0 --alone 1,1,0 --dual 1"),
    ("alone-owes-nothing", "request.c",
     "visit->news & NEWS_UNCERTAIN || debt_exists", "debt_exists",
     TWO + "--scenario alone-crossing --requests 1,1 --alone 1,1 --dual 1"),
    ("deposed-is-success", "smi.c", "    request_give_up(visit);\n}", "    visit->asked = ASKED_NOTHING;\n}",
     EXPIRE2),
    ("one-round-a-visit", "smi.c", "#define ROUNDS_PER_VISIT_MAX 64u",
     "#define ROUNDS_PER_VISIT_MAX 1u", TWO + "--scenario alone-crossing"),
    ("mark-not-shown", "smi.c", "    presence_enter(self, visit->round, news);\n",
     "    if (news != 0)\n        presence_enter(self, visit->round, news);\n",
     TWO + "--scenario one-round --events 0"),
    ("plain-mark-not-shown", "smi.c", "    presence_enter(self, round, 0);\n", "",
     TWO + "--scenario one-round --events 0"),
    ("plain-with-a-debt", "smi.c", "!self->owes && ", "",
     TWO + "--scenario dual --requests 1,1"),
    ("order-is-the-end", "round.c", "(&runtime->release) >= release_word(round, ROUND_STEP_OVER);",
     "(&runtime->release) >= release_word(round, 1);", TWO + "--scenario others --moments 1"),
    ("old-look", "smi.c",
     "            word = look_again(self, &visit);\n        }\n        request_collect_none",
     "            (void)look_again(self, &visit);\n        }\n        request_collect_none", TWO + "--scenario bytes --expiries 1"),
    ("data-race", "smi.c", "    presence_enter(self, visit->round, news);\n",
     "    presence_enter(self, visit->round, news);\n"
     "    self->runtime->patience = 100000;\n", CROSSING),
    # -- requests
    ("token-not-consumed", "request.c",
     "    *token = MUSTER_TOKEN_ANSWERED(*token);\n", "    (void)token;\n", CROSSING),
    ("results-swapped", "request.c",
     "*save_state_at(save_state, SAVE_STATE_RSI) = call->result[0];",
     "*save_state_at(save_state, SAVE_STATE_RSI) = call->result[1];", CROSSING),
    ("user-mode-heard", "request.c", " &&\n           USUAL(save_state_privilege(self) == 0);", ";",
     TWO + "--scenario user"),
    ("slot-read-twice", "request.c", "(uint8_t)outside_read32(&slot->command),",
     "(uint8_t)(outside_read32(&slot->command) & outside_read32(&slot->command)),",
     TWO + "--scenario slots"),
    ("wrong-slot", "request.c", "outside_read64(&slot->argument)",
     "outside_read64(&slot[self->index == 0 ? 1 : -1].argument)",
     TWO + "--scenario slots"),
    ("slot-not-asked", "request.c",
     "if (visit->source < SOURCE_REGISTERS || !slot_holds_request(self))",
     "if (visit->source >= SOURCE_REGISTERS || !slot_holds_request(self))",
     TWO + "--scenario both"),
    ("second-request-in-one-round", "request.c",
     "if (before == round)", "if (round == 0)",
     ROUNDS + " --requests 2,0 --events 2 --allow init,sipi --variant qemu"),
    # -- Intel's save states
    ("io-state-ignored", "intel64.c",
     "privilege_is_0(self) && smi_follows_out(self);",
     "privilege_is_0(self) && (smi_follows_out(self) || true);", SYNCHRONOUS),
    ("asynchronous-is-synchronous", "intel64.c",
     "(state & (IO_STATE_VALID | IO_STATE_TYPE)) == IO_STATE_VALID",
     "(state & IO_STATE_TYPE) == 0", SYNCHRONOUS),
    ("out-to-any-port", "intel64.c", "state >> IO_STATE_PORT_SHIFT == port;", "port != 0;",
     SYNCHRONOUS),
    ("in-is-out", "intel64.c", "(IO_STATE_VALID | IO_STATE_TYPE)) == IO_STATE_VALID",
     "IO_STATE_VALID) == IO_STATE_VALID", SYNCHRONOUS),
    ("port-by-dx-not-heard", "intel64.h", "(0x7u << 4)", "(0xfu << 4)",
     INTEL64 + "--scenario crossing"),
    ("user-mode-heard-intel64", "intel64.c", "(save_state_read32(self, INTEL64_CS) & 3) == 0 &&",
     "self != 0 &&", INTEL64 + "--scenario user"),
    ("virtual-8086-heard", "intel64.c",
     "(save_state_read64(self, INTEL64_RFLAGS) & RFLAGS_VM) == 0;", "self != 0;",
     INTEL64 + "--scenario user --requests 1,1"),
    ("intel64-token-elsewhere", "save_state.h", "INTEL64_RBX = 0x7f74,", "INTEL64_RBX = 0x7f6c,",
     INTEL64 + "--scenario crossing"),
    ("intel64-result-elsewhere", "save_state.h", "INTEL64_RSI = 0x7f8c,",
     "INTEL64_RSI = 0x7f84,", INTEL64 + "--scenario crossing"),
    ("intel64-io-state-elsewhere", "save_state.h", "INTEL64_IO_STATE = 0x7fa4,",
     "INTEL64_IO_STATE = 0x7fa0,", INTEL64 + "--scenario crossing"),
    ("intel64-smbase-elsewhere", "save_state.h", "INTEL64_SMBASE = 0x7ef8,",
     "INTEL64_SMBASE = 0x7f00,", INTEL64 + "--scenario crossing"),
    ("intel64-taken-for-amd64", "relocate.c", "intel64 = layout == LAYOUT_INTEL64;",
     "intel64 = layout == LAYOUT_NONE;", INTEL64 + "--scenario crossing"),
    ("intel64-answered-in-the-slot", "request.c",
     "ARCH_INTEL64_SERVED && visit->source == SOURCE_INTEL64", "false",
     INTEL64 + "--scenario crossing"),
    ("intel64-slot-not-asked", "request.c",
     "if (visit->source < SOURCE_REGISTERS || !slot_holds_request(self))",
     "if (visit->source != SOURCE_REGISTERS || !slot_holds_request(self))",
     INTEL64 + "--scenario both"),
    ("argument-forgotten", "request.c",
     "    shared_store_relaxed(&self->argument, visit->call.argument);\n",
     "", CROSSING),
    ("answer-of-another", "request.c", ".issuer = issuer->index,\n        .command = (uint8_t)"
     "shared_load_relaxed(&issuer->command),",
     ".issuer = issuer->index,\n        .command = (uint8_t)shared_load_relaxed("
     "&self->command),", CROSSING),
    ("wrong-record-answered", "request.c",
     "shared_store_relaxed(&issuer->status, call.status);",
     "shared_store_relaxed(&self->status, call.status | 0x40);\n"
     "    shared_store_relaxed(&issuer->result[1], 0);", CROSSING),
    ("taken-by-store", "request.c",
     "if (!shared_compare_exchange(&issuer->request, requested, place | STATE_TAKEN))",
     "shared_store_relaxed(&issuer->request, place | STATE_TAKEN);\n    if (requested == 0)",
     EXPIRE2),
    ("round-not-in-request", "request.c",
     "uint64_t requested = state_in_round(visit->round, STATE_REQUESTED);",
     "uint64_t requested = shared_load_relaxed(&issuer->request);", EXPIRE3),
    ("not-taken-back", "request.c",
     "    if (shared_compare_exchange(&self->request, state_in_round(visit->round, "
     "STATE_REQUESTED),\n                                STATE_FREE)) {",
     "    if (shared_load_acquire(&self->request) == state_in_round(visit->round, "
     "STATE_REQUESTED)) {", EXPIRE2),
    ("answer-not-seen", "request.c", "if ((state & STATE_MASK) == STATE_ANSWERED) {",
     "if (state == STATE_ANSWERED) {", CROSSING),
    ("answer-without-mask", "request.c", "shared_load_relaxed(&self->result[1]);",
     "shared_load_relaxed(&self->result[0]);", CROSSING),
    ("answered-too-early", "request.c",
     "    shared_store_relaxed(&issuer->status, call.status);\n",
     "    shared_store_release(&issuer->request, place | STATE_ANSWERED);\n"
     "    shared_store_relaxed(&issuer->status, call.status);\n", EXPIRE2),
    ("answered-is-taken", "request.c", "place | STATE_ANSWERED |", "place | STATE_TAKEN |",
     CROSSING),
    ("no-debt", "request.c", "    self->owes = true;\n", "",
     TWO + "--scenario dual"),
    ("byte-pays-any", "request.c", " && byte->matching == 1 && byte->issuer == issuer && !byte->owed;",
     " && issuer < ~0u;",
     TWO + "--scenario dual --requests 2,2"),
    ("absent-byte-runs", "gather.c", "    visit->news |= NEWS_UNCERTAIN;\n    return false;",
     "    return false;", TWO + "--scenario dual --expiries 2"),
    ("byte-dropped", "request.c", "    if (byte.present && byte.matching == 0 && ",
     "    if (false && byte.present && byte.matching == 0 && ", BYTES),
    ("causes-dropped", "request.c", "    if (cause.causes & ~CAUSES_OF_COMMAND)\n        level_serve",
     "    if (cause.causes == (CAUSES_OF_COMMAND | ~CAUSES_OF_COMMAND))\n        level_serve", SECOND),
    # -- level causes
    ("deposed-serves-level", "level.c",
     "    argument = port_level_accept(cause);\n    if (!round_stands(self, visit))\n        return false;\n",
     "    argument = port_level_accept(cause);\n", CAUSES + "--events 1 --expiries 2"),
    ("level-served-unraised", "level.c", "    if (argument != 0)\n",
     "    if (argument != ~UINT64_C(0))\n", CAUSES + "--events 1 --expiries 2"),
    ("level-not-accepted", "level.c", "argument = port_level_accept(cause);", "argument = 1;", CAUSES),
    ("level-never-ended", "level.c", "    port_level_end(off);\n",
     "    if (off != 0)\n        port_level_end(off);\n", CAUSES),
    ("stray-stays-on", "level.c", "(causes & ~served & ~MUSTER_CAUSE_OTHER) |", "", CAUSES),
    ("storm-not-counted", "level.c", "if (raised == 0 || ++self->repeats < LEVEL_REPEATS_MAX)",
     "if (raised == 0 || self->repeats < LEVEL_REPEATS_MAX)", STORM),
    ("level-for-each-other", "dispatch.c", "        if (!(handler->causes & cause))\n",
     "        if (!(handler->causes & ~CAUSES_OF_COMMAND) || cause == 0)\n", CAUSES),
    ("glitch-never-ended", "platform/ich9/port.c",
     "    if (cause.causes == 0 && !(enable & ICH9_EOS))\n        cause.causes = MUSTER_CAUSE_OTHER;\n",
     "    if (cause.causes == 0 && enable == 0)\n        cause.causes = MUSTER_CAUSE_OTHER;\n",
     CAUSES),
    ("byte-never-ended", "platform/ich9/port.c",
     "    if ((cause.causes & ~MUSTER_CAUSE_BYTE) == 0)\n        port_out32(ICH9_SMI_EN, enable | ICH9_EOS);\n",
     "", CAUSES + "--bytes 1,0 --events 1"),
    ("latch-not-cleared", "platform/ich9/port.c",
     "    if (bit & (LATCHED | ICH9_BIOS))\n        port_out32(ICH9_SMI_STS, bit);\n", "", CAUSES),
    # -- the hub's own code
    ("hub-sends-before-cause", "sim/hub_code.c", "program[] = {RAISE_TCO, SEND_SMI}",
     "program[] = {SEND_SMI, RAISE_TCO}", TWO + "--scenario hub-code"),
    # -- the hub's features; traditional and relaxed
    ("refused-is-granted", "sim/hub_features.c", "    return features->ok;", "    return true;",
     TWO + "--scenario refused"),
    ("relaxed-gathers", "sim/modes.c", "    if (!modes.relaxed)\n        gather", "    gather",
     TWO + "--scenario relaxed"),
    ("traditional-does-not-gather", "sim/modes.c", "    if (!modes.relaxed)\n", "    if (modes.relaxed)\n",
     TWO + "--scenario traditional"),
    ("boot-processor-not-brought-in", "sim/modes.c", "if (!(round & 1) && !modes.broadcast)",
     "if (round & 1)", TWO + "--scenario traditional"),
    ("late-cause-not-waited-for", "sim/modes.c", "cause || round & 1; round = look(&cause)",
     "round & 1; round = look(&cause)", THREE + "--scenario relaxed"),
    ("looked-at-once", "sim/modes.c", "while (shared_load_acquire(&modes.round->word) != round);",
     "while (false);", THREE + "--scenario relaxed --requests 1"),
    # -- the synchbyte in a register and in flash
    ("inactive-is-waited-for", "presence.h", "return mark == MARK_INACTIVE || mark ==", "return mark ==",
     LOW_POWER),
    ("low-power-not-told", "sim/machine_events.c", "].place = PLACE_SLEEPS;\n"
     "    synchbyte_update(processor, false);\n", "].place = PLACE_SLEEPS;\n", LOW_POWER),
    ("waking-not-told", "sim/machine_events.c", "    synchbyte_update(processor, true);\n", "", LOW_POWER),
    ("inactive-not-the-default", "sim/synchbyte.c", "== SYNCHBYTE_MEMORY ? MARK_ACTIVE : MARK_INACTIVE;",
     "== SYNCHBYTE_FLASH ? MARK_INACTIVE : MARK_ACTIVE;", TWO + "--scenario waking --synchbyte register"),
    ("flash-sector-erased-too-early", "sim/synchbyte.c", "    erase(flash, !newest(flash));\n    *mark_of",
     "    erase(flash, newest(flash));\n    *mark_of", FLASH),
    ("flash-not-erased", "sim/synchbyte.c",
     "    if (used(flash, sector) == SYNCHBYTE_ENTRIES - 1)\n        erase(flash, !sector);\n", "", FLASH),
    # -- the PMI's rendezvous
    ("pmi-mark-is-a-flag", "sim/pmi.c", "word, UINT64_MAX, round, ENGINE_NEVER", "word, 1, 1, ENGINE_NEVER",
     PMI),
    ("pmi-told-under-lock", "sim/pmi.c", "        lock_give();\n        spin(self, round);\n",
     "        shared_store_release(&pmi.rendezvous[self].word, round);\n        lock_give();\n"
     "        spin(self, round);\n", PMI),
    ("pmi-woken-without-lock", "sim/pmi.c", "    lock_take();\n    round_advance(round + 1);\n"
     "    lock_give();\n", "    round_advance(round + 1);\n", PMI),
    ("pmi-not-retried", "sim/pmi.c", "        spin(self, round);\n",
     "        spin(self, round);\n        vector = PMI_VECTOR_RENDEZVOUS;\n", PMI),
    ("pmi-call-is-event", "sim/pmi.c", "if (vector == PMI_VECTOR_PIN)", "if (vector <= 3)", PMI),
    ("pmi-nobody-called", "sim/pmi.c", ".word) != round)", ".word) > round)", PMI),
    ("pmi-remote-spin", "sim/pmi.c", "shared_wait_reached(&pmi.scratch[pmi_node(self)]",
     "shared_wait_reached(&pmi.scratch[pmi.nodes - 1]", PMI),
    ("pmi-released-before-handler", "sim/pmi.c", "    pmi_event_handle(self);\n    /* Under the lock",
     "    round_advance(round + 1);\n    pmi_event_handle(self);\n    /* Under the lock", PMI),
    ("pmi-nested-replaces", "sim/pmi_machine.c", ".pending |=", ".pending =", PMI),
    ("handler-off-by-one", "dispatch.c", "(const void *)behind - 1;",
     "(const void *)behind;", TWO + "--scenario alone"),
]

# The lock forgotten: a compare-exchange whose store waits in the buffer. Each is found under
# x86-TSO and is no bug under SC.
TSO = [
    ("election-unlocked", "round.c",
     "if (!shared_compare_exchange(&self->runtime->round, word, round_word(round, to)))",
     "if (!shared_compare_store(&self->runtime->round, word, round_word(round, to)))",
     CROSSING),
    ("close-unlocked", "round.c",
     "return shared_compare_exchange(&self->runtime->round, round_word(visit->round, ROUND_OPEN),",
     "return shared_compare_store(&self->runtime->round,\n"
     "                                   round_word(visit->round, ROUND_OPEN),", EXPIRE2),
    ("release-unlocked", "round.c",
     "if (!shared_compare_exchange(&runtime->round, round_word(visit->round, ROUND_CLOSED),",
     "if (!shared_compare_store(&runtime->round, round_word(visit->round, ROUND_CLOSED),",
     EXPIRE2),
    ("depose-open-unlocked", "round.c",
     "return shared_compare_exchange(round, round_word(visit->round, ROUND_OPEN), broken)",
     "return shared_compare_store(round, round_word(visit->round, ROUND_OPEN), broken)",
     EXPIRE2),
    ("depose-closed-unlocked", "round.c",
     "shared_compare_exchange(round, round_word(visit->round, ROUND_CLOSED), broken)",
     "shared_compare_store(round, round_word(visit->round, ROUND_CLOSED), broken)", EXPIRE2),
    ("take-back-unlocked", "request.c",
     "    if (shared_compare_exchange(&self->request, state_in_round(visit->round, "
     "STATE_REQUESTED),",
     "    if (shared_compare_store(&self->request, state_in_round(visit->round, "
     "STATE_REQUESTED),", EXPIRE2),
    ("taken-unlocked", "request.c",
     "if (!shared_compare_exchange(&issuer->request, requested, place | STATE_TAKEN))",
     "if (!shared_compare_store(&issuer->request, requested, place | STATE_TAKEN))", EXPIRE2),
    ("stack-unlocked", "arch/x86/small/handler_stack.c", "shared_compare_exchange(",
     "shared_compare_store(", STACKS),
    ("pmi-lock-unlocked", "sim/pmi.c", "while (!shared_compare_exchange(",
     "while (!shared_compare_store(", PMI),
    ("answering-unlocked", "request.c",
     "if (!shared_compare_exchange(&issuer->request, place | STATE_TAKEN,",
     "if (!shared_compare_store(&issuer->request, place | STATE_TAKEN,", EXPIRE2),
]

KNOWN = {
    "lost-without-an-smi": "with two processors the SMI sent to all others always waits still; it "
                           "needs a third, whose SMI an empty round has swallowed",
    "excuse-any-mark": "the mark changes again when its processor leaves, and it is excused no more",
    "excuse-before-close": "a mark of the deposed monarch's round or a later one is not excused, and "
                           "an older one cannot have been back",
    "answering-unlocked": "the answer's stores follow in the same buffer, in order; the issuer "
                          "finds TAKEN or the whole answer",
}

# Found in a crowd as well, by random executions of 256 and of 1,024 processors: names of the above.
LARGE = {"release-forgotten", "block-unlooked", "block-missed-is-in",
         "token-not-consumed", "results-swapped", "argument-forgotten", "answer-of-another",
         "release-before-handler", "byte-dropped", "close-before-gather", "number-not-advanced",
         "election-by-store", "mark-not-shown", "data-race"}
# The short ones first.
LARGE_SEARCHES = ["--requests 3,3,3,0 --slots 1,0 --seeds 5", "--requests 3,3,3,0 --bytes 2,2,0 --seeds 5",
                  "--scenario crowd --seeds 40", "--scenario crowd --pct 5 --seeds 5"]
