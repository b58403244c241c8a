#include "io/address.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>

#define NET(a, b, c, d, bits)                                                                      \
    {                                                                                              \
        (uint32_t)(a) << 24 | (b) << 16 | (c) << 8 | (d), bits                                     \
    }

static const struct {
    uint32_t net;
    unsigned bits;
} inward[] = {
    NET(0, 0, 0, 0, 8),    NET(10, 0, 0, 0, 8),     NET(100, 64, 0, 0, 10),
    NET(127, 0, 0, 0, 8),  NET(169, 254, 0, 0, 16), NET(172, 16, 0, 0, 12),
    NET(192, 0, 0, 0, 24), NET(192, 168, 0, 0, 16), NET(198, 18, 0, 0, 15),
    NET(224, 0, 0, 0, 3),
};

static bool public_v4(const void *network_order)
{
    uint32_t a;
    memcpy(&a, network_order, sizeof a);
    a = ntohl(a);
    for (size_t i = 0; i < sizeof inward / sizeof *inward; i++)
        if ((a ^ inward[i].net) >> (32 - inward[i].bits) == 0)
            return false;
    return true;
}

static bool public_v6(const uint8_t *a)
{
    static const uint8_t mapped[12] = {[10] = 0xff, 0xff}, nat64[12] = {0, 0x64, 0xff, 0x9b};
    static const uint8_t six_to_four[2] = {0x20, 0x02}, teredo[4] = {0x20, 0x01};
    if (!memcmp(a, mapped, sizeof mapped) || !memcmp(a, nat64, sizeof nat64))
        return public_v4(a + 12);
    if (!memcmp(a, six_to_four, sizeof six_to_four))
        return public_v4(a + 2);
    return a[0] >> 5 == 1 && memcmp(a, teredo, sizeof teredo) != 0; /* 2000::/3 */
}

/* ---- as text ---- */

bool address_read(const char *text, size_t n, struct in6_addr *out)
{
    char one[INET6_ADDRSTRLEN];
    struct in_addr v4;
    for (; n && strchr(" \t", *text); n--)
        text++;
    while (n && strchr(" \t", text[n - 1]))
        n--;
    if (n >= sizeof one)
        return false;
    memcpy(one, text, n);
    one[n] = 0;
    if (inet_pton(AF_INET, one, &v4) != 1)
        return inet_pton(AF_INET6, one, out) == 1;
    *out = (struct in6_addr){.s6_addr = {[10] = 0xff, 0xff}};
    memcpy(out->s6_addr + 12, &v4, sizeof v4);
    return true;
}

int address_read_list(const char *text, struct in6_addr *out, int max)
{
    if (!*text)
        return 0;
    for (int n = 0; n < max;) {
        size_t length = strcspn(text, ",");
        if (!address_read(text, length, &out[n++]))
            return -1;
        if (!text[length])
            return n;
        text += length + 1;
    }
    return -1;
}

void address_write(const struct in6_addr *a, char out[INET6_ADDRSTRLEN])
{
    if (IN6_IS_ADDR_V4MAPPED(a))
        inet_ntop(AF_INET, a->s6_addr + 12, out, INET6_ADDRSTRLEN);
    else
        inet_ntop(AF_INET6, a, out, INET6_ADDRSTRLEN);
}

/* ---- public or not ---- */

bool address_is_public(const struct sockaddr *a)
{
    if (a->sa_family == AF_INET)
        return public_v4(&((const struct sockaddr_in *)a)->sin_addr);
    return a->sa_family == AF_INET6 &&
           public_v6(((const struct sockaddr_in6 *)a)->sin6_addr.s6_addr);
}
