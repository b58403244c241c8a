/* api-gateway: REST for agents and admins. */
#include "auth.h"
#include "deliver.h"
#include "depths.h"
#include "feed.h"
#include "gateway.h"
#include "io/address.h"
#include "io/db.h"
#include "io/httpc.h"
#include "media.h"
#include "routes.h"
#include "sql.h"
#include "voice/outbox.h"
#include "voice/phone.h"
#include "voice/presence.h"
#include "voice/queues.h"
#include "voice/link.h"
#include "voice/service.h"
#include <stdio.h>
#include <string.h>

struct config cfg;
static const struct cfg_row rows[] = {
#define CFG(...) CFG_ROW(struct config, __VA_ARGS__)
#include "config.tbl.h"
#undef CFG
};
static struct httpd *httpd;

const struct mq_queue QUEUES[] = {
    {QUEUE_WEBHOOK_DELIVER, .prefetch = 32, .handler = deliver},
    {QUEUE_OWN("call.changed"), .prefetch = 100, .handler = feed_heard},
    {QUEUE_OWN("call.spoke"), .prefetch = 100, .handler = feed_heard},
    {QUEUE_OWN("batch.changed"), .prefetch = 100, .handler = feed_heard},
    {QUEUE_OWN("agent.changed"), .prefetch = 100, .handler = feed_heard_agent},
    {QUEUE_OWN("system.look"), .prefetch = 8, .handler = presence_answer},
    {QUEUE_CALL_DIAL},
    {QUEUE_CALL_HANGUP},
    {QUEUE_DIALING_HALT},
    {QUEUE_NUMBER_PROVISION},
    {QUEUE_RECORDING_STORE},
    {QUEUE_RECORDING_TRANSCRIBE},
    {QUEUE_CALL_SUMMARIZE},
    {QUEUE_TURN_TAKE},
    {QUEUE_AI_CHECK},
    {QUEUE_VOICE_SAMPLE},
    {QUEUE_CALL_STATUS},
    {QUEUE_CALL_RECORDING},
    {QUEUE_CALL_AMD},
    {QUEUE_TURN_DONE},
    {QUEUE_STATS_CHANGED},
    {QUEUE_STATS_SPOKE},
};
const size_t QUEUES_N = sizeof QUEUES / sizeof *QUEUES;

/* ---- configuration ---- */

static int complain(const char *what)
{
    fprintf(stderr, "configuration: %s\n", what);
    return 1;
}

static bool is_origin(const char *url)
{
    size_t n = !strncmp(url, "http://", 7) ? 7 : !strncmp(url, "https://", 8) ? 8 : 0;
    return n && url[n] && !strpbrk(url + n, "/?# \"");
}

static int check(void)
{
    static char countries[PHONE_COUNTRIES_TEXT];
    struct in6_addr proxies[HTTPD_PROXIES_MAX];
    int problems = link_configure(cfg.link_secret, cfg.link_secret_next);
    if (!is_origin(cfg.api_url))
        problems += complain("API_URL must be an origin, such as https://app.example.com");
    if (!phone_countries(cfg.dial_countries, countries))
        problems += complain("DIAL_COUNTRIES must be a list such as US,CA");
    cfg.countries = countries;
    if (address_read_list(cfg.trusted_proxies, proxies, HTTPD_PROXIES_MAX) < 0)
        problems +=
            complain("TRUSTED_PROXIES must be at most 16 addresses, such as 10.0.0.2,10.0.0.3");
    problems += !media_configure();
    return problems;
}

/* ---- life ---- */

static enum err start(void)
{
    db_open(&(struct db_config){
        .url = cfg.database_url,
        .role = "va_gateway",
        .application = "api-gateway",
        .enter = &SQL_session_enter,
    });
    httpc_open("voice-agent-gateway");
    mq_open(&(struct mq_config){.url = cfg.amqp_url,
                                .prefix = cfg.amqp_prefix,
                                .name = "api-gateway",
                                .queues = QUEUES,
                                .n_queues = QUEUES_N,
                                .rpc = true,
                                .get = true});
    feed_open();
    depths_open();
    httpd = httpd_open(&(struct httpd_config){.address = cfg.bind_address,
                                              .port = cfg.port,
                                              .routes = ROUTES,
                                              .n_routes = ROUTES_N,
                                              .guard = auth_guard,
                                              .prove = await_auth_prove,
                                              .trusted_proxies = cfg.trusted_proxies});
    return httpd ? OK : ERR_BUSY;
}

static void quiesce(void)
{
    feed_close();
    depths_close();
    mq_quiesce();
    httpd_quiesce(httpd);
}

static bool idle(void)
{
    return httpd_active(httpd) == 0 && mq_ended();
}

static void finish(void)
{
    outbox_close();
    httpd_close(httpd);
    mq_close();
    httpc_close();
    db_close();
}

int main(int argc, char **argv)
{
    static const struct service gateway = {
        .name = "api-gateway",
        .rows = rows,
        .n_rows = sizeof rows / sizeof *rows,
        .cfg = &cfg,
        .check = check,
        .start = start,
        .ready = db_ready,
        .quiesce = quiesce,
        .idle = idle,
        .close = finish,
    };
    return service_main(&gateway, argc, argv);
}
