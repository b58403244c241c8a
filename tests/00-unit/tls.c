/* The codec against an OpenSSL server in this process. */
#include "io/tls.h"
#include "certificate.h"
#include <criterion/criterion.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char ca_file[] = "/tmp/va-tls-ca-XXXXXX";
static SSL_CTX *ctx;
static SSL *server;
static BIO *to_server, *from_server;

static void server_up(void)
{
    ctx = certificate_context(ca_file);
    server = SSL_new(ctx);
    to_server = BIO_new(BIO_s_mem());
    from_server = BIO_new(BIO_s_mem());
    SSL_set_bio(server, to_server, from_server);
    SSL_set_accept_state(server);
}

static void server_down(void)
{
    unlink(ca_file);
    SSL_free(server);
    SSL_CTX_free(ctx);
}

/* Carry what both sides want to say, until neither has more; the client's error ends it. */
static enum err talk(struct tls *t, struct buf *wire, struct buf *plain, struct buf *heard)
{
    char piece[4096];
    for (bool moved = true; moved;) {
        moved = wire->n > 0;
        BIO_write(to_server, wire->p, (int)wire->n);
        buf_reset(wire);
        for (int n; (n = SSL_read(server, piece, sizeof piece)) > 0;)
            buf_put(heard, piece, (size_t)n);
        for (int n; (n = BIO_read(from_server, piece, sizeof piece)) > 0; moved = true)
            TRY(tls_receive(t, piece, (size_t)n, plain, wire));
    }
    return OK;
}

struct outcome {
    enum err e;
    char heard[64], answer[64], why[160];
};

static struct outcome speak(const char *host, const char *ca)
{
    struct outcome o = {0};
    struct buf wire = BUF(1 << 20), plain = BUF(1 << 20), heard = BUF(1 << 20);
    struct tls *t = tls_client(host, ca);
    cr_assert_not_null(t);
    o.e = tls_send(t, "before the handshake", 20, &wire);
    if (!o.e)
        o.e = talk(t, &wire, &plain, &heard);
    if (!o.e) {
        SSL_write(server, "answer", 6);
        o.e = tls_send(t, ", after", 7, &wire);
    }
    if (!o.e)
        o.e = talk(t, &wire, &plain, &heard);
    snprintf(o.heard, sizeof o.heard, "%s", heard.p);
    snprintf(o.answer, sizeof o.answer, "%s", plain.p);
    snprintf(o.why, sizeof o.why, "%s", tls_why(t));
    tls_free(t);
    buf_free(&wire);
    buf_free(&plain);
    buf_free(&heard);
    return o;
}

TestSuite(tls, .init = server_up, .fini = server_down, .timeout = 20);

Test(tls, talks_to_the_right_host_and_keeps_what_was_said_early)
{
    struct outcome o = speak("broker.test", ca_file);
    cr_expect_eq(o.e, OK, "%s", o.why);
    cr_expect_str_eq(o.heard, "before the handshake, after");
    cr_expect_str_eq(o.answer, "answer");
}

Test(tls, accepts_an_address_that_the_certificate_names)
{
    struct outcome o = speak("127.0.0.1", ca_file);
    cr_expect_eq(o.e, OK, "%s", o.why);
    cr_expect_str_eq(o.answer, "answer");
}

Test(tls, refuses_a_certificate_of_another_host_before_saying_anything)
{
    struct outcome o = speak("other.test", ca_file);
    cr_expect_eq(o.e, ERR_UPSTREAM);
    cr_expect_str_empty(o.heard);
    cr_expect(strstr(o.why, "ostname mismatch"), "%s", o.why);
}

Test(tls, refuses_another_address)
{
    struct outcome o = speak("127.0.0.2", ca_file);
    cr_expect_eq(o.e, ERR_UPSTREAM);
    cr_expect_str_empty(o.heard);
}

Test(tls, refuses_a_certificate_of_an_unknown_authority)
{
    struct outcome o = speak("broker.test", NULL);
    cr_expect_eq(o.e, ERR_UPSTREAM);
    cr_expect_str_empty(o.heard);
}

Test(tls, refuses_a_peer_that_only_knows_an_old_version)
{
    SSL_set_max_proto_version(server, TLS1_1_VERSION);
    SSL_set_min_proto_version(server, TLS1_VERSION);
    SSL_set_security_level(server, 0);
    cr_expect_eq(speak("broker.test", ca_file).e, ERR_UPSTREAM);
}

Test(tls, reports_garbage_in_place_of_a_handshake)
{
    struct buf wire = BUF(1 << 20), plain = BUF(1 << 20);
    struct tls *t = tls_client("broker.test", ca_file);
    cr_expect_eq(tls_send(t, "", 0, &wire), OK);
    cr_expect_eq(tls_receive(t, "AMQP\0\0\x09\x01", 8, &plain, &wire), ERR_UPSTREAM);
    cr_expect_str_not_empty(tls_why(t));
    tls_free(t);
    buf_free(&wire);
    buf_free(&plain);
}

Test(tls, has_no_session_without_its_authority_file)
{
    cr_expect_null(tls_client("broker.test", "/nonexistent/ca.pem"));
}
