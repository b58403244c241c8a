#include "api.h"
#include "base/die.h"
#include "base/log.h"
#include "io/crypto.h"
#include "ledger.h"
#include "loop/task.h"
#include "sandbox.h"
#include "token.h"
#include "voice/service.h"
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define HANG_LOOK_MS 250
#define FLUSH_MS     50 /* what is cut must not take what was sent before with it */
#define PAIRS_MAX    200

static const struct api apis[] = {
#define API(method, path, name, side, handler, max_body, budget_ms)                                \
    {method, path, name, side, handler, max_body, budget_ms},
#include "tbl/api.h"
#undef API
};
#define N_APIS (sizeof apis / sizeof *apis)

static struct route routes[N_APIS];
static struct httpd *server;

/* --- replies --- */

enum err cut(struct req *r, bool reset)
{
    return req_cut(r, reset);
}

void note_gone(struct req *r)
{
    ledger_note(arena_printf(r->scope.arena, "%s.gone", VISIT(r)->api->name), r->path, false);
}

/* Nothing is ever sent; ends when the client has had enough or the sandbox stops. */
static enum err await_hang(struct req *r)
{
    while (!req_client_gone(r) && !service_draining())
        await_sleep(HANG_LOOK_MS);
    if (req_client_gone(r))
        note_gone(r);
    return cut(r, false);
}

enum err await_cut_short(void)
{
    await_sleep(FLUSH_MS);
    return ERR_CLOSING;
}

static enum err await_half(struct req *r, int status, const char *type, const void *p, size_t n)
{
    TRY(req_stream(r, status, type, (int64_t)n));
    TRY(await_req_write(r, p, n / 2));
    return await_cut_short();
}

static enum err await_drip(struct req *r, int status, const char *type, const char *p, size_t n)
{
    size_t piece = n / 20 + 1;
    TRY(req_stream(r, status, type, (int64_t)n));
    for (size_t at = 0; at < n; at += piece) {
        TRY(await_req_write(r, p + at, n - at < piece ? n - at : piece));
        await_sleep(VISIT(r)->fault.ms);
    }
    return OK;
}

enum err answer_bytes(struct req *r, int status, const char *type, const void *p, size_t n)
{
    static const char garbage[] = "\x01\xff{]<html>\xc3(\x00not what you asked for";
    switch (VISIT(r)->fault.kind) {
    case FAULT_ACCEPT_HANG:
        return await_hang(r);
    case FAULT_CLOSE_AFTER:
        return cut(r, false);
    case FAULT_RESET:
        return cut(r, true);
    case FAULT_GARBAGE:
        if (VISIT(r)->fault.body)
            return req_reply_bytes(r, 200, type, VISIT(r)->fault.body,
                                   strlen(VISIT(r)->fault.body));
        return req_reply_bytes(r, 200, type, garbage, sizeof garbage);
    case FAULT_HALF_BODY:
        return await_half(r, status, type, p, n);
    case FAULT_DRIP:
        return await_drip(r, status, type, p, n);
    default:
        return req_reply_bytes(r, status, type, p, n);
    }
}

enum err answer(struct req *r, int status, const char *json)
{
    return answer_bytes(r, status, "application/json", json, strlen(json));
}

enum err answer_js(struct req *r, int status, const struct js *j)
{
    return answer(r, status, js_dump(&r->scope, j));
}

enum err twilio_error(struct req *r, int status, int code, const char *message)
{
    struct js *j = js_object(&r->scope);
    js_set_int(j, "code", code);
    js_set_text(j, "message", message);
    js_set_text(j, "more_info",
                arena_printf(r->scope.arena, "https://www.twilio.com/docs/errors/%d", code));
    js_set_int(j, "status", status);
    return answer_js(r, status, j);
}

enum err openai_error(struct req *r, int status, const char *type, const char *param,
                      const char *code, const char *message)
{
    struct js *j = js_object(&r->scope), *e = js_object(&r->scope);
    js_set_text(e, "message", message);
    js_set_text(e, "type", type);
    js_set_text(e, "param", param);
    js_set_text(e, "code", code);
    js_set(j, "error", e);
    return answer_js(r, status, j);
}

const char *form_text(struct req *r, const char *name)
{
    const char *v = form_get(&VISIT(r)->form, name);
    return v && *v ? v : NULL;
}

/* --- who may ask --- */

/* The account's own resource has .json behind the name. */
static bool is_ours(const char *account)
{
    size_t n = strlen(cfg.account);
    return strncmp(account, cfg.account, n) == 0 && (!account[n] || !strcmp(account + n, ".json"));
}

static bool basic_fits(struct req *r, const char *token)
{
    const char *given = req_header(r, "Authorization");
    if (!given || strncasecmp(given, "Basic ", 6) != 0)
        return false;
    const char *want = arena_printf(r->scope.arena, "%s:%s", cfg.account, token);
    size_t n = strlen(want);
    char *encoded = arena_alloc(r->scope.arena, 4 * ((n + 2) / 3) + 1);
    n = base64_encode(want, n, encoded);
    return strlen(given + 6) == n && equal_const_time(given + 6, encoded, n) &&
           is_ours(req_param(r, "account"));
}

static bool credentials_fit(struct req *r)
{
    const char *secondary = token_secondary();
    return basic_fits(r, cfg.token) || (*secondary && basic_fits(r, secondary));
}

static bool bearer_fits(struct req *r)
{
    const char *given = req_header(r, "Authorization");
    return given && strncasecmp(given, "Bearer ", 7) == 0 && given[7];
}

/* --- every request --- */

static enum err read_form(struct req *r)
{
    bool get = strcmp(r->method, "GET") == 0;
    const char *query = strchr(r->target, '?');
    const char *text = get ? (query ? query + 1 : "") : r->body;
    return form_parse(&r->scope, text, get ? strlen(text) : r->body_n, PAIRS_MAX, &VISIT(r)->form);
}

static bool executes(enum fault_kind k)
{
    return k != FAULT_HANG && k != FAULT_STATUS && k != FAULT_ACCEPT_CLOSE;
}

static enum err await_refusal(struct req *r)
{
    const struct fault_rule *f = &VISIT(r)->fault;
    if (f->kind == FAULT_HANG)
        return await_hang(r);
    if (f->kind == FAULT_ACCEPT_CLOSE)
        return cut(r, false);
    if (f->retry_after)
        req_set_header(r, "Retry-After", fmt_int(f->retry_after));
    if (f->body)
        return req_reply(r, f->status, f->body);
    bool limited = f->status == 429;
    if (VISIT(r)->api->side == TWILIO)
        return twilio_error(r, f->status,
                            limited            ? 20429
                            : f->status == 404 ? 20404
                                               : 20500,
                            "Fault on order");
    return openai_error(r, f->status, limited ? "requests" : "server_error", NULL,
                        limited ? "rate_limit_exceeded" : NULL, "Fault on order");
}

static enum err outside(struct req *r)
{
    struct visit *v = VISIT(r);
    if (v->api->side == TWILIO && !credentials_fit(r))
        return twilio_error(r, 401, 20003, "Authenticate");
    if (v->api->side == OPENAI && !bearer_fits(r))
        return openai_error(r, 401, "invalid_request_error", NULL, "invalid_api_key",
                            "You didn't provide an API key.");
    if (v->api->side == TWILIO && read_form(r))
        return twilio_error(r, 400, 20001, "Unreadable parameters");
    (void)fault_due(v->api->name, r->scope.arena, &v->fault);
    const char *to = v->api->side == TWILIO ? form_text(r, "To") : NULL;
    const char *detail = to ? arena_printf(r->scope.arena, "To=%s", to) : r->path;
    ledger_note(v->api->name, detail, executes(v->fault.kind));
    if (!executes(v->fault.kind))
        return await_refusal(r);
    if (v->fault.kind == FAULT_DELAY)
        await_sleep(v->fault.ms);
    if (v->api->side == TWILIO && latency.twilio)
        await_sleep((uint64_t)latency.twilio);
    return v->api->handler(r);
}

static enum err entry(struct req *r)
{
    struct visit *v = arena_alloc(r->scope.arena, sizeof *v);
    v->api = &apis[r->route - routes];
    r->user = v;
    return v->api->side == CONTROL ? v->api->handler(r) : outside(r);
}

/* --- life --- */

void api_open(const char *address, int port)
{
    for (size_t i = 0; i < N_APIS; i++)
        routes[i] = (struct route){
            apis[i].method, apis[i].path,     (int)apis[i].side,
            entry,          apis[i].max_body, apis[i].budget_ms ? apis[i].budget_ms : 30000};
    struct httpd_config config = {.address = address,
                                  .port = port,
                                  .routes = routes,
                                  .n_routes = N_APIS,
                                  .receive_ms = 60000,
                                  .quiet = true};
    server = httpd_open(&config);
    if (!server)
        exit(70);
}

void api_quiesce(void)
{
    httpd_quiesce(server);
}

bool api_idle(void)
{
    return httpd_active(server) == 0;
}

void api_close(void)
{
    httpd_close(server);
}
