#include "hook.h"
#include "base/metric.h"
#include "ingestor.h"
#include "io/crypto.h"
#include "voice/link.h"
#include "voice/signature.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define FIELDS_MAX 1000

bool sid_valid(const char *sid, const char *prefix)
{
    if (!sid || strlen(sid) != 34 || strncmp(sid, prefix, 2))
        return false;
    for (const char *c = sid + 2; *c; c++)
        if (!isxdigit((unsigned char)*c))
            return false;
    return true;
}

const char *hook_get(const struct hook *h, const char *name)
{
    return form_get(&h->form, name);
}

const char *hook_query(const struct hook *h, const char *name)
{
    return form_get(&h->query, name);
}

long long hook_query_int(const struct hook *h, const char *name)
{
    const char *digits = hook_query(h, name);
    return digits ? strtoll(digits, NULL, 10) : 0;
}

const char *hook_line(const struct hook *h)
{
    return strcmp(h->direction, "outbound") == 0 ? h->from : h->to;
}

const struct hook *hook_of(const struct req *r)
{
    return r->user;
}

/* Transcripts belong to call_turns; the ledger keeps what the network said, not what people said. */
static bool is_speech(const char *name)
{
    return strcmp(name, "SpeechResult") == 0 || strcmp(name, "Digits") == 0;
}

/* Of a field that came more than once the last one counts: a name stands in an object once. */
static bool comes_again(const struct form *f, size_t i)
{
    const struct pair *p = &f->pairs[i];
    for (const struct pair *q = p + 1; q < f->pairs + f->n; q++)
        if (q->name_n == p->name_n && memcmp(q->name, p->name, p->name_n) == 0)
            return true;
    return false;
}

void hook_put_params(const struct hook *h, struct buf *out)
{
    buf_putc(out, '{');
    for (size_t i = 0; i < h->form.n; i++)
        if (!is_speech(h->form.pairs[i].name) && !comes_again(&h->form, i))
            buf_put_member(out, h->form.pairs[i].name, h->form.pairs[i].value);
    buf_putc(out, '}');
}

void hook_key(struct req *r, char hex[65])
{
    struct buf content = BUF(128 * 1024);
    buf_puts(&content, r->target);
    buf_putc(&content, '\n');
    buf_put(&content, r->body, r->body_n);
    uint8_t digest[SHA256_SIZE];
    sha256(content.p, content.n, digest);
    hex_encode(digest, sizeof digest, hex);
    buf_free(&content);
}

static enum err parse(struct req *r, struct hook *h)
{
    const char *type = req_header(r, "Content-Type");
    if (r->body_n && (!type || strncasecmp(type, "application/x-www-form-urlencoded", 33)))
        return fail(&r->scope, ERR_MEDIA_TYPE, NULL, NULL, "a form is expected");
    TRY(req_query(r, &h->query));
    return form_parse(&r->scope, r->body, r->body_n, FIELDS_MAX, &h->form);
}

static enum err check_signature(struct req *r, const struct hook *h)
{
    enum err e = signature_check(&r->scope, &(struct signed_request){
                                                .public_url = cfg.public_url,
                                                .target = r->target,
                                                .form = &h->form,
                                                .body = r->body,
                                                .body_n = r->body_n,
                                                .tokens = {cfg.auth_token, cfg.auth_token_next},
                                                .signature = req_header(r, "X-Twilio-Signature"),
                                            });
    if (e)
        metric_add("va_hook_refused_total", "why=\"signature\"", 1);
    return e;
}

static int times(const struct form *f, const char *name)
{
    int n = 0;
    for (size_t i = 0; i < f->n; i++)
        n += strcmp(f->pairs[i].name, name) == 0;
    return n;
}

static enum err check_fields(struct req *r, struct hook *h)
{
    const char *account = hook_get(h, "AccountSid"), *direction = hook_get(h, "Direction");
    if (!account || strcmp(account, cfg.account_sid))
        return fail(&r->scope, ERR_FORBIDDEN, "wrong_account", "AccountSid", "not our account");
    h->call_sid = hook_get(h, "CallSid");
    if (!sid_valid(h->call_sid, "CA") || times(&h->form, "CallSid") != 1)
        return fail(&r->scope, ERR_INVALID, NULL, "CallSid", "not one call SID");
    r->scope.call_id = h->call_sid;
    h->from = hook_get(h, "From");
    h->to = hook_get(h, "To");
    h->direction = direction && strncmp(direction, "outbound", 8) == 0 ? "outbound" : "inbound";
    return OK;
}

/* The token proves that the attempt in the URL is one we placed; without it the call is unknown. */
static void take_attempt(struct hook *h)
{
    const char *id = hook_query(h, "attempt");
    if (id && link_check(cfg.link_secret, "attempt", hook_query(h, "token"), id))
        h->attempt_id = id;
}

enum err hook_guard(struct req *r)
{
    if (r->route->role == ROLE_LINK)
        return OK; /* its handler checks the link */
    struct hook *h = arena_alloc(r->scope.arena, sizeof *h);
    r->user = h;
    TRY(parse(r, h));
    TRY(check_signature(r, h));
    TRY(check_fields(r, h));
    take_attempt(h);
    return OK;
}

enum err hook_probe(struct req *r)
{
    return req_reply(r, 200, "{\"status\":\"signed\"}");
}
