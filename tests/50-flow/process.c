/* The life of a process as its operator sees it. */
#include "truth.h"
#include "base/clock.h"
#include "base/die.h"
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const enum process services[] = {GATEWAY, INGESTOR, PIPELINE, DIALER, STATS};
#define SERVICES (sizeof services / sizeof *services)

struct variable {
    const char *name, *fallback;
};

static const struct variable variables[PROCESSES][80] = {
#define CFG(field, name, type, fallback, help) {name, fallback},
    [SANDBOX] =
        {
#include "../../services/sandbox/config.tbl.h"
        },
    [GATEWAY] =
        {
#include "../../services/api-gateway/config.tbl.h"
        },
#undef OPS_PORT_DEFAULT
    [INGESTOR] =
        {
#include "../../services/webhook-ingestor/config.tbl.h"
        },
#undef OPS_PORT_DEFAULT
    [PIPELINE] =
        {
#include "../../services/ai-pipeline/config.tbl.h"
        },
#undef OPS_PORT_DEFAULT
    [DIALER] =
        {
#include "../../services/call-dialer/config.tbl.h"
        },
#undef OPS_PORT_DEFAULT
    [STATS] =
        {
#include "../../services/stats-aggregator/config.tbl.h"
        },
#undef CFG
};

/* ---- a process that ends by itself ---- */

struct ran {
    int status;
    const char *output;
};

static struct ran run(enum process p, const char *environment, const char *argument)
{
    static char output[1 << 16];
    const char *command = text(
        "env -i ASAN_OPTIONS=\"$ASAN_OPTIONS\" UBSAN_OPTIONS=\"$UBSAN_OPTIONS\" %s '%s/%s' %s 2>&1",
        environment, VA_BIN, world_name(p), argument);
    FILE *f = must(popen(command, "r"));
    output[fread(output, 1, sizeof output - 1, f)] = 0;
    int status = pclose(f);
    return (struct ran){WIFEXITED(status) ? WEXITSTATUS(status) : -1, text("%s", output)};
}

Test(process, everything_wrong_with_the_configuration_is_told_at_once, .timeout = 60)
{
    for (enum process p = SANDBOX; p < PROCESSES; p++) {
        struct ran r = run(p, "OPS_PORT=banana DRAIN_DELAY_MS=-1", "");
        cr_expect_eq(r.status, 64, "%s: status %d: %s", world_name(p), r.status, r.output);
        cr_expect(strstr(r.output, "OPS_PORT"), "%s: %s", world_name(p), r.output);
        cr_expect(strstr(r.output, "DRAIN_DELAY_MS"), "%s: %s", world_name(p), r.output);
        for (const struct variable *v = variables[p]; v->name; v++)
            if (!v->fallback)
                cr_expect(strstr(r.output, v->name), "%s does not miss %s: %s", world_name(p),
                          v->name, r.output);
    }
}

Test(process, countries_that_are_no_list_are_refused, .timeout = 60)
{
    static const enum process those[] = {GATEWAY, DIALER};
    for (size_t i = 0; i < sizeof those / sizeof *those; i++) {
        struct ran r = run(those[i], "DIAL_COUNTRIES=us", "");
        cr_expect_eq(r.status, 64, "%s: status %d", world_name(those[i]), r.status);
        cr_expect(strstr(r.output, "DIAL_COUNTRIES must"), "%s: %s", world_name(those[i]),
                  r.output);
    }
}

Test(process, help_lists_every_variable, .timeout = 60)
{
    for (enum process p = SANDBOX; p < PROCESSES; p++) {
        struct ran r = run(p, "", "--help");
        cr_expect_eq(r.status, 0, "%s: status %d", world_name(p), r.status);
        for (const struct variable *v = variables[p]; v->name; v++)
            cr_expect(strstr(r.output, text("  %s ", v->name)), "%s: no %s in %s", world_name(p),
                      v->name, r.output);
    }
    cr_expect_eq(run(DIALER, "", "--versoin").status, 64);
}

/* ---- starting and stopping ---- */

static long resident_kb(enum process p)
{
    char line[128];
    long kb = -1;
    FILE *f = must(fopen(text("/proc/%d/status", world_pid(p)), "r"));
    while (fgets(line, sizeof line, f))
        if (sscanf(line, "VmRSS: %ld", &kb) == 1)
            break;
    fclose(f);
    return kb;
}

Test(process, each_is_ready_soon_and_small, .init = world_up, .fini = world_down, .timeout = 90)
{
    for (size_t i = 0; i < SERVICES; i++) {
        world_stop(services[i]);
        uint64_t began = clock_ms();
        world_start(services[i]);
        fprintf(stderr, "%-16s ready %4d ms after exec, %5.1f MB idle\n", world_name(services[i]),
                (int)(clock_ms() - began), (double)resident_kb(services[i]) / 1024);
        cr_expect_gt(resident_kb(services[i]), 0);
    }
}

/* Nine questions: long enough for everybody's restart. */
#define PATIENT_CALLER                                                                             \
    "{\"say\":[\"Hi, do you have any apartments for sale?\",\"How much is it?\",\"How much is "    \
    "it?\","                                                                                       \
    "\"How much is it?\",\"How much is it?\",\"How much is it?\",\"How much is it?\","             \
    "\"How much is it?\",\"Thank you, goodbye.\"]}"

/* world_stop() wants exit 0. */
static void restart_while_talking(enum process p, const char *sid)
{
    int lines = lines_of(network_call(sid), "agent");
    EVENTUALLY(lines_of(network_call(sid), "agent") > lines);
    world_stop(p);
    world_start(p);
}

Test(process, a_call_survives_the_polite_restart_of_the_services_behind, .init = world_up,
     .fini = world_down, .timeout = 90)
{
    static const enum process behind[] = {GATEWAY, PIPELINE, DIALER, STATS};
    const char *sid = ring(active_voice_agent(), PATIENT_CALLER);
    for (size_t i = 0; i < sizeof behind / sizeof *behind; i++)
        restart_while_talking(behind[i], sid);
    expect_true_call(sid);
    cr_expect_eq(bad_documents(call_over(sid)), 0, "%s", call_over(sid));
    cr_expect_str_eq(field(call_over(sid), "status"), "completed");
    expect_true_transcript(sid);
    expect_true_statistics();
}

/* What was just answered is fetched from the process that ends. */
Test(process, a_restart_of_the_pipeline_silences_no_word, .init = world_up, .fini = world_down,
     .timeout = 90)
{
    const char *sid = ring(active_voice_agent(), PATIENT_CALLER);
    for (int i = 0; i < 4; i++)
        restart_while_talking(PIPELINE, sid);
    expect_true_call(sid);
    expect_true_transcript(sid);
    const char *metrics = ask("GET", OPS + INGESTOR, NULL, "/metrics", NULL).body;
    cr_expect_null(strstr(metrics, "va_audio_missing_total"), "%s", metrics);
}

/* The only ingestor: who calls meanwhile finds nobody. What it has begun it finishes. */
Test(process, the_ingestor_stops_politely_and_the_truth_is_kept, .init = world_up,
     .fini = world_down, .timeout = 90)
{
    const char *sid = ring(active_voice_agent(), PATIENT_CALLER);
    restart_while_talking(INGESTOR, sid);
    expect_true_call(sid);
    expect_true_statistics();
}
