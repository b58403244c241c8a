/* call-dialer: places calls, provisions numbers, owns the life of `calls`, relays the outbox. */
#include "callbacks.h"
#include "dial.h"
#include "dialer.h"
#include "hangup.h"
#include "io/db.h"
#include "io/httpc.h"
#include "messages.h"
#include "provision.h"
#include "pulse.h"
#include "reconcile.h"
#include "recordings.h"
#include "relay.h"
#include "release.h"
#include "voice/link.h"
#include "voice/phone.h"
#include "voice/presence.h"
#include "voice/queues.h"
#include "voice/service.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIAL_PREFETCH       200 /* so many wait here for their turn: the longer the line, the fairer */
#define DIAL_BUDGET_MS      180000
#define CPS_MIN             0.01
#define CPS_MAX             1000
#define CALLBACKS_PREFETCH  32
#define RECORDINGS_PREFETCH 2 /* each takes its room on our disk */
#define RECORDING_MS        300000

struct config cfg;
struct twilio account;

static const struct cfg_row rows[] = {
#define CFG(...) CFG_ROW(struct config, __VA_ARGS__)
#include "config.tbl.h"
#undef CFG
};

/* Somebody wrote to the outbox, or planned a batch. */
static enum err nudged(struct msg *m)
{
    (void)m;
    relay_nudge();
    release_nudge();
    return OK;
}

static const struct mq_queue queues[] = {
    {QUEUE_CALL_DIAL, .prefetch = DIAL_PREFETCH, .handler = dial, .budget_ms = DIAL_BUDGET_MS},
    {QUEUE_CALL_HANGUP, .prefetch = 64, .handler = hangup},
    {QUEUE_DIALING_HALT, .prefetch = 1, .handler = halt},
    {QUEUE_NUMBER_PROVISION, .prefetch = 4, .handler = provision, .budget_ms = 60000},
    {QUEUE_RECORDING_STORE, .prefetch = RECORDINGS_PREFETCH, .handler = recording_store,
     .budget_ms = RECORDING_MS},
    {QUEUE_CALL_STATUS, .prefetch = CALLBACKS_PREFETCH, .handler = callbacks_status},
    {QUEUE_CALL_RECORDING, .prefetch = CALLBACKS_PREFETCH, .handler = callbacks_recording},
    {QUEUE_CALL_AMD, .prefetch = CALLBACKS_PREFETCH, .handler = callbacks_amd},
    {QUEUE_OWN("outbox.nudge"), .prefetch = 100, .handler = nudged},
    {QUEUE_RECORDING_TRANSCRIBE},
    {QUEUE_CALL_SUMMARIZE},
    {QUEUE_STATS_CHANGED},
    {QUEUE_WEBHOOK_DELIVER},
    {QUEUE_OWN("system.look"), .prefetch = 8, .handler = presence_answer},
};

static int check(void)
{
    static char countries[PHONE_COUNTRIES_TEXT];
    int problems = link_configure(cfg.link_secret, "");
    char *end;
    double cps = strtod(cfg.dial_cps, &end);
    if (*end || strspn(cfg.dial_cps, "0123456789.") != strlen(cfg.dial_cps) ||
        !(cps >= CPS_MIN && cps <= CPS_MAX))
        problems += fprintf(stderr, "configuration: DIAL_CPS must be from 0.01 to 1000\n") > 0;
    if (cfg.lines_total <= cfg.lines_reserved)
        problems +=
            fprintf(stderr,
                    "configuration: LINES_TOTAL must be more than LINES_RESERVED_INBOUND\n") > 0;
    if (!phone_countries(cfg.dial_countries, countries))
        problems +=
            fprintf(stderr, "configuration: DIAL_COUNTRIES must be a list such as US,CA\n") > 0;
    cfg.countries = countries;
    problems += !recordings_configure();
    return problems;
}

static enum err start(void)
{
    account = (struct twilio){cfg.twilio_api_url, cfg.account_sid, cfg.auth_token};
    httpc_open("voice-agent-system call-dialer");
    db_open(&(struct db_config){
        .url = cfg.database_url, .role = "va_dialer", .application = "call-dialer"});
    callbacks_open();
    mq_open(&(struct mq_config){.url = cfg.amqp_url,
                                .prefix = cfg.amqp_prefix,
                                .name = "call-dialer",
                                .queues = queues,
                                .n_queues = sizeof queues / sizeof *queues,
                                .workable = db_ready});
    relay_open();
    release_open();
    reconcile_open();
    pulse_open();
    return OK;
}

static bool ready(void)
{
    return db_ready() && mq_ready() && mq_consuming();
}

static void quiesce(void)
{
    mq_quiesce();
    dial_close();
    relay_close();
    release_close();
    reconcile_close();
    pulse_close();
}

static bool idle(void)
{
    return relay_idle() && mq_ended();
}

static void shut(void)
{
    mq_close();
    db_close();
    httpc_close();
}

int main(int argc, char **argv)
{
    return service_main(
        &(struct service){
            .name = "call-dialer",
            .rows = rows,
            .n_rows = sizeof rows / sizeof *rows,
            .cfg = &cfg,
            .check = check,
            .start = start,
            .ready = ready,
            .quiesce = quiesce,
            .idle = idle,
            .close = shut,
        },
        argc, argv);
}
