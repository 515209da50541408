/* SPDX-License-Identifier: BSD-2-Clause */
/* A log in the form in which log.c reads it. */
#include "trace.h"

#include <inttypes.h>

void log_json(FILE *out, const struct log *log)
{
    fputs("{\"format\":\"muster-log\",\"format_version\":1,\"source\":", out);
    text_json(out, log->source);
    fprintf(out, ",\"ticks_per_second\":%" PRIu64 ",\"processors_known\":%u,\"steps\":[",
            log->ticks_per_second, log->processors);
    for (size_t i = 0; i < log->steps_count; i++) {
        const struct log_step *step = &log->steps[i];

        fprintf(out, "%s\n{\"tick\":%" PRIu64 ",\"processor\":%u,\"what\":", i ? "," : "",
                step->tick, step->processor);
        text_json(out, step->what);
        fprintf(out, ",\"words\":%s}", step->words);
    }
    fputs("],\n\"records\":[", out);
    for (size_t i = 0; i < log->records_count; i++) {
        fputs(i ? ",\n" : "\n", out);
        record_json(out, &log->records[i]);
    }
    fputs("]}\n", out);
}
