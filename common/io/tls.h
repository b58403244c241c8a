/*
 * TLS client as a codec (openssl memory BIOs), for amqps: ciphertext in and out are buffers, the
 * socket belongs to somebody else. TLS 1.2 or newer, peer and host name verified.
 */
#pragma once
#include "base/buf.h"
#include "base/err.h"

struct tls;
/* ca_file NULL: the system's (SSL_CERT_FILE is honoured). NULL: no such file, or no such host name. */
struct tls *tls_client(const char *host, const char *ca_file);
void tls_free(struct tls *t);

/* Feed received ciphertext; plaintext that became readable is appended to plain, bytes to send to wire. */
enum err tls_receive(struct tls *t, const char *p, size_t n, struct buf *plain,
                     struct buf *wire) MUST_CHECK;
/* Encrypt; before the handshake is done, plaintext waits inside. n = 0 starts the handshake. */
enum err tls_send(struct tls *t, const char *p, size_t n, struct buf *wire) MUST_CHECK;
const char *tls_why(const struct tls *t); /* why it failed, for the log; "" until it does */
