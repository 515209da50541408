/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * More processors than a window describes are for another program, the same with wider sets:
 * muster-sim-large. Who is asked for so many goes on in it.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <muster/window.h>
#include <sim/cli.h>
#include <tools/shared/cli.h>

/* Beside this program where it was built, in libexec where it was installed. */
static const char *const places[] = {"", "../libexec/muster/"};

int cli_run_large(const struct cli *cli, unsigned processors)
{
    char here[4096], path[sizeof(here) + 64];
    ssize_t length;

    if (processors <= MUSTER_WINDOW_PROCESSORS_MAX)
        return CLI_CLEAN;
    length = readlink("/proc/self/exe", here, sizeof(here) - 1);
    here[length > 0 ? length : 0] = '\0';
    if (strrchr(here, '/') != NULL)
        *(strrchr(here, '/') + 1) = '\0';
    for (unsigned i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        snprintf(path, sizeof(path), "%s%smuster-sim-large", here, places[i]);
        execv(path, cli->arguments);
    }
    return cannot(
        "muster-sim",
        "muster-sim-large, for more than %u processors, is not here; make sim builds it",
        MUSTER_WINDOW_PROCESSORS_MAX);
}
