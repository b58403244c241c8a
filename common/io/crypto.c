#include "io/crypto.h"
#include "base/die.h"
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <string.h>

/* Fetched once: openssl would look it up for every digest. */
static const EVP_MD *sha256_method(void)
{
    static EVP_MD *method;
    if (!method)
        method = must(EVP_MD_fetch(NULL, "SHA256", NULL));
    return method;
}

void sha1(const void *p, size_t n, uint8_t out[SHA1_SIZE])
{
    CHECK(EVP_Digest(n ? p : "", n, out, NULL, EVP_sha1(), NULL) == 1);
}

void sha256(const void *p, size_t n, uint8_t out[SHA256_SIZE])
{
    CHECK(EVP_Digest(n ? p : "", n, out, NULL, sha256_method(), NULL) == 1);
}

/* A name of our own for what is openssl's. */
struct sha256 *sha256_begin(void)
{
    EVP_MD_CTX *ctx = must(EVP_MD_CTX_new());
    CHECK(EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) == 1);
    return (struct sha256 *)ctx;
}

void sha256_add(struct sha256 *h, const void *p, size_t n)
{
    CHECK(EVP_DigestUpdate((EVP_MD_CTX *)h, p, n) == 1);
}

void sha256_end(struct sha256 *h, uint8_t out[SHA256_SIZE])
{
    CHECK(EVP_DigestFinal_ex((EVP_MD_CTX *)h, out, NULL) == 1);
    EVP_MD_CTX_free((EVP_MD_CTX *)h);
}

/*
 * Preparing a key costs as much as a short message does, and a service has few: the last one of each hash stays
 * prepared. On the loop's thread only.
 */
#define KEPT_MAX 128

struct keyed {
    EVP_MAC_CTX *mac;
    uint8_t key[KEPT_MAX];
    size_t key_n;
};

static EVP_MAC_CTX *mac_create(char *hash)
{
    EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    EVP_MAC_CTX *mac = EVP_MAC_CTX_new(must(hmac));
    EVP_MAC_free(hmac);
    const OSSL_PARAM which[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, hash, 0),
                                OSSL_PARAM_construct_end()};
    CHECK(mac && EVP_MAC_CTX_set_params(mac, which) == 1);
    return mac;
}

static bool is_kept(const struct keyed *k, const void *key, size_t n)
{
    return k->key_n == n && n && memcmp(k->key, key, n) == 0;
}

static void begin(struct keyed *k, char *hash, const void *key, size_t n)
{
    if (!k->mac)
        k->mac = mac_create(hash);
    if (is_kept(k, key, n)) {
        CHECK(EVP_MAC_init(k->mac, NULL, 0, NULL) == 1);
        return;
    }
    CHECK(EVP_MAC_init(k->mac, n ? key : (const void *)"", n, NULL) == 1);
    k->key_n = n <= KEPT_MAX ? n : 0;
    memcpy(k->key, key, k->key_n);
}

static void finish(struct keyed *k, const void *p, size_t n, uint8_t *out, size_t size)
{
    CHECK(EVP_MAC_update(k->mac, p, n) == 1 && EVP_MAC_final(k->mac, out, NULL, size) == 1);
}

void hmac_sha1(const void *key, size_t key_n, const void *p, size_t n, uint8_t out[SHA1_SIZE])
{
    static struct keyed kept;
    begin(&kept, (char[]){"SHA1"}, key, key_n);
    finish(&kept, p, n, out, SHA1_SIZE);
}

void hmac_sha256(const void *key, size_t key_n, const void *p, size_t n, uint8_t out[SHA256_SIZE])
{
    static struct keyed kept;
    begin(&kept, (char[]){"SHA256"}, key, key_n);
    finish(&kept, p, n, out, SHA256_SIZE);
}

void random_bytes(void *out, size_t n)
{
    if (RAND_bytes(out, (int)n) != 1)
        die("crypto: no randomness");
}

bool equal_const_time(const void *a, const void *b, size_t n)
{
    return CRYPTO_memcmp(a, b, n) == 0;
}

void hex_encode(const uint8_t *p, size_t n, char *out)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < n; i++) {
        *out++ = digits[p[i] >> 4];
        *out++ = digits[p[i] & 15];
    }
    *out = 0;
}

static const char plain_alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char url_alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* Every byte needs its six-bit groups; a short last group is left without padding. */
static size_t encode(const char *alphabet, const uint8_t *p, size_t n, char *out)
{
    char *o = out;
    unsigned bits = 0, have = 0;
    for (size_t i = 0; i < n; i++) {
        bits = bits << 8 | p[i];
        have += 8;
        while (have >= 6) {
            have -= 6;
            *o++ = alphabet[bits >> have & 63];
        }
        bits &= (1u << have) - 1;
    }
    if (have)
        *o++ = alphabet[bits << (6 - have) & 63];
    *o = 0;
    return (size_t)(o - out);
}

size_t base64_encode(const void *p, size_t n, char *out)
{
    size_t used = encode(plain_alphabet, p, n, out);
    while (used % 4)
        out[used++] = '=';
    out[used] = 0;
    return used;
}

size_t base64url_encode(const void *p, size_t n, char *out)
{
    return encode(url_alphabet, p, n, out);
}

static int value_of(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Exact: one text per value, so bits behind the last byte must be zero. */
long base64_decode(const char *text, size_t n, uint8_t *out)
{
    if (n % 4)
        return -1;
    while (n && text[n - 1] == '=')
        if (--n % 4 == 1)
            return -1;
    uint8_t *o = out;
    unsigned bits = 0, have = 0;
    for (size_t i = 0; i < n; i++) {
        int v = value_of(text[i]);
        if (v < 0)
            return -1;
        bits = bits << 6 | (unsigned)v;
        have += 6;
        if (have >= 8) {
            have -= 8;
            *o++ = (uint8_t)(bits >> have);
        }
        bits &= (1u << have) - 1;
    }
    return bits ? -1 : o - out;
}
