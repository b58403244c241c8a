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

bool address_is_public(const struct sockaddr *a)
{
    if (a->sa_family == AF_INET)
        return public_v4(&((const struct sockaddr_in *)a)->sin_addr);
    return a->sa_family == AF_INET6 &&
           public_v6(((const struct sockaddr_in6 *)a)->sin6_addr.s6_addr);
}
