#include "webhook.h"
#include "base/clock.h"
#include "base/die.h"
#include "base/log.h"
#include "io/httpc.h"
#include "network.h"
#include "loop/task.h"
#include "sandbox.h"
#include "signer.h"
#include "url.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define CONNECT_MS  5000
#define TOTAL_MS    15000
#define SOUND_MAX   (16u << 20)
#define ERROR_VOICE "We are sorry, an application error has occurred. Goodbye."

/* One request, run by a task of its own so that the call can be hung up while it waits. */
struct fetch {
    struct scope scope;
    struct http_ask ask;
    struct http_answer answer;
    enum err e;
    struct call *call; /* NULL: abandoned, the task frees it */
    long retries;
};

static void fetch_free(struct fetch *f)
{
    scope_fini(&f->scope);
    free(f);
}

void page_free(struct page *p)
{
    if (!p)
        return;
    arena_destroy(p->arena);
    free(p);
}

/* --- parameters --- */

static const char *country(const char *number)
{
    return strncmp(number, "+1", 2) == 0    ? "US"
           : strncmp(number, "+44", 3) == 0 ? "GB"
           : strncmp(number, "+49", 3) == 0 ? "DE"
                                            : "";
}

void call_params(const struct call *c, struct params *p)
{
    params_add(p, "CallSid", c->sid);
    params_add(p, "AccountSid", cfg.account);
    params_add(p, "From", c->from);
    params_add(p, "To", c->to);
    params_add(p, "Caller", c->from);
    params_add(p, "Called", c->to);
    params_add(p, "CallStatus", call_status_name(c->status));
    params_add(p, "ApiVersion", API_VERSION);
    params_add(p, "Direction", call_direction_name(c->direction));
    params_add(p, "FromCountry", country(c->from));
    params_add(p, "ToCountry", country(c->to));
    if (c->parent[0])
        params_add(p, "ParentCallSid", c->parent);
    if (c->answered_by && !c->amd_async) {
        params_add(p, "AnsweredBy", c->answered_by);
        params_int(p, "MachineDetectionDuration", c->amd_ms);
    }
}

/* --- one signed request --- */

static bool is_get(const struct hook *h)
{
    return h->method && strcmp(h->method, "GET") == 0;
}

static const char *const *signed_headers(struct arena *a, const char *signature)
{
    char token[UUID_TEXT];
    uuid7(token);
    const char **headers = arena_alloc(a, 3 * sizeof *headers);
    headers[0] = arena_printf(a, "X-Twilio-Signature: %s", signature);
    headers[1] = arena_printf(a, "I-Twilio-Idempotency-Token: %s", token);
    return headers;
}

void webhook_prepare(struct arena *a, struct http_ask *ask, const struct hook *h,
                     const struct params *p)
{
    char signature[SIGNATURE_TEXT];
    const char *form = p ? params_form(a, p) : "";
    bool get = !p || is_get(h);
    *ask = (struct http_ask){.method = get ? "GET" : "POST",
                             .url = url_with_query(a, h->url, get ? form : ""),
                             .connect_ms = (unsigned)url_override(h->url, "ct", CONNECT_MS),
                             .total_ms = (unsigned)url_override(h->url, "tt", TOTAL_MS)};
    if (!get) {
        ask->type = "application/x-www-form-urlencoded; charset=UTF-8";
        ask->body = form;
    }
    sign_request(cfg.token, ask->url, get ? NULL : p, signature);
    ask->headers = signed_headers(a, signature);
}

void await_webhook(struct scope *s, const struct http_ask *ask, long retries,
                   struct http_answer *answer, enum err *e)
{
    do
        *e = await_http(s, ask, answer);
    while (*e == ERR_UPSTREAM && !answer->sent && retries-- > 0);
}

/* --- documents and sounds --- */

static void fetch_task(void *arg)
{
    struct fetch *f = arg;
    await_webhook(&f->scope, &f->ask, f->retries, &f->answer, &f->e);
    if (f->call)
        mailbox_post(&f->call->box, EV_DONE, "", 0);
    else
        fetch_free(f);
}

/* NULL: hung up or redirected meanwhile; the request goes on without us. */
static struct fetch *await_fetch(struct call *c, const struct hook *h, const struct params *p,
                                 size_t max, size_t arena_max)
{
    if (c->gone)
        return NULL;
    struct fetch *f = must(calloc(1, sizeof *f));
    scope_init_sized(&f->scope, 6 * TOTAL_MS, arena_max);
    webhook_prepare(f->scope.arena, &f->ask, h, p);
    f->ask.max_answer = max;
    f->retries = url_override(h->url, "rc", 1);
    f->call = c;
    uint64_t began = clock_ms();
    task_spawn("fetch", fetch_task, f);
    enum wake w = await_call(c, UINT64_MAX);
    call_fetched(c, h->url, w == WAKE_DONE && !f->e ? f->answer.status : 0,
                 (int)(clock_ms() - began));
    if (w == WAKE_DONE)
        return f;
    f->call = NULL;
    return NULL;
}

static struct page *page_create(const char *url)
{
    struct page *p = must(calloc(1, sizeof *p));
    p->arena = arena_create(TWIML_ARENA);
    p->url = arena_strdup(p->arena, url);
    return p;
}

static void on_warning(void *arg, int code, const char *text)
{
    call_erred(arg, code, text);
}

static bool page_read(struct call *c, struct page *p, const char *xml, size_t n,
                      struct problem *why)
{
    p->root = twiml_parse(p->arena, xml, n, why);
    if (p->root)
        twiml_check(p->arena, p->root, on_warning, c);
    return p->root != NULL;
}

/* A document with one verb, for answers that are not TwiML. */
static bool page_of(struct page *p, const char *verb, const char *text)
{
    struct element *e = arena_alloc(p->arena, sizeof *e),
                   *root = arena_alloc(p->arena, sizeof *root);
    *e = (struct element){.name = verb, .text = arena_strdup(p->arena, text)};
    *root = (struct element){.name = "Response", .text = "", .children = e};
    p->root = root;
    return true;
}

static bool media_type(const char *type, const char *wanted)
{
    size_t n = strlen(wanted);
    return strncasecmp(type, wanted, n) == 0 && (!type[n] || strchr("; \t", type[n]));
}

static bool xml_type(const char *type)
{
    return media_type(type, "text/xml") || media_type(type, "application/xml") ||
           media_type(type, "text/html");
}

static bool problem(struct problem *why, int code, const char *text)
{
    why->code = code;
    snprintf(why->text, sizeof why->text, "%s", text);
    return false;
}

static bool page_from_answer(struct call *c, struct page *p, const struct fetch *f,
                             struct problem *why)
{
    const struct http_answer *a = &f->answer;
    if (f->e == ERR_TOO_BIG)
        return problem(why, 11750, "response body over 64 kB");
    if (f->e)
        return problem(why, a->sent ? 11200 : 11205,
                       arena_printf(p->arena, "no answer: %s", err_code(f->e)));
    if (a->status >= 300)
        return problem(why, a->status < 400 ? 11216 : 11200,
                       arena_printf(p->arena, "status %d", a->status));
    if (!a->n)
        return problem(why, 11770, "empty response body");
    if (strncasecmp(a->type, "audio/", 6) == 0)
        return page_of(p, "Play", p->url);
    if (media_type(a->type, "text/plain")) {
        struct problem ignored = {0};
        return page_read(c, p, a->body, a->n, &ignored) || page_of(p, "Say", a->body);
    }
    if (!xml_type(a->type))
        return problem(why, 12300, arena_printf(p->arena, "content type '%.60s'", a->type));
    return page_read(c, p, a->body, a->n, why);
}

static struct page *await_document(struct call *c, const struct hook *h, const struct params *extra,
                                   struct problem *why)
{
    struct arena *a = arena_create(1 << 20);
    struct params p = {.arena = a};
    call_params(c, &p);
    for (size_t i = 0; extra && i < extra->n; i++)
        params_add(&p, extra->list[i].name, extra->list[i].value);
    struct fetch *f = await_fetch(c, h, &p, TWIML_MAX, SCOPE_ARENA_MAX);
    arena_destroy(a);
    if (!f)
        return NULL;
    struct page *page = page_create(url_with_query(f->scope.arena, h->url, ""));
    if (!page_from_answer(c, page, f, why)) {
        page_free(page);
        page = NULL;
    }
    fetch_free(f);
    return page;
}

static void await_error_voice(struct call *c)
{
    call_answer(c); /* somebody hears it */
    call_said(c, NETWORK, ERROR_VOICE);
    (void)await_person(c, 4000);
    call_hang_up(c, COMPLETED);
}

struct page *await_fallback(struct call *c, int code, const char *url)
{
    struct problem why = {0};
    struct page *page = NULL;
    if (c->fallback.url && !c->gone) {
        struct arena *a = arena_create(16 * 1024);
        struct params extra = {.arena = a};
        params_int(&extra, "ErrorCode", code);
        params_add(&extra, "ErrorUrl", url ? url : "");
        page = await_document(c, &c->fallback, &extra, &why);
        arena_destroy(a);
        if (why.code)
            call_erred(c, why.code, why.text);
    }
    if (!page && !c->gone && !c->redirect.url && !c->redirect_twiml)
        await_error_voice(c);
    return page;
}

struct page *await_page(struct call *c, const struct hook *from, const struct params *extra)
{
    struct problem why = {0};
    char url[1024];
    snprintf(url, sizeof url, "%s", from->url);
    struct page *page = await_document(c, from, extra, &why);
    if (!why.code)
        return page;
    call_erred(c, why.code, why.text);
    return await_fallback(c, why.code, url);
}

struct page *await_page_inline(struct call *c, const char *twiml)
{
    struct problem why = {0};
    struct page *page = page_create(NULL);
    if (page_read(c, page, twiml, strlen(twiml), &why))
        return page;
    page_free(page);
    call_erred(c, why.code, why.text);
    return await_fallback(c, why.code, NULL);
}

static const char *const play_types[] = {
    "audio/mpeg",   "audio/wav",    "audio/wave",  "audio/x-wav", "audio/aiff",
    "audio/x-aifc", "audio/x-aiff", "audio/x-gsm", "audio/gsm",   "audio/ulaw"};

static bool playable(const char *type)
{
    for (size_t i = 0; i < sizeof play_types / sizeof *play_types; i++)
        if (media_type(type, play_types[i]))
            return true;
    return false;
}

struct clip *await_sound(struct call *c, const char *url, int *code)
{
    struct clip *clip = NULL;
    struct fetch *f =
        await_fetch(c, &(struct hook){.url = url}, NULL, SOUND_MAX, SOUND_MAX + (8u << 20));
    if (!f)
        return NULL;
    if (f->e || f->answer.status != 200)
        *code = f->e && !f->answer.sent ? 11205 : 11200;
    else if (!playable(f->answer.type))
        *code = 13420;
    else if (!(clip = clip_from_wav(f->answer.body, f->answer.n)) || !clip->n)
        *code = 13420;
    if (*code)
        call_erred(c, *code,
                   arena_printf(f->scope.arena, "sound: status %d, type '%.60s', %zu bytes",
                                f->answer.status, f->answer.type, f->answer.n));
    fetch_free(f);
    if (*code) {
        clip_drop(clip);
        return NULL;
    }
    return clip;
}
