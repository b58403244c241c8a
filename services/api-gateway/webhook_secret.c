#include "webhook_secret.h"
#include "gateway.h"
#include "io/crypto.h"
#include <string.h>

#define BASE64_SHA256 45 /* with its NUL */

static void derive(struct arena *a, const char *webhook_id, long long no, uint8_t key[SHA256_SIZE])
{
    const char *what = arena_printf(a, "webhook %s %lld", webhook_id, no);
    hmac_sha256(cfg.link_secret, strlen(cfg.link_secret), what, strlen(what), key);
}

static const char *prefixed(struct arena *a, const char *prefix, const uint8_t bytes[SHA256_SIZE])
{
    char text[BASE64_SHA256];
    base64_encode(bytes, SHA256_SIZE, text);
    return arena_printf(a, "%s%s", prefix, text);
}

const char *webhook_secret(struct arena *a, const char *webhook_id, long long no)
{
    uint8_t key[SHA256_SIZE];
    derive(a, webhook_id, no, key);
    return prefixed(a, "whsec_", key);
}

const char *webhook_sign(struct arena *a, const char *webhook_id, long long no, const char *id,
                         long long timestamp, const char *body)
{
    uint8_t key[SHA256_SIZE], mac[SHA256_SIZE];
    derive(a, webhook_id, no, key);
    const char *signed_text = arena_printf(a, "%s.%lld.%s", id, timestamp, body);
    hmac_sha256(key, sizeof key, signed_text, strlen(signed_text), mac);
    return prefixed(a, "v1,", mac);
}
