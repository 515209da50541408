/* SPDX-License-Identifier: BSD-2-Clause */
/* muster sim: the simulator is a program of its own; this finds it and becomes it. */
#include "muster.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PROGRAM "muster-sim"

static const char help[] =
    "usage: muster sim ARGUMENTS...\n"
    "\n"
    "Runs muster-sim ARGUMENTS...: the one beside this program, or else the one in PATH.\n"
    "\n"
    "Examples:\n"
    "  muster sim --help           what the simulator can do\n";

/* The simulator that was built with us is preferred to an installed one. */
static bool beside_us(char *path, size_t size)
{
    ssize_t length = readlink("/proc/self/exe", path, size);
    char *slash;

    if (length <= 0 || (size_t)length + sizeof(PROGRAM) > size)
        return false;
    path[length] = '\0';
    slash = strrchr(path, '/');
    if (!slash)
        return false;
    memcpy(slash + 1, PROGRAM, sizeof(PROGRAM));
    return access(path, X_OK) == 0;
}

static int sim_run(int argc, char **argv)
{
    char path[4096];

    (void)argc;
    /* What it prints to be typed begins with how it was called. */
    if (!beside_us(path, sizeof(path)))
        memcpy(path, PROGRAM, sizeof(PROGRAM));
    argv[0] = path;
    execvp(path, argv);
    return cannot("muster sim", "%s: %s; it is built by make sim", PROGRAM, strerror(errno));
}

const struct command sim_command = {
    .name = "sim",
    .summary = "explore and replay schedules in the simulator (runs muster-sim)",
    .help = help,
    .run = sim_run,
};
