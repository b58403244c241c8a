#include "voice/twilio_impl.h"
#include <ctype.h>
#include <string.h>

#define ANSWER_MAX        (256u << 10) /* of one page or object; leaves room in the scope */
#define REQUEST_MS        12000        /* of all but a dial, which waits as long as its scope */
#define CALL_ENDED        21220
#define NUMBER_TAKEN      21422
#define NUMBER_DIGITS_MIN 7 /* fewer are some other figure */

const char *twilio_url(struct arena *a, const struct twilio *t, const char *path)
{
    const char *account = url_encode(a, t->account_sid);
    return url_under(a, t->api_url, arena_printf(a, "/2010-04-01/Accounts/%s%s", account, path));
}

struct http_ask twilio_ask(const char *trace, const struct twilio *t, const char *method,
                           const char *url, const struct buf *form)
{
    struct http_ask ask = {.method = method,
                           .url = url,
                           .trace = trace,
                           .user = t->account_sid,
                           .password = t->auth_token,
                           .max_answer = ANSWER_MAX,
                           .never_resend = strcmp(method, "GET") != 0};
    if (form) {
        ask.type = "application/x-www-form-urlencoded";
        ask.body = form->p;
        ask.body_n = form->n;
    }
    return ask;
}

/* Twilio repeats the number it refuses; its words go into logs, and to people who may not know the number. */
static char *mask_numbers(char *text)
{
    for (char *p = text; *p;) {
        size_t n = strspn(p, "0123456789");
        bool alone = (p == text || !isalnum((unsigned char)p[-1])) && !isalnum((unsigned char)p[n]);
        if (n >= NUMBER_DIGITS_MIN && alone)
            memset(p, '*', n - 2);
        p += n ? n : 1;
    }
    return text;
}

struct refusal twilio_refusal(struct scope *s, const struct http_answer *ans)
{
    struct scope aside; /* a broken body must not become this scope's fault */
    struct refusal r = {0, arena_printf(s->arena, "HTTP %d", ans->status)};
    struct js *j = NULL;
    scope_init_sized(&aside, 0, PAGE_ARENA);
    if (js_parse(&aside, ans->body, ans->n, &j) == OK && js_type(j) == JS_OBJECT) {
        long long code = js_int(js_get(j, "code"));
        const char *message = js_text(js_get(j, "message"));
        r.code = code > 0 && code < 1000000 ? (int)code : 0;
        if (message)
            r.message = mask_numbers(arena_printf(s->arena, "%.150s", message));
    }
    scope_fini(&aside);
    return r;
}

static enum err err_of(int status, int code)
{
    if (code == CALL_ENDED || code == NUMBER_TAKEN)
        return ERR_CONFLICT;
    switch (status) {
    case 401:
    case 403:
        return ERR_FORBIDDEN;
    case 404:
        return ERR_MISSING;
    case 408:
        return ERR_UPSTREAM;
    case 429:
        return ERR_LIMITED;
    }
    return status >= 400 && status < 500 ? ERR_UNPROCESSABLE : ERR_UPSTREAM;
}

enum err twilio_refused(struct scope *s, const struct http_answer *ans)
{
    struct refusal r = twilio_refusal(s, ans);
    const char *code = r.code ? arena_printf(s->arena, "twilio_%d", r.code) : NULL;
    return fail(s, err_of(ans->status, r.code), code, NULL, "twilio: %s", r.message);
}

bool twilio_succeeded(const struct http_answer *ans)
{
    return ans->status >= 200 && ans->status < 300;
}

static enum err await_asked(struct scope *s, const struct twilio *t, const char *method,
                            const char *path, const struct buf *form, struct http_answer *ans)
{
    struct http_ask ask = twilio_ask(s->trace, t, method, twilio_url(s->arena, t, path), form);
    ask.total_ms = REQUEST_MS;
    TRY(await_http(s, &ask, ans));
    return twilio_succeeded(ans) ? OK : twilio_refused(s, ans);
}

static enum err read_object(struct scope *s, const struct http_answer *ans, struct js **out)
{
    if (js_parse(s, ans->body, ans->n, out) != OK || js_type(*out) != JS_OBJECT)
        return fail(s, ERR_UPSTREAM, NULL, NULL, "twilio: the answer is no JSON object");
    return OK;
}

enum err await_twilio(struct scope *s, const struct twilio *t, const char *method, const char *path,
                      const struct buf *form, struct js **out)
{
    struct http_answer ans;
    TRY(await_asked(s, t, method, path, form, &ans));
    return out ? read_object(s, &ans, out) : OK;
}

const char *twilio_text(struct arena *a, const struct js *j, const char *key)
{
    const char *text = js_text(js_get(j, key));
    return text ? arena_strdup(a, text) : "";
}

/* ---- the account ---- */

enum err await_twilio_account(struct scope *s, const struct twilio *t, struct twilio_account *out)
{
    struct http_answer ans;
    struct js *j;
    TRY(await_asked(s, t, "GET", ".json", NULL, &ans));
    TRY(read_object(s, &ans, &j));
    *out = (struct twilio_account){.status = twilio_text(s->arena, j, "status"),
                                   .type = twilio_text(s->arena, j, "type"),
                                   .date_ms = ans.date_ms};
    return OK;
}
