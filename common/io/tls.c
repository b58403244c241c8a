#include "io/tls.h"
#include "base/die.h"
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EARLY_MAX (64 * 1024) /* plaintext that waits for the handshake */
#define PIECE     16384       /* one TLS record */

struct tls {
    SSL_CTX *ctx;
    SSL *ssl;
    BIO *in, *out; /* ciphertext; both belong to ssl */
    bool up;
    struct buf early;
    char why[160];
};

void tls_free(struct tls *t)
{
    if (!t)
        return;
    SSL_free(t->ssl);
    SSL_CTX_free(t->ctx);
    buf_free(&t->early);
    free(t);
}

/* Keep the first reason, preferring what the certificate check said. */
static enum err broken(struct tls *t)
{
    long verify = SSL_get_verify_result(t->ssl);
    unsigned long code = ERR_get_error();
    if (verify != X509_V_OK)
        snprintf(t->why, sizeof t->why, "certificate: %s", X509_verify_cert_error_string(verify));
    else if (code)
        ERR_error_string_n(code, t->why, sizeof t->why);
    else
        snprintf(t->why, sizeof t->why, "the peer closed the session");
    ERR_clear_error();
    return ERR_UPSTREAM;
}

/* The alert that tells the peer why is in `out` too, so this runs after a failure as well. */
static void drain_wire(struct tls *t, struct buf *wire)
{
    char piece[PIECE];
    for (int n; (n = BIO_read(t->out, piece, sizeof piece)) > 0;)
        buf_put(wire, piece, (size_t)n);
}

static enum err encrypt(struct tls *t, const char *p, size_t n)
{
    size_t written;
    if (n && SSL_write_ex(t->ssl, p, n, &written) != 1)
        return broken(t);
    return OK;
}

static enum err handshake(struct tls *t)
{
    ERR_clear_error();
    int r = SSL_do_handshake(t->ssl);
    if (r != 1)
        return SSL_get_error(t->ssl, r) == SSL_ERROR_WANT_READ ? OK : broken(t);
    t->up = true;
    TRY(encrypt(t, t->early.p, t->early.n));
    buf_free(&t->early);
    return OK;
}

static enum err decrypt(struct tls *t, struct buf *plain)
{
    char piece[PIECE];
    size_t n;
    ERR_clear_error();
    while (SSL_read_ex(t->ssl, piece, sizeof piece, &n) == 1)
        buf_put(plain, piece, n);
    return SSL_get_error(t->ssl, 0) == SSL_ERROR_WANT_READ ? OK : broken(t);
}

static enum err pump(struct tls *t, struct buf *plain)
{
    if (!t->up)
        TRY(handshake(t));
    return t->up && plain ? decrypt(t, plain) : OK;
}

enum err tls_receive(struct tls *t, const char *p, size_t n, struct buf *plain, struct buf *wire)
{
    CHECK(BIO_write(t->in, p, (int)n) == (int)n); /* a memory BIO takes everything */
    enum err e = pump(t, plain);
    drain_wire(t, wire);
    return e ? e : plain->over || wire->over ? ERR_TOO_BIG : OK;
}

enum err tls_send(struct tls *t, const char *p, size_t n, struct buf *wire)
{
    enum err e = OK;
    if (t->up)
        e = encrypt(t, p, n);
    else
        buf_put(&t->early, p, n);
    if (!e)
        e = pump(t, NULL);
    drain_wire(t, wire);
    return e ? e : t->early.over || wire->over ? ERR_TOO_BIG : OK;
}

const char *tls_why(const struct tls *t)
{
    return t->why;
}

/* An address in place of a name is compared with the certificate's addresses. */
static bool expect_host(SSL *ssl, const char *host)
{
    X509_VERIFY_PARAM *v = SSL_get0_param(ssl);
    if (X509_VERIFY_PARAM_set1_ip_asc(v, host) == 1)
        return true;
    X509_VERIFY_PARAM_set_hostflags(v, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return SSL_set_tlsext_host_name(ssl, host) == 1 && X509_VERIFY_PARAM_set1_host(v, host, 0) == 1;
}

static SSL_CTX *create_context(const char *ca_file)
{
    SSL_CTX *ctx = must(SSL_CTX_new(TLS_client_method()));
    SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
    int trusted = ca_file ? SSL_CTX_load_verify_locations(ctx, ca_file, NULL)
                          : SSL_CTX_set_default_verify_paths(ctx);
    if (trusted == 1)
        return ctx;
    ERR_clear_error();
    SSL_CTX_free(ctx);
    return NULL;
}

/* The last one is kept: reading the system's authorities takes 35 ms, too long for each reconnect. */
static SSL_CTX *context(const char *ca_file)
{
    static SSL_CTX *kept;
    static char *kept_for;
    const char *key = ca_file ? ca_file : "";
    if (!kept || strcmp(key, kept_for) != 0) {
        SSL_CTX *ctx = create_context(ca_file);
        if (!ctx)
            return NULL;
        SSL_CTX_free(kept);
        free(kept_for);
        kept = ctx;
        kept_for = must(strdup(key));
    }
    SSL_CTX_up_ref(kept);
    return kept;
}

struct tls *tls_client(const char *host, const char *ca_file)
{
    SSL_CTX *ctx = context(ca_file);
    if (!ctx)
        return NULL;
    struct tls *t = must(calloc(1, sizeof *t));
    t->ctx = ctx;
    t->early = BUF(EARLY_MAX);
    t->ssl = must(SSL_new(ctx));
    if (!expect_host(t->ssl, host)) {
        tls_free(t);
        return NULL;
    }
    t->in = must(BIO_new(BIO_s_mem()));
    t->out = must(BIO_new(BIO_s_mem()));
    SSL_set_bio(t->ssl, t->in, t->out);
    SSL_set_connect_state(t->ssl);
    return t;
}
