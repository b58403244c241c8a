/* The sandbox: a telephone network and an AI on your desk. See README.md beside this file. */
#include "api.h"
#include "call.h"
#include "espeak.h"
#include "io/httpc.h"
#include "ledger.h"
#include "manner.h"
#include "memory.h"
#include "network.h"
#include "numbers.h"
#include "realtime.h"
#include "recording.h"
#include "sandbox.h"
#include "speech.h"
#include "state.h"
#include "voice/service.h"
#include "webhook.h"
#include <stdio.h>
#include <string.h>

struct config cfg;
static const struct latency usual = {.first_token = 250,
                                     .token = 15,
                                     .speech_first_byte = 120,
                                     .speech_per_second = 20,
                                     .transcription = 300};
struct latency latency = usual;

static const struct cfg_row rows[] = {
#define CFG(...) CFG_ROW(struct config, __VA_ARGS__)
#include "config.tbl.h"
#undef CFG
};

void latency_reset(void)
{
    latency = usual;
}

const char *sandbox_url(void)
{
    static char url[300];
    if (*cfg.url)
        return cfg.url;
    snprintf(url, sizeof url, "http://127.0.0.1:%d", cfg.port);
    return url;
}

static int check(void)
{
    int wrong = 0;
    if (cfg.speed < 1 || cfg.speed > 1000)
        wrong += fprintf(stderr, "SANDBOX_SPEED: from 1 to 1000\n") > 0;
    if (cfg.cps < 1 || cfg.cps > 1000)
        wrong += fprintf(stderr, "SANDBOX_CPS: from 1 to 1000\n") > 0;
    if (strncmp(cfg.account, "AC", 2) != 0 || strlen(cfg.account) != 34)
        wrong += fprintf(stderr, "TWILIO_ACCOUNT_SID: AC and 32 hex digits\n") > 0;
    return wrong;
}

static enum err start(void)
{
    if (!espeak_open()) {
        fprintf(stderr, "espeak-ng does not start: is espeak-ng-data installed?\n");
        return ERR_BUG;
    }
    ledger_open(cfg.ledger);
    state_open(cfg.state);
    httpc_open("TwilioProxy/1.1");
    api_open(cfg.bind_address, cfg.port);
    return OK;
}

static bool ready(void)
{
    return true;
}

static void quiesce(void)
{
    api_quiesce();
    realtimes_close();
    calls_reset();
}

static bool idle(void)
{
    return api_idle() && !calls_live() && !network_listening() && !callbacks_running() &&
           !realtimes_open();
}

static void finish(void)
{
    api_close();
    httpc_close();
    calls_reset();
    recordings_reset();
    numbers_reset();
    faults_clear();
    ledger_close();
    speech_close();
    memory_close();
    espeak_close();
    manner_reset();
}

int main(int argc, char **argv)
{
    return service_main(&(struct service){.name = "sandbox",
                                          .rows = rows,
                                          .n_rows = sizeof rows / sizeof *rows,
                                          .cfg = &cfg,
                                          .check = check,
                                          .start = start,
                                          .ready = ready,
                                          .quiesce = quiesce,
                                          .idle = idle,
                                          .close = finish},
                        argc, argv);
}
