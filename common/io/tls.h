/*
 * TLS client as a codec (openssl memory BIOs), for amqps: ciphertext in and out are buffers, the
 * socket belongs to somebody else. TLS 1.2 or newer, peer and host name verified.
 */
#pragma once
#include "base/buf.h"
#include "base/err.h"

struct tls;
struct tls *tls_client(const char *host, const char *ca_file); /* ca_file NULL: the system's */
void tls_free(struct tls *t);

/* Feed received ciphertext; plaintext that became readable is appended to plain, bytes to send to wire. */
enum err tls_receive(struct tls *t, const char *p, size_t n, struct buf *plain, struct buf *wire) MUST_CHECK;
/* Encrypt; before the handshake is done, plaintext waits inside. n = 0 starts the handshake. */
enum err tls_send(struct tls *t, const char *p, size_t n, struct buf *wire) MUST_CHECK;
