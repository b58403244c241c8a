/* World: HTTP as a client of the system sees it, and the JSON that comes back. */
#include "base/buf.h"
#include "base/clock.h"
#include "base/die.h"
#include "io/js.h"
#include "voice/signature.h"
#include "world.h"
#include <curl/curl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define ANSWER_MS 30000L

static struct scope *memory(void)
{
    static struct scope s;
    if (!s.arena)
        scope_init_sized(&s, 1 << 30, 256u << 20);
    return &s;
}

const char *text(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    const char *t = arena_vprintf(memory()->arena, fmt, ap);
    va_end(ap);
    return t;
}

const char *url_of(int origin, const char *path)
{
    static const enum process of[] = {[API] = GATEWAY, [HOOKS] = INGESTOR, [TELEPHONE] = SANDBOX};
    int port = origin >= OPS ? world_port(ALL_PROCESSES + origin - OPS) : world_port(of[origin]);
    return text("http://127.0.0.1:%d%s", port, path);
}

static size_t on_body(char *p, size_t size, size_t n, void *body)
{
    buf_put(body, p, size * n);
    return size * n;
}

static struct answer perform(CURL *c, struct curl_slist *headers)
{
    struct buf body = BUF(64u << 20), head = BUF(64u << 10);
    uint64_t began = clock_ms();
    long status = 0;
    char *type = NULL;
    curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(c, CURLOPT_WRITEDATA, &body);
    curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_body);
    curl_easy_setopt(c, CURLOPT_HEADERDATA, &head);
    curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, ANSWER_MS);
    curl_easy_setopt(c, CURLOPT_NOPROXY, "*");
    if (curl_easy_perform(c) == CURLE_OK) {
        curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
        curl_easy_getinfo(c, CURLINFO_CONTENT_TYPE, &type);
    }
    struct answer a = {(int)status,
                       arena_strndup(memory()->arena, body.p ? body.p : "", body.n),
                       body.n,
                       text("%s", type ? type : ""),
                       (long)(clock_ms() - began),
                       text("%s", head.p)};
    buf_free(&body);
    buf_free(&head);
    curl_slist_free_all(headers);
    curl_easy_cleanup(c);
    return a;
}

static int on_socket(void *user, curl_socket_t fd, curlsocktype purpose)
{
    (void)user, (void)purpose;
    leaves_no_trace(fd);
    return CURL_SOCKOPT_OK;
}

static void introduce(CURL *c, int origin, const char *path)
{
    curl_easy_setopt(c, CURLOPT_SOCKOPTFUNCTION, on_socket);
    curl_easy_setopt(c, CURLOPT_URL, url_of(origin, path));
    if (origin == TELEPHONE && strncmp(path, "/2010-04-01/", 12) == 0)
        curl_easy_setopt(c, CURLOPT_USERPWD, ACCOUNT_SID ":" AUTH_TOKEN);
}

struct answer ask(const char *method, int origin, const char *token, const char *path,
                  const char *body)
{
    CURL *c = must(curl_easy_init());
    struct curl_slist *headers = curl_slist_append(NULL, "Expect:");
    introduce(c, origin, path);
    curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, method);
    if (token)
        headers = curl_slist_append(headers, text("Authorization: Bearer %s", token));
    if (body) {
        headers = curl_slist_append(headers, "Content-Type: application/json");
        curl_easy_setopt(c, CURLOPT_POSTFIELDS, body);
    }
    return perform(c, headers);
}

struct answer ask_plainly(const char *method, const char *path, const char *const *more)
{
    CURL *c = must(curl_easy_init());
    struct curl_slist *headers = NULL;
    for (; more && *more; more++)
        headers = curl_slist_append(headers, *more);
    introduce(c, API, path);
    if (strcmp(method, "HEAD") == 0)
        curl_easy_setopt(c, CURLOPT_NOBODY, 1L);
    return perform(c, headers);
}

const char *header(const struct answer *a, const char *name)
{
    size_t n = strlen(name);
    for (const char *p = a->head; (p = strstr(p, "\r\n")); p += 2)
        if (!strncasecmp(p + 2, name, n) && p[2 + n] == ':')
            return text("%.*s", (int)strcspn(p + n + 4, "\r"), p + n + 4);
    return NULL;
}

struct answer post_form(int origin, const char *path, const char *form, const char *const *more)
{
    CURL *c = must(curl_easy_init());
    struct curl_slist *headers = curl_slist_append(NULL, "Expect:");
    for (; more && *more; more++)
        headers = curl_slist_append(headers, *more);
    introduce(c, origin, path);
    curl_easy_setopt(c, CURLOPT_POSTFIELDS, form);
    return perform(c, headers);
}

const char *signature_header(const char *token, const char *path, const char *form)
{
    char signature[SIGNATURE_TEXT];
    struct form pairs;
    CHECK(form_parse(memory(), form, strlen(form), 100, &pairs) == OK);
    signature_make(token, url_of(HOOKS, path), &pairs, signature);
    return text("X-Twilio-Signature: %s", signature);
}

struct answer post_signed(const char *path, const char *form)
{
    return post_form(HOOKS, path, form,
                     (const char *const[]){signature_header(AUTH_TOKEN, path, form), NULL});
}

const char *escaped(const char *value)
{
    char *e = curl_easy_escape(NULL, value, 0);
    const char *t = text("%s", e);
    curl_free(e);
    return t;
}

static const struct js *find(const char *json, const char *path)
{
    struct js *j;
    if (js_parse(memory(), json, 0, &j))
        return NULL;
    char key[128];
    for (const char *p = path; j && *p; p += strcspn(p, "."), p += *p == '.') {
        snprintf(key, sizeof key, "%.*s", (int)strcspn(p, "."), p);
        j = js_type(j) == JS_ARRAY ? js_at(j, (size_t)atoi(key)) : js_get(j, key);
    }
    return j;
}

const char *field(const char *json, const char *path)
{
    const struct js *j = find(json, path);
    switch (js_type(j)) {
    case JS_TEXT:
        return js_text(j);
    case JS_INT:
        return text("%lld", js_int(j));
    case JS_BOOL:
        return js_true(j) ? "true" : "false";
    default:
        return NULL;
    }
}

long number(const char *json, const char *path)
{
    const struct js *j = find(json, path);
    return js_type(j) == JS_INT || js_type(j) == JS_REAL ? (long)js_real(j) : -1;
}

int length(const char *json, const char *path)
{
    return (int)js_count(find(json, path));
}
