#include "webhook_url.h"
#include "gateway.h"
#include "io/address.h"
#include <netinet/in.h>
#include <string.h>
#include <strings.h>

struct host {
    const char *p;
    size_t n;
};

static size_t scheme_length(const char *url)
{
    return !strncasecmp(url, "https://", 8) ? 8 : !strncasecmp(url, "http://", 7) ? 7 : 0;
}

/* Without a port; of an IPv6 literal without its brackets. */
static struct host host_of(const char *url)
{
    struct host h = {.p = url + scheme_length(url)};
    h.n = strcspn(h.p, "/?#");
    if (*h.p == '[') {
        size_t n = strcspn(h.p, "]");
        return (struct host){h.p + 1, n < h.n ? n - 1 : 0};
    }
    const char *colon = memchr(h.p, ':', h.n);
    h.n = colon ? (size_t)(colon - h.p) : h.n;
    return h;
}

static bool is_private_literal(struct host h)
{
    struct in6_addr a;
    if (!address_read(h.p, h.n, &a))
        return false;
    struct sockaddr_in6 there = {.sin6_family = AF_INET6, .sin6_addr = a};
    return !address_is_public((struct sockaddr *)&there);
}

bool webhook_url_is_inside(const char *url)
{
    struct host h = host_of(url);
    for (const char *p = cfg.webhook_private_hosts; *p; p += *p == ',') {
        size_t n = strcspn(p, ",");
        if (n == h.n && n && !strncasecmp(p, h.p, n))
            return true;
        p += n;
    }
    return false;
}

const char *webhook_url_refusal(const char *url)
{
    struct host h = host_of(url);
    for (const char *p = url; *p; p++)
        if (*p <= ' ' || *p > '~' || strchr("\"<>\\^`{|}#", *p))
            return "has a character that no URL has";
    if (!scheme_length(url) || !h.n)
        return "must be like https://example.com/path";
    if (memchr(url, '@', scheme_length(url) + strcspn(url + scheme_length(url), "/?#")))
        return "must not hold a user or password";
    if (webhook_url_is_inside(url))
        return NULL;
    if (strncasecmp(url, "https:", 6) != 0)
        return "must be https";
    return is_private_literal(h) ? "must lead to the open Internet" : NULL;
}
