#include "voice/signature.h"
#include "base/buf.h"
#include "base/die.h"
#include "io/crypto.h"
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define SIGNED_MAX    (1u << 20) /* URL and parameters; bodies are bounded far below */
#define SIGNATURE_LEN (SIGNATURE_TEXT - 1)

/* scheme://userinfo@host:port/prefix, pieces of the configured URL */
struct origin {
    const char *scheme, *user, *host, *port, *prefix;
    int scheme_n, user_n, host_n, port_n, prefix_n; /* user with its @, port with its colon */
    const char *default_port;
};

/* ---- what is signed behind the URL ---- */

static int compare_bytes(const char *a, size_t a_n, const char *b, size_t b_n)
{
    int c = memcmp(a, b, a_n < b_n ? a_n : b_n);
    return c ? c : (a_n > b_n) - (a_n < b_n);
}

static int compare_pairs(const void *a, const void *b)
{
    const struct pair *x = a, *y = b;
    int c = compare_bytes(x->name, x->name_n, y->name, y->name_n);
    return c ? c : compare_bytes(x->value, x->value_n, y->value, y->value_n);
}

/* Names and values sorted by byte, each distinct pair once, no separator at all. */
static void put_parameters(struct buf *out, const struct form *form)
{
    if (!form || !form->n)
        return;
    struct pair *sorted = must(malloc(form->n * sizeof *sorted));
    memcpy(sorted, form->pairs, form->n * sizeof *sorted);
    qsort(sorted, form->n, sizeof *sorted, compare_pairs);
    for (size_t i = 0; i < form->n; i++) {
        if (i && compare_pairs(&sorted[i - 1], &sorted[i]) == 0)
            continue;
        buf_put(out, sorted[i].name, sorted[i].name_n);
        buf_put(out, sorted[i].value, sorted[i].value_n);
    }
    free(sorted);
}

static void sign(const char *token, const struct buf *data, char out[SIGNATURE_TEXT])
{
    uint8_t mac[SHA1_SIZE];
    hmac_sha1(token, strlen(token), data->p, data->n, mac);
    base64_encode(mac, sizeof mac, out);
}

/* ---- the URLs that count ---- */

static const char *default_port(const char *scheme, int n)
{
    bool secure = (n == 5 && strncasecmp(scheme, "https", 5) == 0) ||
                  (n == 3 && strncasecmp(scheme, "wss", 3) == 0);
    return secure ? ":443" : ":80";
}

static bool parse_origin(const char *url, struct origin *o)
{
    *o = (struct origin){.scheme = url};
    const char *sep = strstr(url, "://");
    if (!sep)
        return false;
    o->scheme_n = (int)(sep - url);
    o->default_port = default_port(url, o->scheme_n);
    o->user = o->host = sep + 3;
    const char *end = o->host + strcspn(o->host, "/?#");
    for (const char *p = end; p > o->user; p--)
        if (p[-1] == '@') {
            o->host = p;
            break;
        }
    o->user_n = (int)(o->host - o->user);
    o->port = end;
    for (const char *p = end; p > o->host && p[-1] != ']'; p--)
        if (p[-1] == ':') {
            o->port = p - 1;
            break;
        }
    o->host_n = (int)(o->port - o->host);
    o->port_n = (int)(end - o->port);
    o->prefix = end;
    o->prefix_n = (int)strlen(end);
    while (o->prefix_n && end[o->prefix_n - 1] == '/')
        o->prefix_n--;
    return true;
}

/* Candidate 0..5: port as configured, without it, the default one added; each with and without user. */
#define CANDIDATES 6
static void put_url(struct buf *out, const struct origin *o, int candidate, const char *target)
{
    int with_user = candidate / 3 ? 0 : o->user_n;
    buf_printf(out, "%.*s://%.*s%.*s", o->scheme_n, o->scheme, with_user, o->user, o->host_n,
               o->host);
    if (candidate % 3 == 0)
        buf_put(out, o->port, (size_t)o->port_n);
    else if (candidate % 3 == 2)
        buf_puts(out, o->port_n ? "" : o->default_port);
    buf_put(out, o->prefix, (size_t)o->prefix_n);
    buf_puts(out, target);
}

/* Without a port, or without a user, two candidates are the same URL: the first of them counts. */
static bool repeats(const struct origin *o, int candidate)
{
    return (candidate >= 3 && !o->user_n) || (candidate % 3 == 1 && !o->port_n) ||
           (candidate % 3 == 2 && o->port_n);
}

/* Every candidate and token is tried, so that the time tells nothing about which one came close. */
static bool any_matches(const struct signed_request *r, const struct origin *o,
                        const struct form *form)
{
    struct buf tail = BUF(SIGNED_MAX), data = BUF(2 * SIGNED_MAX);
    char made[SIGNATURE_TEXT];
    bool matches = false;
    put_parameters(&tail, form);
    for (int c = 0; c < CANDIDATES; c++) {
        if (repeats(o, c))
            continue;
        buf_reset(&data);
        put_url(&data, o, c, r->target);
        buf_put(&data, tail.p, tail.n);
        for (int t = 0; t < 2; t++) {
            if (!r->tokens[t] || !*r->tokens[t])
                continue;
            sign(r->tokens[t], &data, made);
            matches |= equal_const_time(made, r->signature, SIGNATURE_LEN);
        }
    }
    matches = matches && !tail.over && !data.over;
    buf_free(&tail);
    buf_free(&data);
    return matches;
}

/* The value of bodySHA256 in the query, or NULL. */
static const char *body_hash(const char *target)
{
    static const char name[] = "bodySHA256=";
    const char *p = strchr(target, '?');
    while (p && strncmp(p + 1, name, sizeof name - 1) != 0)
        p = strchr(p + 1, '&');
    return p ? p + sizeof name : NULL;
}

static bool body_matches(const char *expected, const char *body, size_t n)
{
    uint8_t digest[SHA256_SIZE];
    char hex[2 * SHA256_SIZE + 1];
    sha256(body, n, digest);
    hex_encode(digest, sizeof digest, hex);
    return strcspn(expected, "&") == 2 * SHA256_SIZE &&
           equal_const_time(hex, expected, 2 * SHA256_SIZE);
}

static bool valid(const struct signed_request *r)
{
    struct origin o;
    if (strlen(r->signature) != SIGNATURE_LEN || !parse_origin(r->public_url, &o))
        return false;
    const char *hash = body_hash(r->target);
    if (!hash)
        return (r->form || !r->body_n) && any_matches(r, &o, r->form);
    return any_matches(r, &o, NULL) && body_matches(hash, r->body, r->body_n);
}

enum err signature_check(struct scope *s, const struct signed_request *r)
{
    if (!r->signature)
        return fail(s, ERR_FORBIDDEN, "bad_signature", "X-Twilio-Signature",
                    "the request is not signed");
    if (!valid(r))
        return fail(s, ERR_FORBIDDEN, "bad_signature", "X-Twilio-Signature",
                    "the signature does not match");
    return OK;
}

void signature_make(const char *token, const char *url, const struct form *form,
                    char out[SIGNATURE_TEXT])
{
    struct buf data = BUF(2 * SIGNED_MAX);
    buf_puts(&data, url);
    put_parameters(&data, form);
    sign(token, &data, out);
    buf_free(&data);
}
