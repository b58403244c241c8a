/* Hashes, MACs, randomness and encodings (openssl). Lengths are bytes; text outputs are NUL-terminated. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SHA1_SIZE   20
#define SHA256_SIZE 32

void sha1(const void *p, size_t n, uint8_t out[SHA1_SIZE]); /* where a protocol asks for it */
void sha256(const void *p, size_t n, uint8_t out[SHA256_SIZE]);
/* The same over what comes in pieces. */
struct sha256;
struct sha256 *sha256_begin(void);
void sha256_add(struct sha256 *h, const void *p, size_t n);
void sha256_end(struct sha256 *h, uint8_t out[SHA256_SIZE]); /* frees it */
void hmac_sha1(const void *key, size_t key_n, const void *p, size_t n, uint8_t out[SHA1_SIZE]);
void hmac_sha256(const void *key, size_t key_n, const void *p, size_t n, uint8_t out[SHA256_SIZE]);
void random_bytes(void *out, size_t n);
bool equal_const_time(const void *a, const void *b, size_t n);

void hex_encode(const uint8_t *p, size_t n, char *out);      /* out: 2n+1 */
size_t base64_encode(const void *p, size_t n, char *out);    /* out: 4*((n+2)/3)+1; padded */
size_t base64url_encode(const void *p, size_t n, char *out); /* no padding */
/* Bytes written, or -1 on anything but exact, padded base64. out: 3*(n/4). */
long base64_decode(const char *text, size_t n, uint8_t *out);
