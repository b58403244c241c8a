/* Bare rabbitmq-c: persistent messages to a quorum queue, so many unconfirmed at once. */
#include "floor.h"
#include <amqp.h>
#include <amqp_tcp_socket.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define QUEUE   "bench.floor"
#define CHANNEL 1

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void check(int bad, const char *what)
{
    if (!bad)
        return;
    fprintf(stderr, "floor: %s\n", what);
    exit(1);
}

static amqp_connection_state_t log_in(const char *url)
{
    struct amqp_connection_info to;
    char *copy = strdup(url);
    check(amqp_parse_url(copy, &to) != AMQP_STATUS_OK, "the URL of the broker");
    amqp_connection_state_t c = amqp_new_connection();
    amqp_socket_t *socket = amqp_tcp_socket_new(c);
    check(amqp_socket_open(socket, to.host, to.port) != AMQP_STATUS_OK, "no connection");
    amqp_rpc_reply_t r =
        amqp_login(c, to.vhost, 0, 131072, 0, AMQP_SASL_METHOD_PLAIN, to.user, to.password);
    check(r.reply_type != AMQP_RESPONSE_NORMAL, "login");
    free(copy);
    return c;
}

static void declare(amqp_connection_state_t c)
{
    amqp_table_entry_t quorum = {
        amqp_cstring_bytes("x-queue-type"),
        {.kind = AMQP_FIELD_KIND_UTF8, .value.bytes = amqp_cstring_bytes("quorum")}};
    amqp_channel_open(c, CHANNEL);
    amqp_queue_declare(c, CHANNEL, amqp_cstring_bytes(QUEUE), 0, 1, 0, 0,
                       (amqp_table_t){1, &quorum});
    check(amqp_get_rpc_reply(c).reply_type != AMQP_RESPONSE_NORMAL, "declare");
    amqp_confirm_select(c, CHANNEL);
}

/* The tag up to which all is confirmed, as far as this answer tells. */
static uint64_t await_confirm(amqp_connection_state_t c, uint64_t confirmed)
{
    amqp_frame_t f;
    check(amqp_simple_wait_frame(c, &f) != AMQP_STATUS_OK, "the connection is gone");
    amqp_maybe_release_buffers(c);
    if (f.frame_type != AMQP_FRAME_METHOD || f.payload.method.id != AMQP_BASIC_ACK_METHOD)
        return confirmed;
    amqp_basic_ack_t *a = f.payload.method.decoded;
    return a->multiple ? (a->delivery_tag > confirmed ? a->delivery_tag : confirmed)
                       : confirmed + 1;
}

int floor_confirms(const char *url, int n, int bytes, int window)
{
    amqp_connection_state_t c = log_in(url);
    declare(c);
    char *body = calloc(1, (size_t)bytes);
    amqp_basic_properties_t persistent = {._flags = AMQP_BASIC_DELIVERY_MODE_FLAG,
                                          .delivery_mode = 2};
    double began = now_s();
    uint64_t sent = 0, confirmed = 0;
    while (confirmed < (uint64_t)n) {
        for (; sent < (uint64_t)n && sent - confirmed < (uint64_t)window; sent++)
            check(amqp_basic_publish(c, CHANNEL, amqp_empty_bytes, amqp_cstring_bytes(QUEUE), 0, 0,
                                     &persistent, (amqp_bytes_t){(size_t)bytes, body}) < 0,
                  "publish");
        confirmed = await_confirm(c, confirmed);
    }
    printf("{\"n\":%d,\"seconds\":%.4f}\n", n, now_s() - began);
    amqp_queue_delete(c, CHANNEL, amqp_cstring_bytes(QUEUE), 0, 0);
    amqp_destroy_connection(c);
    free(body);
    return 0;
}
