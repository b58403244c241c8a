/* webhook-ingestor: every URL Twilio calls. Verifies, publishes, answers TwiML; has no database. */
#include "callbacks.h"
#include "audio.h"
#include "hook.h"
#include "ingestor.h"
#include "io/mq.h"
#include "voice.h"
#include "voice/presence.h"
#include "voice/queues.h"
#include "voice/link.h"
#include "voice/service.h"

struct config cfg;
static struct httpd *httpd;

static const struct cfg_row rows[] = {
#define CFG(...) CFG_ROW(struct config, __VA_ARGS__)
#include "config.tbl.h"
#undef CFG
};

/* clang-format off */
static const struct route routes[] = {
    {"POST", "/webhooks/twilio/voice",          ROLE_TWILIO_SIGNED, voice_begin, .budget_ms = TURN_MAX_MS},
    {"POST", "/webhooks/twilio/turn",           ROLE_TWILIO_SIGNED, voice_turn,  .budget_ms = TURN_MAX_MS},
    {"POST", "/webhooks/twilio/whisper",        ROLE_TWILIO_SIGNED, voice_whisper},
    {"POST", "/webhooks/twilio/fallback",       ROLE_TWILIO_SIGNED, voice_fallback},
    {"POST", "/webhooks/twilio/status",         ROLE_TWILIO_SIGNED, hook_status},
    {"POST", "/webhooks/twilio/recording",      ROLE_TWILIO_SIGNED, hook_recording},
    {"POST", "/webhooks/twilio/amd",            ROLE_TWILIO_SIGNED, hook_amd},
    {"POST", "/webhooks/twilio/probe",          ROLE_TWILIO_SIGNED, hook_probe},
    {"GET",  "/audio/{replica}/{clip}/{token}", ROLE_LINK,          audio_get},
};
/* clang-format on */

static const struct mq_queue queues[] = {
    {QUEUE_TURN_TAKE},
    {QUEUE_CALL_STATUS},
    {QUEUE_CALL_RECORDING},
    {QUEUE_CALL_AMD},
    {QUEUE_OWN("system.look"), .prefetch = 8, .handler = presence_answer},
};

static int check(void)
{
    return link_configure(cfg.link_secret, cfg.link_secret_next);
}

static enum err start(void)
{
    callbacks_open();
    mq_open(&(struct mq_config){.url = cfg.amqp_url,
                                .prefix = cfg.amqp_prefix,
                                .name = "webhook-ingestor",
                                .queues = queues,
                                .n_queues = sizeof queues / sizeof *queues,
                                .rpc = true});
    httpd = httpd_open(&(struct httpd_config){.address = cfg.bind_address,
                                              .port = cfg.port,
                                              .routes = routes,
                                              .n_routes = sizeof routes / sizeof *routes,
                                              .guard = hook_guard});
    return httpd ? OK : ERR_BUSY;
}

/* The broker's loss degrades it (callbacks 503, calls get the filler), it does not make it unready. */
static bool ready(void)
{
    return true;
}

static void quiesce(void)
{
    httpd_quiesce(httpd);
}

static bool idle(void)
{
    return httpd_active(httpd) == 0;
}

static void shut(void)
{
    httpd_close(httpd);
    mq_close();
}

int main(int argc, char **argv)
{
    return service_main(
        &(struct service){
            .name = "webhook-ingestor",
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
