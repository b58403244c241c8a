/*
 * What is refused before any handler sees it. libmicrohttpd alone would let pass: length and
 * chunked together, two lengths, two Hosts, a NUL inside a header, bare LF as a line end, folded
 * lines. Each is a way for a proxy in front and us to see two different requests.
 */
#include "io/httpd_impl.h"
#include <string.h>
#include <strings.h>

/*
 * Every byte of the head must be accounted for: the parts the parser found have to lie one behind
 * the other, one separator or CRLF apart. A NUL cuts a part short, a folded or bare-LF line shifts
 * it.
 */
static bool accounted_for(const struct head *h)
{
    if (h->target != h->method + strlen(h->method) + 1 || h->version != h->target + h->target_n + 1)
        return false;
    const char *p = h->version + strlen(h->version) + 2;
    for (size_t i = 0; i < h->n; i++) {
        const struct header *x = &h->headers[i];
        if (x->name != p || !x->name_n)
            return false;
        p += x->name_n + 1;
        p += strspn(p, " \t");
        if (x->value != p)
            return false;
        p += x->value_n + 2;
    }
    return p + 2 == h->method + h->size;
}

static bool is_token(const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (p[i] <= ' ' || p[i] >= 0x7f || strchr("\"(),/:;<=>?@[\\]{}", p[i]))
            return false;
    return n > 0;
}

static bool plain_bytes(const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (((unsigned char)p[i] < ' ' && p[i] != '\t') || p[i] == 0x7f)
            return false;
    return true;
}

static enum err bad(struct exchange *x, const char *why)
{
    return fail(&x->req.scope, ERR_INVALID, NULL, NULL, "%s", why);
}

static enum err judge_headers(struct exchange *x, const struct head *head)
{
    unsigned hosts = 0, lengths = 0, encodings = 0;
    size_t bytes = 0;
    for (size_t i = 0; i < head->n; i++) {
        const struct header *h = &head->headers[i];
        bytes += h->name_n + h->value_n;
        if (!is_token(h->name, h->name_n) || !plain_bytes(h->value, h->value_n))
            return bad(x, "a header has a forbidden byte");
        hosts += strcasecmp(h->name, "Host") == 0;
        lengths += strcasecmp(h->name, "Content-Length") == 0;
        if (strcasecmp(h->name, "Transfer-Encoding") == 0) {
            encodings++;
            if (strcasecmp(h->value, "chunked"))
                return bad(x, "the only transfer encoding is chunked");
        }
    }
    if (bytes > HEADERS_MAX || head->n >= HEADERS_COUNT)
        return fail(&x->req.scope, ERR_HEADERS, NULL, NULL,
                    "the headers are over 16 KiB or too many");
    if (hosts > 1)
        return bad(x, "more than one Host");
    if (lengths + encodings > 1)
        return bad(x, "the length of the body is told more than once");
    if (encodings && strcmp(head->version, "HTTP/1.1"))
        return bad(x, "chunked needs HTTP/1.1");
    return OK;
}

enum err edge_judge(struct exchange *x, const struct head *head)
{
    if (head->target_n > TARGET_MAX)
        return fail(&x->req.scope, ERR_URI_TOO_LONG, NULL, NULL, "the address is over 8 KiB");
    if (head->laid_out && head->n < HEADERS_COUNT && !accounted_for(head))
        return bad(x, "the head of the request is malformed");
    if (strncmp(head->version, "HTTP/1.", 7))
        return bad(x, "this is not HTTP/1.1");
    if (!is_token(head->method, strlen(head->method)) || x->req.target[0] != '/' ||
        !plain_bytes(x->req.target, head->target_n))
        return bad(x, "the request line is malformed");
    return judge_headers(x, head);
}
