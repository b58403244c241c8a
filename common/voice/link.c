#include "voice/link.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/die.h"
#include "io/crypto.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAC_TEXT      44 /* 32 bytes as base64url and a NUL */
#define EXPIRY_DIGITS 12 /* hex; beyond any clock */
#define SIGNED_MAX    65536
#define SECRET_MIN    16

static void put_field(struct buf *out, const char *text, size_t n)
{
    uint8_t length[4] = {(uint8_t)(n >> 24), (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n};
    buf_put(out, length, sizeof length);
    buf_put(out, text, n);
}

static void make_mac(const char *secret, const char *purpose, const char *expiry, size_t expiry_n,
                     const char *const *fields, size_t n, char out[MAC_TEXT])
{
    struct buf data = BUF(SIGNED_MAX);
    uint8_t mac[SHA256_SIZE];
    put_field(&data, purpose, strlen(purpose));
    put_field(&data, expiry, expiry_n);
    for (size_t i = 0; i < n; i++)
        put_field(&data, fields[i], strlen(fields[i]));
    CHECK(!data.over);
    hmac_sha256(secret, strlen(secret), data.p, data.n, mac);
    base64url_encode(mac, sizeof mac, out);
    buf_free(&data);
}

const char *link_sign_fields(struct arena *a, const char *secret, const char *purpose,
                             uint64_t expires_s, const char *const *fields, size_t n)
{
    char expiry[24], mac[MAC_TEXT];
    int expiry_n = snprintf(expiry, sizeof expiry, "%llx", (unsigned long long)expires_s);
    CHECK(expiry_n <= EXPIRY_DIGITS);
    make_mac(secret, purpose, expiry, (size_t)expiry_n, fields, n, mac);
    return arena_printf(a, "%s.%s", expiry, mac);
}

static const char *other = "";

static int too_short(const char *name, const char *secret)
{
    if (!secret || strlen(secret) >= SECRET_MIN) /* none at all is told already */
        return 0;
    return fprintf(stderr, "configuration: %s is shorter than %d bytes\n", name, SECRET_MIN) > 0;
}

int link_configure(const char *secret, const char *next)
{
    other = next;
    return too_short("LINK_SECRET", secret) + (*next && too_short("LINK_SECRET_NEXT", next));
}

static bool signed_with(const char *secret, const char *purpose, const char *token, size_t expiry_n,
                        const char *const *fields, size_t n)
{
    char mac[MAC_TEXT];
    make_mac(secret, purpose, token, expiry_n, fields, n, mac);
    return equal_const_time(mac, token + expiry_n + 1, MAC_TEXT - 1);
}

bool link_check_fields(const char *secret, const char *purpose, const char *token,
                       const char *const *fields, size_t n)
{
    size_t expiry_n = token ? strspn(token, "0123456789abcdef") : 0;
    if (!expiry_n || expiry_n > EXPIRY_DIGITS || token[expiry_n] != '.' ||
        strlen(token + expiry_n + 1) != MAC_TEXT - 1)
        return false;
    if (!signed_with(secret, purpose, token, expiry_n, fields, n) &&
        !(*other && signed_with(other, purpose, token, expiry_n, fields, n)))
        return false;
    unsigned long long expires_s = strtoull(token, NULL, 16);
    return !expires_s || expires_s > clock_wall_ms() / 1000;
}
