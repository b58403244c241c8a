/*
 * Each proxy appends the address that spoke to it. So the list is true from its end up to the first
 * address that is no proxy of ours: that one is the client, and what stands before it is its own claim.
 */
#include "io/httpd_impl.h"
#include "io/address.h"
#include <string.h>
#include <strings.h>

static bool is_proxy(const struct httpd *h, const struct in6_addr *a)
{
    for (int i = 0; i < h->n_proxies; i++)
        if (IN6_ARE_ADDR_EQUAL(&h->proxies[i], a))
            return true;
    return false;
}

/* The last entry of the list in p[0..*n]; *n becomes the length of what is before it, its comma off. */
static const char *take_last(const char *p, size_t *n, size_t *entry_n)
{
    size_t at = *n;
    while (at && p[at - 1] != ',')
        at--;
    *entry_n = *n - at;
    *n = at ? at - 1 : 0;
    return p + at;
}

enum found { GO_ON, FOUND, MALFORMED };

static enum found look(const struct httpd *h, const struct header *list, struct in6_addr *a)
{
    size_t n = list->value_n, entry_n;
    do {
        const char *entry = take_last(list->value, &n, &entry_n);
        if (!address_read(entry, entry_n, a))
            return MALFORMED;
        if (!is_proxy(h, a))
            return FOUND;
    } while (n);
    return GO_ON;
}

const char *client_behind(const struct exchange *x)
{
    struct in6_addr a;
    const char *peer = x->req.client;
    if (!address_read(peer, strlen(peer), &a) || !is_proxy(x->httpd, &a))
        return peer;
    enum found found = GO_ON;
    for (size_t i = x->n_headers; i-- && found == GO_ON;) /* a proxy may append a line of its own */
        if (strcasecmp(x->headers[i].name, "X-Forwarded-For") == 0)
            found = look(x->httpd, &x->headers[i], &a);
    if (found != FOUND)
        return peer;
    char text[INET6_ADDRSTRLEN];
    address_write(&a, text);
    return arena_strdup(x->req.scope.arena, text);
}
