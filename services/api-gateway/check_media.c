/* What the diagnosis looks at of the media socket: the network must get in, and nobody else. */
#include "diagnose.h"
#include "gateway.h"
#include "io/ws.h"
#include "loop/task.h"
#include "voice/signature.h"

#define OPEN_MS 5000

struct probe {
    struct wait wait;
    struct ws *ws;
    unsigned code; /* with which it closed, or was refused */
    bool told;
};

static void tell(struct probe *p)
{
    if (!p->told)
        wait_settle(&p->wait);
    p->told = true;
}

static void on_open(void *arg)
{
    tell(arg);
}

static void on_text(void *arg, const char *text, size_t n)
{
    (void)arg, (void)text, (void)n;
}

static void on_closed(void *arg, unsigned code, const char *why)
{
    struct probe *p = arg;
    (void)why;
    p->ws = NULL;
    p->code = code;
    tell(p);
}

/* -> 0: the socket opened; else the status with which it was refused, or WS_LOST. */
static unsigned await_open(struct check *c, bool sign)
{
    static const struct ws_h handlers = {on_open, on_text, on_closed};
    static const struct ws_limits limits;
    struct probe p = {.wait = WAIT_HERE};
    char signature[SIGNATURE_TEXT];
    signature_make(cfg.twilio_token, cfg.media_url, NULL, signature);
    const char *const headers[] = {
        sign ? arena_printf(c->scope.arena, "X-Twilio-Signature: %s", signature) : NULL, NULL};
    p.ws = ws_connect(&(struct ws_to){.url = cfg.media_url, .headers = headers, .open_ms = OPEN_MS},
                      &limits, &handlers, &p);
    await_wait(&p.wait);
    if (p.ws)
        ws_close(p.ws, WS_NORMAL, "");
    return p.code;
}

static void judge(struct check *c, unsigned with, unsigned without)
{
    if (with == 0 && without == 403)
        found(c, "media_socket", GOOD, NULL, "%s opens for the network, and for nobody else",
              cfg.media_url);
    else if (with == 0)
        found(c, "media_socket", FAIL, "let nothing answer in front of ai-pipeline",
              "who has not signed is not refused");
    else if (with == 403)
        found(c, "media_socket", FAIL,
              "give the gateway and ai-pipeline the same TWILIO_AUTH_TOKEN and MEDIA_URL",
              "ai-pipeline refuses what our token signs for %s", cfg.media_url);
    else if (with < 1000)
        found(c, "media_socket", FAIL, "lead MEDIA_URL and /talk beside it to ai-pipeline",
              "something else answers at %s, with %u", cfg.media_url, with);
    else
        found(c, "media_socket", FAIL,
              "see that MEDIA_URL is right, and that a front leads it to ai-pipeline",
              "%s does not answer", cfg.media_url);
}

static void await_both(struct check *c)
{
    unsigned with = await_open(c, true), without = await_open(c, false);
    judge(c, with, without);
}

void await_check_media(struct check *c)
{
    if (*cfg.media_url)
        await_both(c);
    else
        found(c, "media_socket", WARN, "set MEDIA_URL to the wss address of ai-pipeline's /media",
              "the gateway knows none: nobody can talk in the page; nor are callers streamed, if "
              "ai-pipeline has none either");
}
