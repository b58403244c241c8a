/* bench-caller: the telephone network and the AI of `./dev bench turn` and `stream`. */
#include "caller.h"
#include "io/httpc.h"
#include "io/mq.h"

#define RUN_MS (30 * 60 * 1000)

struct config cfg;
static struct httpd *httpd;

static const struct cfg_row rows[] = {
#define CFG(...) CFG_ROW(struct config, __VA_ARGS__)
#include "config.tbl.h"
#undef CFG
};

/* clang-format off */
static const struct route routes[] = {
    {"POST", "/v1/chat/completions", 1, chat_completions, .max_body = 1u << 20},
    {"POST", "/v1/audio/speech",     1, audio_speech},
    {"POST", "/v1/audio/transcriptions", 1, audio_transcriptions, .max_body = 8u << 20},
    {"GET",  "/v1/models",           1, models},
    {"POST", "/bench/answer",        1, callers_answer,  .budget_ms = RUN_MS},
    {"POST", "/bench/turns",         1, callers_turns,   .budget_ms = RUN_MS},
    {"POST", "/bench/hang_up",       1, callers_hang_up, .budget_ms = RUN_MS},
    {"POST", "/bench/floors",        1, floors,          .budget_ms = RUN_MS},
    {"GET",  "/bench/nothing",       1, nothing},
    {"POST", "/bench/streams/open",    1, streams_open,    .budget_ms = RUN_MS},
    {"POST", "/bench/streams/measure", 1, streams_measure, .budget_ms = RUN_MS},
    {"POST", "/bench/streams/close",   1, streams_close,   .budget_ms = RUN_MS},
    {"POST", "/bench/streams/churn",   1, streams_churn,   .budget_ms = RUN_MS},
    {"GET",  "/echo",                1, echo},
};
/* clang-format on */

static enum err start(void)
{
    if (!lines_load(cfg.speech))
        return ERR_INVALID;
    httpc_open("TwilioProxy/1.1");
    mq_open(&(struct mq_config){
        .url = cfg.amqp_url, .prefix = cfg.amqp_prefix, .name = "bench-caller", .rpc = true});
    httpd = httpd_open(&(struct httpd_config){.address = cfg.bind_address,
                                              .port = cfg.port,
                                              .routes = routes,
                                              .n_routes = sizeof routes / sizeof *routes,
                                              .quiet = true});
    return httpd ? OK : ERR_BUSY;
}

static bool idle(void)
{
    return httpd_active(httpd) == 0;
}

static void quiesce(void)
{
    httpd_quiesce(httpd);
}

static void shut(void)
{
    httpd_close(httpd);
    mq_close();
    httpc_close();
}

int main(int argc, char **argv)
{
    return service_main(
        &(struct service){
            .name = "bench-caller",
            .rows = rows,
            .n_rows = sizeof rows / sizeof *rows,
            .cfg = &cfg,
            .start = start,
            .ready = mq_ready,
            .quiesce = quiesce,
            .idle = idle,
            .close = shut,
        },
        argc, argv);
}
