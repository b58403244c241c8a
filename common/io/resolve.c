#include "io/resolve.h"
#include "base/buf.h"
#include "base/die.h"
#include "loop/loop.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

struct resolve {
    uv_getaddrinfo_t uv;
    char hosts[RESOLVE_MAX];
    const char *rest; /* what of hosts is still to come */
    struct buf addresses;
    unsigned turn;
    resolve_done *cb; /* NULL: cancelled */
    void *arg;
    struct timer *refused; /* libuv did not take the name; told in the next turn */
};

static void on_address(uv_getaddrinfo_t *uv, int status, struct addrinfo *found);

static void destroy(struct resolve *r)
{
    buf_free(&r->addresses);
    free(r);
}

static void finish(struct resolve *r, const char *addresses, const char *why)
{
    if (r->cb)
        r->cb(r->arg, addresses, why);
    destroy(r);
}

static bool is_address(const char *host)
{
    struct in6_addr any;
    return uv_inet_pton(AF_INET, host, &any) == 0 || uv_inet_pton(AF_INET6, host, &any) == 0;
}

static bool is_name(const char *host)
{
    return *host && *host != '/' && *host != '@' && !is_address(host);
}

/* The next host of a list into host; what follows it, or NULL at the end. */
static const char *next_host(const char *list, char host[RESOLVE_MAX])
{
    size_t n = strcspn(list, ",");
    snprintf(host, RESOLVE_MAX, "%.*s", (int)n, list);
    return list[n] ? list + n + 1 : NULL;
}

static void on_refused(void *arg)
{
    struct resolve *r = arg;
    timer_cancel(&r->refused);
    finish(r, NULL, "not a host name");
}

/* Walk the list up to the next name, and look that up; the answer continues the walk. */
static void walk(struct resolve *r)
{
    char host[RESOLVE_MAX];
    while (r->rest) {
        if (r->rest != r->hosts)
            buf_putc(&r->addresses, ',');
        r->rest = next_host(r->rest, host);
        if (is_name(host)) {
            struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
            if (uv_getaddrinfo(loop_uv(), &r->uv, on_address, host, NULL, &hints) != 0)
                r->refused = timer_after(0, on_refused, r);
            return;
        }
        if (is_address(host))
            buf_puts(&r->addresses, host);
    }
    if (r->addresses.over)
        finish(r, NULL, "too many hosts");
    else
        finish(r, r->addresses.p, NULL);
}

static const struct addrinfo *choose(const struct addrinfo *all, unsigned turn)
{
    unsigned n = 0;
    for (const struct addrinfo *a = all; a; a = a->ai_next)
        n++;
    for (turn %= n; turn; turn--)
        all = all->ai_next;
    return all;
}

static void on_address(uv_getaddrinfo_t *uv, int status, struct addrinfo *found)
{
    struct resolve *r = uv->data;
    if (!r->cb || status) {
        uv_freeaddrinfo(found);
        finish(r, NULL, status ? uv_strerror(status) : NULL);
        return;
    }
    char text[64] = "";
    const struct addrinfo *a = choose(found, r->turn);
    uv_ip_name(a->ai_addr, text, sizeof text);
    uv_freeaddrinfo(found);
    buf_puts(&r->addresses, text);
    walk(r);
}

bool resolve_needed(const char *hosts)
{
    char host[RESOLVE_MAX];
    while (hosts) {
        hosts = next_host(hosts, host);
        if (is_name(host))
            return true;
    }
    return false;
}

struct resolve *resolve_start(const char *hosts, unsigned turn, resolve_done *cb, void *arg)
{
    CHECK(resolve_needed(hosts) && strlen(hosts) < RESOLVE_MAX);
    struct resolve *r = must(calloc(1, sizeof *r));
    *r = (struct resolve){.turn = turn, .cb = cb, .arg = arg, .addresses = BUF(RESOLVE_MAX)};
    snprintf(r->hosts, sizeof r->hosts, "%s", hosts);
    r->uv.data = r;
    r->rest = r->hosts;
    walk(r);
    return r;
}

/* A look-up that has begun cannot be stopped; its answer finds no callback and frees the rest. */
void resolve_cancel(struct resolve **r)
{
    if (!*r)
        return;
    (*r)->cb = NULL;
    if (!(*r)->refused)
        uv_cancel((uv_req_t *)&(*r)->uv);
    *r = NULL;
}
