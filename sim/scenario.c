/* SPDX-License-Identifier: BSD-2-Clause */
/* Keys and values of scenarios, and the named ones. See scenario.h. */
#include <sim/scenario.h>

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <tools/shared/words.h>

enum key_kind {
    KEY_NUMBER,
    KEY_FLAG,
    KEY_LIST,
    KEY_VARIANT,
    KEY_SYNCHBYTE,
    KEY_WHERE,
    KEY_SAVE_STATE,
    KEY_PROTOCOL,
    KEY_EVENTS,
    KEY_NAME
};

struct key {
    const char *name;
    enum key_kind kind;
    size_t offset;
    unsigned most;
    const char *help;
};

#define HELP_COLUMN 19 /* of what an option means */
#define HELP_WIDTH  90

#define FIELD(name) offsetof(struct scenario, name)

static const struct key keys[] = {
    {"cpus", KEY_NUMBER, FIELD(processors), MACHINE_PROCESSORS_MAX,
     "N  processors, at most 4096 (explore: 20); cost: also A..B, by powers of two"},
    {"requests", KEY_LIST, FIELD(requests), MACHINE_REQUESTS_MAX,
     "A,B,..  requests in registers, of each processor; the last stands for all others"},
    {"alone", KEY_LIST, FIELD(alone), MACHINE_REQUESTS_MAX,
     "A,B,..  of these the first so many, with a handler that needs nobody else"},
    {"near", KEY_LIST, FIELD(near), MACHINE_REQUESTS_MAX,
     "A,B,..  and then so many with one that needs the processors of the node"},
    {"node-size", KEY_NUMBER, FIELD(node_size), 256, "N  processors in a node (0: all)"},
    {"block", KEY_NUMBER, FIELD(block), 64,
     "N  processors in a block, a power of two (0: 8 where there are more)"},
    {"slots", KEY_LIST, FIELD(slots), MACHINE_REQUESTS_MAX, "A,B,..  requests in slots"},
    {"bytes", KEY_LIST, FIELD(bytes), MACHINE_REQUESTS_MAX, "A,B,..  bare command bytes"},
    {"events", KEY_NUMBER, FIELD(events), UINT16_MAX, "K  machine events, together"},
    {"allow", KEY_EVENTS, FIELD(limit), UINT8_MAX,
     "E[=K],..  which: tco, spurious, stop, init, sipi, plug, apic, eject, or all; with\n"
     "                   registers: timer, button, usb, stray, glitch"},
    {"expiries", KEY_NUMBER, FIELD(expiries), UINT16_MAX - 1,
     "K  deadlines that pass although others could still move"},
    {"hub-code", KEY_NUMBER, FIELD(hub_code), UINT8_MAX,
     "N  times that the hub executes code of its own, which makes a TCO SMI"},
    {"asleep", KEY_NUMBER, FIELD(asleep), MACHINE_PROCESSORS_MAX,
     "N  processors in wait-for-SIPI, the last ones"},
    {"absent", KEY_NUMBER, FIELD(absent), MACHINE_PROCESSORS_MAX,
     "N  processors not plugged in, before those"},
    {"sleeps", KEY_NUMBER, FIELD(sleeps), UINT8_MAX,
     "N  times that each processor but the first goes into low power, to wake or not"},
    {"synchbyte", KEY_SYNCHBYTE, FIELD(synchbyte), 0,
     "M  memory, register or flash: where marks are kept"},
    {"variant", KEY_VARIANT, FIELD(variant), 0, "V  manual, qemu or bochs"},
    {"where", KEY_WHERE, FIELD(where), 0,
     "W  the handler of requests: on the monarch, issuer, each, or others (has them run\n"
     "                   something)"},
    {"save-state", KEY_SAVE_STATE, FIELD(save_state), 0,
     "L  amd64 or intel64: how processors save their state; intel64 with the I/O state"},
    {"other-io", KEY_NUMBER, FIELD(other_io), UINT8_MAX,
     "N  I/O instructions of each processor between its token and its OUT"},
    {"broadcast", KEY_FLAG, FIELD(broadcast), 1,
     "0|1  firmware asks the hub to send a command byte's SMI to all (1)"},
    {"refuse", KEY_FLAG, FIELD(refuse), 1, "0|1  ... but the hub does not offer it"},
    {"sc", KEY_FLAG, FIELD(sequential), 1, "0|1  SC instead of x86-TSO"},
    {"dual", KEY_FLAG, FIELD(dual), 1, "0|1  the handler of requests serves bare bytes too"},
    {"free-bytes", KEY_FLAG, FIELD(free_bytes), 1,
     "0|1  the handler of bare bytes needs nobody else"},
    {"protocol", KEY_PROTOCOL, FIELD(protocol), 0,
     "P  muster; pmi, traditional or relaxed: requests are the triggers; or chain: relocation"},
    {"registers", KEY_FLAG, FIELD(registers), 1, "0|1  the hub has the ICH9's SMI registers"},
    {"ejects", KEY_FLAG, FIELD(ejects), 1, "0|1  the OS may have processors ejected"},
    {"shared-stacks", KEY_FLAG, FIELD(shared_stacks), 1,
     "0|1  handlers run on two stacks that all processors share"},
    {"stuck", KEY_FLAG, FIELD(stuck), 1, "0|1  nothing puts the USB controller's SMI down"},
    {"user", KEY_FLAG, FIELD(user), 1, "0|1  requests are made with privilege level 3"},
    {"moments", KEY_FLAG, FIELD(moments), 1,
     "0|1  who waits for a moment is not always too late"},
    {"patient", KEY_FLAG, FIELD(patient), 1, "0|1  no step is taken at once (eagerly)"},
    {"adversary", KEY_FLAG, FIELD(adversary), 1, "0|1  the window answers with anything"},
};

/* The named ones: each a text of keys and values. */
static const struct named {
    const char *name;
    const char *text;
} named[] = {
    {"one-round", "requests 1,0 events 1 allow all expiries 0"},
    {"deadlines", "requests 1,0 expiries 1"},
    {"crossing", "requests 1,1,0"},
    {"three-rounds", "requests 2,1,0"},
    {"second-smi", "requests 1,0 bytes 0,1,0 events 1 allow tco,spurious"},
    {"directed", "requests 1,1,0 broadcast 0"},
    {"slots", "requests 0 slots 1,1,0"},
    {"both", "requests 1,0 slots 1,0"},
    {"bytes", "requests 0 bytes 1,1,0"},
    {"refused", "requests 1,0 refuse 1"},
    {"lone-bytes", "requests 0 bytes 1,1,0 broadcast 0 events 1 allow spurious,tco"},
    {"dual", "requests 1,1,0 dual 1"},
    {"alone", "requests 1,0 alone 1"},
    {"alone-crossing", "requests 1,1,0 alone 1,0"},
    {"alone-bytes", "requests 1,0 alone 1 bytes 0,1,0 free-bytes 1"},
    {"near", "requests 1,1,0 near 1,0 node-size 2"},
    {"causes", "requests 0 registers 1 events 2 allow timer,button,usb,stray,glitch"},
    {"causes-and-requests",
     "requests 1,0 registers 1 events 1 allow timer,button,usb,stray,glitch"},
    {"storm", "requests 0 registers 1 stuck 1 events 1 allow usb"},
    {"issuer", "requests 1,1,0 where issuer"},
    {"issuer-alone", "requests 1,1,0 alone 1,1,0 where issuer"},
    {"each", "requests 1,0 where each"},
    {"others", "requests 1,0 where others"},
    {"ejected", "requests 2,0 ejects 1 events 1 allow eject"},
    {"readmitted", "requests 2,0 ejects 1 events 3 allow eject,plug,sipi"},
    {"shared-stacks", "requests 1,1,0 shared-stacks 1 where others"},
    {"stacks-lost", "requests 0 registers 1 shared-stacks 1 variant qemu events 3 allow "
                    "button=1,init=2"},
    {"each-starts", "requests 1,0 where each-starts"},
    {"apic", "requests 1,1,0 events 2 allow apic"},
    {"user", "requests 1,0 user 1"},
    {"synchronous", "save-state intel64 requests 1,1,0 other-io 2 events 1 allow tco,spurious"},
    {"adversary", "requests 0 slots 1,0 adversary 1"},
    {"waking", "requests 1,0 asleep 1 events 1 allow sipi"},
    {"stopped", "requests 1,1,0 events 1 allow stop"},
    {"init", "requests 1,1,0 events 1 allow init"},
    {"low-power", "requests 1,1,0 sleeps 1 synchbyte register"},
    {"low-power-flash", "requests 1,1,0 sleeps 1 synchbyte flash"},
    {"hub-code", "requests 1,0 hub-code 2"},
    {"pmi", "protocol pmi requests 2,1,1 node-size 2"},
    {"traditional", "protocol traditional broadcast 0 requests 1,1,0"},
    {"relaxed", "protocol relaxed broadcast 0 requests 1,1,0"},
    {"relocation", "protocol chain requests 0"},
    {"relocation-dead", "protocol chain requests 0 events 1 allow stop"},
    {"relocation-late", "protocol chain requests 0 expiries 2"},
    {"relocation-early", "protocol chain requests 0 events 1 allow spurious"},
    {"crowd", "requests 6,6,6,6,0 slots 2,0 bytes 2,0 asleep 4 absent 4 expiries 10 events 30 "
              "allow tco=5,spurious=9,stop=2,init=5,sipi=9,plug=4"},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool parse_number(const char *text, unsigned most, unsigned *value)
{
    char *end;
    unsigned long number = strtoul(text, &end, 10);

    if (*text < '0' || *text > '9' || *end != '\0' || number > most)
        return false;
    *value = (unsigned)number;
    return true;
}

static bool parse_list(const char *text, uint8_t list[MACHINE_REQUESTS_MAX])
{
    char copy[128];
    unsigned count = 0;
    unsigned value = 0;
    char *rest = NULL;

    if (strlen(text) >= sizeof(copy) || *text == '\0')
        return false;
    strcpy(copy, text);
    for (char *word = strtok_r(copy, ",", &rest); word != NULL;
         word = strtok_r(NULL, ",", &rest)) {
        if (count == MACHINE_REQUESTS_MAX || !parse_number(word, MACHINE_REQUESTS_MAX, &value))
            return false;
        list[count++] = (uint8_t)value;
    }
    for (; count != 0 && count < MACHINE_REQUESTS_MAX; count++)
        list[count] = (uint8_t)value;
    return count != 0;
}

static bool allow_one(char *word, uint8_t limit[MACHINE_EVENTS])
{
    char *equals = strchr(word, '=');
    unsigned value = UINT8_MAX;
    bool known = false;

    if (equals != NULL) {
        *equals = '\0';
        if (!parse_number(equals + 1, UINT8_MAX, &value))
            return false;
    }
    for (unsigned event = EVENT_TCO; event < MACHINE_EVENTS; event++)
        if (strcmp(word, "all") == 0 || strcmp(word, machine_event_names[event]) == 0) {
            limit[event] = (uint8_t)value;
            known = true;
        }
    return known || strcmp(word, "none") == 0;
}

static bool parse_events(const char *text, uint8_t limit[MACHINE_EVENTS])
{
    char copy[128];
    char *rest = NULL;

    if (strlen(text) >= sizeof(copy))
        return false;
    strcpy(copy, text);
    memset(limit, 0, MACHINE_EVENTS);
    for (char *word = strtok_r(copy, ",", &rest); word != NULL;
         word = strtok_r(NULL, ",", &rest))
        if (!allow_one(word, limit))
            return false;
    return true;
}

static const char *const *key_words(const struct key *key)
{
    switch (key->kind) {
    case KEY_VARIANT:
        return machine_variant_names;
    case KEY_SYNCHBYTE:
        return synchbyte_names;
    case KEY_WHERE:
        return machine_where_names;
    case KEY_SAVE_STATE:
        return machine_save_state_names;
    default:
        return machine_protocol_names;
    }
}

/* The number of a word in the list; enumerations are as large as this. */
static bool parse_word(const char *const *words, unsigned *value, const char *text)
{
    for (unsigned i = 0; words[i] != NULL; i++)
        if (strcmp(text, words[i]) == 0) {
            *value = i;
            return true;
        }
    return false;
}

static bool parse_value(const struct key *key, void *field, const char *text)
{
    unsigned value;

    switch (key->kind) {
    case KEY_NUMBER:
        return parse_number(text, key->most, field);
    case KEY_FLAG:
        if (!parse_number(text, 1, &value))
            return false;
        *(bool *)field = value != 0;
        return true;
    case KEY_LIST:
        return parse_list(text, field);
    case KEY_EVENTS:
        return parse_events(text, field);
    default:
        return parse_word(key_words(key), field, text);
    }
}

static bool set_named(struct scenario *scenario, const char *text)
{
    char copy[256];
    char error[128];
    char *rest = NULL;

    strcpy(copy, text);
    for (char *key = strtok_r(copy, " ", &rest); key != NULL; key = strtok_r(NULL, " ", &rest))
        if (!scenario_set(scenario, key, strtok_r(NULL, " ", &rest), error, sizeof(error)))
            return false;
    return true;
}

static bool no_scenario(const char *name, char *error, size_t size)
{
    const char *words[COUNT(named) + 1] = {NULL}, *nearest;

    for (unsigned i = 0; i < COUNT(named); i++)
        words[i] = named[i].name;
    nearest = word_nearest(name, words);
    if (nearest != NULL)
        snprintf(error, size, "there is no scenario '%s'; did you mean %s?", name, nearest);
    else
        snprintf(error, size, "there is no scenario '%s'", name);
    return false;
}

bool scenario_set(struct scenario *scenario, const char *key, const char *value, char *error,
                  size_t size)
{
    if (strcmp(key, "scenario") == 0) {
        for (unsigned i = 0; i < COUNT(named); i++)
            if (strcmp(value, named[i].name) == 0) {
                snprintf(scenario->name, sizeof(scenario->name), "%s", value);
                return set_named(scenario, named[i].text);
            }
        return no_scenario(value, error, size);
    }
    for (unsigned i = 0; i < COUNT(keys); i++) {
        if (strcmp(key, keys[i].name) != 0)
            continue;
        if (parse_value(&keys[i], (char *)scenario + keys[i].offset, value))
            return true;
        snprintf(error, size, "'%s' is not a value for %s", value, key);
        return false;
    }
    snprintf(error, size, "there is no option '%s'", key);
    return false;
}

void scenario_default(struct scenario *scenario)
{
    memset(scenario, 0, sizeof(*scenario));
    strcpy(scenario->name, "custom");
    scenario->processors = 2;
    scenario->broadcast = true;
    scenario->requests[0] = 1;
}

bool scenario_check(const struct scenario *scenario, char *error, size_t size)
{
    if (scenario->processors == 0)
        snprintf(error, size, "there must be a processor");
    else if ((scenario->block & (scenario->block - 1)) != 0 || scenario->block == 1)
        snprintf(error, size, "a block has 2, 4, 8, .. processors");
    else if (scenario->asleep + scenario->absent >= scenario->processors)
        snprintf(error, size, "processor 0 must run: too many are asleep or absent");
    else if (scenario->hub_code != 0 && scenario->registers)
        snprintf(error, size, "a hub with registers has no code");
    else if (scenario->save_state == SAVES_INTEL64 && scenario->variant == VARIANT_QEMU)
        snprintf(error, size,
                 "QEMU's SMI comes some time after the OUT, and its save state is "
                 "AMD64's");
    else if (scenario->sleeps != 0 && scenario->variant == VARIANT_QEMU)
        snprintf(error, size, "QEMU has no low power in which an SMI waits");
    else
        return true;
    return false;
}

static void print_list(FILE *file, const char *name, const uint8_t list[MACHINE_REQUESTS_MAX])
{
    fprintf(file, "%s ", name);
    for (unsigned i = 0; i < MACHINE_REQUESTS_MAX; i++)
        fprintf(file, "%s%u", i == 0 ? "" : ",", list[i]);
    fprintf(file, "\n");
}

static void print_events(FILE *file, const uint8_t limit[MACHINE_EVENTS])
{
    const char *comma = "";

    fprintf(file, "allow ");
    for (unsigned event = 0; event < MACHINE_EVENTS; event++)
        if (limit[event] != 0) {
            fprintf(file, "%s%s=%u", comma, machine_event_names[event], limit[event]);
            comma = ",";
        }
    fprintf(file, "%s\n", *comma == '\0' ? "none" : "");
}

void scenario_print(const struct scenario *scenario, FILE *file)
{
    for (unsigned i = 0; i < COUNT(keys); i++) {
        const char *field = (const char *)scenario + keys[i].offset;

        if (keys[i].kind == KEY_NUMBER)
            fprintf(file, "%s %u\n", keys[i].name, *(const unsigned *)(const void *)field);
        else if (keys[i].kind == KEY_FLAG)
            fprintf(file, "%s %u\n", keys[i].name, *(const bool *)field);
        else if (keys[i].kind == KEY_LIST)
            print_list(file, keys[i].name, (const uint8_t *)field);
        else if (keys[i].kind == KEY_EVENTS)
            print_events(file, (const uint8_t *)field);
        else
            fprintf(file, "%s %s\n", keys[i].name,
                    key_words(&keys[i])[*(const unsigned *)(const void *)field]);
    }
}

static void help_names(FILE *file)
{
    int used = fprintf(file, "  --scenario NAME  one of:");

    for (unsigned i = 0; i < COUNT(named); i++) {
        if (used + 1 + (int)strlen(named[i].name) > HELP_WIDTH)
            used = fprintf(file, "\n%*s", HELP_COLUMN - 1, "") - 1;
        used += fprintf(file, " %s", named[i].name);
    }
    fprintf(file, "\n");
}

void scenario_help(FILE *file)
{
    help_names(file);
    for (unsigned i = 0; i < COUNT(keys); i++) {
        /* The value, two spaces, what it means: in columns like the rest of the help. */
        const char *meaning = strstr(keys[i].help, "  ");
        int value = meaning != NULL ? (int)(meaning - keys[i].help) : 0;
        int used = fprintf(file, "  --%s %.*s", keys[i].name, value, keys[i].help);

        fprintf(file, "%*s%s\n", used + 2 < HELP_COLUMN ? HELP_COLUMN - used : 2, "",
                keys[i].help + value + (value > 0 ? strlen("  ") : 0));
    }
}
