/*
 * The bytes of one TCP connection, with TLS or without: what is written in a turn of the loop leaves
 * together at its end, bounded; a name with several addresses is tried at all of them.
 *
 *     s = sock_connect(&(struct sock_to){.host = "broker", .port = 5671, .tls = true}, &handlers, self);
 *     buf_put(sock_out(s), ...);                  once open
 *     sock_flush(s);                              in a TURN_FLUSH hook
 *     sock_tick(s);                               now and then: tells of what broke while flushing
 *     sock_close(s);
 */
#pragma once
#include "base/buf.h"

struct sock_to {
    const char *host;
    int port;
    bool tls;
    const char *ca_file; /* NULL: the system's */
    size_t
        queue_max; /* bytes written and not taken by the kernel; over it the connection is lost */
};

struct sock;
struct sock_h {
    void (*open)(void *arg);
    void (*bytes)(void *arg, const char *p, size_t n);
    void (*lost)(void *arg, const char *why); /* once; the receiver then calls sock_close() */
};
struct sock *sock_connect(const struct sock_to *to, const struct sock_h *h, void *arg);
/* One that is connected already, and stays its owner's: this one uses a duplicate. No open() comes. */
struct sock *sock_adopt(int fd, size_t queue_max, const struct sock_h *h, void *arg);
void sock_close(struct sock *s);      /* sends what it can at once; no callback comes any more */
void sock_stall(struct sock *s);      /* once open: reads no more */
struct buf *sock_out(struct sock *s); /* append here, once open */
size_t sock_unsent(const struct sock *s);
bool sock_flush(struct sock *s); /* at the end of a turn; true: there was something to send */
void sock_tick(struct sock *s);  /* tells of an error that was found while flushing */
