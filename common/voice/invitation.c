#include "voice/invitation.h"
#include "io/crypto.h"
#include "voice/link.h"
#include <stdio.h>
#include <string.h>

#define PURPOSE "talk"
#define NONCE   8

/* <tenant>.<mode>.<nonce>.<link token> */
const char *invitation_make(struct arena *a, const char *secret, const char *tenant,
                            const char *mode, uint64_t expires_s)
{
    uint8_t random[NONCE];
    char nonce[2 * NONCE + 1];
    random_bytes(random, sizeof random);
    hex_encode(random, sizeof random, nonce);
    return arena_printf(a, "%s.%s.%s.%s", tenant, mode, nonce,
                        link_sign(a, secret, PURPOSE, expires_s, tenant, mode, nonce));
}

/* The part up to the next dot, and the dot; false: there is none, or it is too long. */
static bool take(const char **p, char *out, size_t max)
{
    size_t n = strcspn(*p, ".");
    if (n >= max || (*p)[n] != '.')
        return false;
    memcpy(out, *p, n);
    out[n] = 0;
    *p += n + 1;
    return true;
}

bool invitation_read(const char *secret, const char *token, struct invitation *out)
{
    char nonce[2 * NONCE + 1];
    const char *p = token;
    return take(&p, out->tenant, sizeof out->tenant) && take(&p, out->mode, sizeof out->mode) &&
           take(&p, nonce, sizeof nonce) &&
           link_check(secret, PURPOSE, p, out->tenant, out->mode, nonce);
}
