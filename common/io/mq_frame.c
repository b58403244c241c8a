/* The frames of a connection, out and in: rabbitmq-c as a codec. Its own socket path blocks, so it gets none. */
#include "io/mq_wire.h"
#include "base/clock.h"
#include "base/die.h"
#include "io/sock.h"
#include <amqp.h>
#include <amqp_framing.h>
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#define FRAME_MAX   131072
#define METHOD_MAX  4096 /* an encoded method or header frame */
#define HEARTBEAT_S 10
#define PLAIN_MAX   512 /* user and password, each behind a NUL */

/* ---- out: frames are encoded straight into the socket's buffer, written once per turn */

static void put16(char *p, uint16_t v)
{
    v = htons(v);
    memcpy(p, &v, 2);
}

static void put32(char *p, uint32_t v)
{
    v = htonl(v);
    memcpy(p, &v, 4);
}

static amqp_bytes_t text(const char *s)
{
    return s ? amqp_cstring_bytes(s) : amqp_empty_bytes;
}

/* The payload is in place, 7 bytes behind the buffer's end. */
static void seal(struct buf *out, int type, int channel, size_t payload)
{
    char *p = out->p + out->n;
    p[0] = (char)type;
    put16(p + 1, (uint16_t)channel);
    put32(p + 3, (uint32_t)payload);
    p[7 + payload] = (char)AMQP_FRAME_END;
    out->n += payload + 8;
    out->p[out->n] = 0;
}

static bool put_method(struct wire *w, int channel, amqp_method_number_t id, void *args)
{
    struct buf *out = sock_out(w->sock);
    char *p = buf_room(out, METHOD_MAX);
    if (!p)
        return false; /* out->over is set: the connection ends at the next flush */
    put32(p + 7, id);
    int n = amqp_encode_method(id, args, (amqp_bytes_t){METHOD_MAX - 12, p + 11});
    if (n < 0)
        return false;
    seal(out, AMQP_FRAME_METHOD, channel, (size_t)n + 4);
    return true;
}

/* A method whose arguments are ours: failing to encode it is a bug. */
static void method(struct wire *w, int channel, amqp_method_number_t id, void *args)
{
    if (!w->sock)
        return;
    CHECK(put_method(w, channel, id, args) || sock_out(w->sock)->over);
}

static void ask(struct wire *w, int channel, amqp_method_number_t id, void *args)
{
    method(w, channel, id, args);
    if (w->expected++ == 0)
        w->reply_by = clock_ms() + REPLY_MS;
}

static bool put_properties(struct wire *w, int channel, amqp_basic_properties_t *pr, size_t body)
{
    struct buf *out = sock_out(w->sock);
    char *p = buf_room(out, METHOD_MAX);
    if (!p)
        return false;
    put16(p + 7, AMQP_BASIC_CLASS);
    put16(p + 9, 0);
    put32(p + 11, 0);
    put32(p + 15, (uint32_t)body);
    int n = amqp_encode_properties(AMQP_BASIC_CLASS, pr, (amqp_bytes_t){METHOD_MAX - 20, p + 19});
    if (n < 0)
        return false;
    seal(out, AMQP_FRAME_HEADER, channel, (size_t)n + 12);
    return true;
}

static bool put_body(struct wire *w, int channel, const char *body, size_t n)
{
    struct buf *out = sock_out(w->sock);
    for (size_t most = w->frame_max - 8, len; n; body += len, n -= len) {
        len = n < most ? n : most;
        char *p = buf_room(out, len + 8);
        if (!p)
            return false;
        memcpy(p + 7, body, len);
        seal(out, AMQP_FRAME_BODY, channel, len);
    }
    return true;
}

static amqp_table_t headers_out(const struct wire_header *h, size_t n, amqp_table_entry_t *entries)
{
    for (size_t i = 0; i < n; i++) {
        entries[i].key = text(h[i].name);
        if (h[i].text) {
            entries[i].value.kind = AMQP_FIELD_KIND_UTF8;
            entries[i].value.value.bytes = text(h[i].text);
        } else {
            entries[i].value.kind = AMQP_FIELD_KIND_I64;
            entries[i].value.value.i64 = h[i].number;
        }
    }
    return (amqp_table_t){(int)n, entries};
}

/* Ours, rabbitmq-c's, its flag. */
#define SHORT_PROPERTIES(X)                                                                        \
    X(content_type, content_type, CONTENT_TYPE)                                                    \
    X(correlation, correlation_id, CORRELATION_ID)                                                 \
    X(reply_to, reply_to, REPLY_TO)                                                                \
    X(id, message_id, MESSAGE_ID)                                                                  \
    X(type, type, TYPE)

static bool publish(struct wire *w, int channel, const struct wire_msg *m, bool mandatory)
{
    amqp_table_entry_t entries[WIRE_HEADERS_MAX];
    amqp_basic_properties_t pr = {._flags = AMQP_BASIC_DELIVERY_MODE_FLAG | AMQP_BASIC_HEADERS_FLAG,
                                  .delivery_mode = m->transient ? 1 : 2,
                                  .headers = headers_out(m->headers, m->n_headers, entries)};
#define PUT(ours, theirs, FLAG)                                                                    \
    if (m->ours) {                                                                                 \
        pr._flags |= AMQP_BASIC_##FLAG##_FLAG;                                                     \
        pr.theirs = text(m->ours);                                                                 \
    }
    SHORT_PROPERTIES(PUT)
#undef PUT
    amqp_basic_publish_t a = {
        .exchange = text(m->exchange), .routing_key = text(m->key), .mandatory = mandatory};
    return put_method(w, channel, AMQP_BASIC_PUBLISH_METHOD, &a) &&
           put_properties(w, channel, &pr, m->n) && put_body(w, channel, m->body, m->n);
}

enum err wire_publish(struct wire *w, int channel, const struct wire_msg *m, bool mandatory)
{
    struct buf *out = sock_out(w->sock);
    size_t before = out->n;
    if (publish(w, channel, m, mandatory))
        return OK;
    out->n = before; /* half a message would break the connection for everybody */
    return out->over ? ERR_BUSY : ERR_INVALID;
}

/* ---- asking the broker for things */

void wire_channel(struct wire *w, int channel)
{
    CHECK(channel < CHANNELS_MAX);
    amqp_channel_open_t a = {.out_of_band = amqp_empty_bytes};
    ask(w, channel, AMQP_CHANNEL_OPEN_METHOD, &a);
}

void wire_confirm_select(struct wire *w, int channel)
{
    amqp_confirm_select_t a = {0};
    ask(w, channel, AMQP_CONFIRM_SELECT_METHOD, &a);
}

void wire_exchange(struct wire *w, int channel, const char *name, const char *type,
                   const char *alternate)
{
    const struct wire_header arg = {"alternate-exchange", alternate, 0};
    amqp_table_entry_t entries[1];
    amqp_exchange_declare_t a = {.exchange = text(name),
                                 .type = text(type),
                                 .durable = 1,
                                 .arguments = headers_out(&arg, alternate ? 1 : 0, entries)};
    ask(w, channel, AMQP_EXCHANGE_DECLARE_METHOD, &a);
}

void wire_queue(struct wire *w, int channel, const struct wire_queue *q)
{
    amqp_table_entry_t entries[8];
    size_t n = 0;
    while (n < 8 && q->args[n].name)
        n++;
    amqp_queue_declare_t a = {.queue = text(q->name),
                              .durable = !q->exclusive,
                              .exclusive = q->exclusive,
                              .auto_delete = q->exclusive,
                              .arguments = headers_out(q->args, n, entries)};
    ask(w, channel, AMQP_QUEUE_DECLARE_METHOD, &a);
}

void wire_bind(struct wire *w, int channel, const char *queue, const char *exchange,
               const char *key)
{
    amqp_queue_bind_t a = {
        .queue = text(queue), .exchange = text(exchange), .routing_key = text(key)};
    ask(w, channel, AMQP_QUEUE_BIND_METHOD, &a);
}

/* A channel has one consumer, so its prefetch is the queue's and its tag can be one for all. */
#define CONSUMER_TAG "c"

void wire_consume(struct wire *w, int channel, const char *queue, unsigned prefetch, bool no_ack)
{
    amqp_basic_qos_t q = {.prefetch_count = (uint16_t)prefetch};
    if (!no_ack)
        ask(w, channel, AMQP_BASIC_QOS_METHOD, &q);
    amqp_basic_consume_t a = {
        .queue = text(queue), .consumer_tag = text(CONSUMER_TAG), .no_ack = no_ack};
    ask(w, channel, AMQP_BASIC_CONSUME_METHOD, &a);
}

void wire_cancel(struct wire *w, int channel)
{
    amqp_basic_cancel_t a = {.consumer_tag = text(CONSUMER_TAG)};
    ask(w, channel, AMQP_BASIC_CANCEL_METHOD, &a);
}

void wire_get(struct wire *w, int channel, const char *queue)
{
    amqp_basic_get_t a = {.queue = text(queue)};
    ask(w, channel, AMQP_BASIC_GET_METHOD, &a);
}

void wire_look(struct wire *w, int channel, const char *queue)
{
    amqp_queue_declare_t a = {.queue = text(queue), .passive = 1};
    ask(w, channel, AMQP_QUEUE_DECLARE_METHOD, &a);
}

void wire_ack(struct wire *w, int channel, uint64_t tag)
{
    amqp_basic_ack_t a = {.delivery_tag = tag};
    method(w, channel, AMQP_BASIC_ACK_METHOD, &a);
}

void wire_requeue(struct wire *w, int channel, uint64_t tag)
{
    amqp_basic_nack_t a = {.delivery_tag = tag, .requeue = 1};
    method(w, channel, AMQP_BASIC_NACK_METHOD, &a);
}

void wire_requeue_all(struct wire *w, int channel)
{
    amqp_basic_nack_t a = {.delivery_tag = 0, .multiple = 1, .requeue = 1};
    method(w, channel, AMQP_BASIC_NACK_METHOD, &a);
}

void wire_reject(struct wire *w, int channel, uint64_t tag)
{
    amqp_basic_nack_t a = {.delivery_tag = tag};
    method(w, channel, AMQP_BASIC_NACK_METHOD, &a);
}

/* ---- handshake */

static amqp_table_entry_t flag(const char *name)
{
    return (amqp_table_entry_t){text(name), {.kind = AMQP_FIELD_KIND_BOOLEAN, .value.boolean = 1}};
}

static void start(struct wire *w)
{
    amqp_table_entry_t can[] = {flag("connection.blocked"), flag("consumer_cancel_notify"),
                                flag("publisher_confirms"), flag("basic.nack"),
                                flag("authentication_failure_close")};
    amqp_table_entry_t client[] = {
        {text("capabilities"),
         {.kind = AMQP_FIELD_KIND_TABLE, .value.table = {sizeof can / sizeof *can, can}}},
        {text("connection_name"), {.kind = AMQP_FIELD_KIND_UTF8, .value.bytes = text(w->name)}}};
    char plain[PLAIN_MAX];
    int n = snprintf(plain, sizeof plain, "%c%s%c%s", 0, w->user, 0, w->password);
    amqp_connection_start_ok_t a = {.client_properties = {2, client},
                                    .mechanism = text("PLAIN"),
                                    .response = {(size_t)n, plain},
                                    .locale = text("en_US")};
    method(w, 0, AMQP_CONNECTION_START_OK_METHOD, &a);
}

static void tune(struct wire *w, const amqp_connection_tune_t *t)
{
    w->frame_max = t->frame_max && t->frame_max < FRAME_MAX ? t->frame_max : FRAME_MAX;
    amqp_tune_connection(w->codec, CHANNELS_MAX, (int)w->frame_max, HEARTBEAT_S);
    amqp_connection_tune_ok_t a = {CHANNELS_MAX, (uint32_t)w->frame_max, HEARTBEAT_S};
    method(w, 0, AMQP_CONNECTION_TUNE_OK_METHOD, &a);
    amqp_connection_open_t o = {.virtual_host = text(w->vhost), .capabilities = amqp_empty_bytes};
    method(w, 0, AMQP_CONNECTION_OPEN_METHOD, &o);
}

/* ---- in */

static void drop_partial(struct assembly *a)
{
    if (a->in)
        arena_destroy(a->in->arena);
    *a = (struct assembly){0};
}

void frame_drop_partial(struct wire *w)
{
    for (int i = 0; i < CHANNELS_MAX; i++)
        drop_partial(&w->partial[i]);
}

static const char *copy(struct arena *a, amqp_bytes_t b)
{
    return arena_strndup(a, b.bytes ? b.bytes : "", b.len);
}

static struct wire_in *begin_content(struct wire *w, int channel, amqp_bytes_t exchange,
                                     amqp_bytes_t key)
{
    struct assembly *at = &w->partial[channel];
    drop_partial(at);
    struct arena *a = arena_create(SCOPE_ARENA_MAX);
    at->in = arena_alloc(a, sizeof *at->in);
    at->in->arena = a;
    at->in->channel = channel;
    at->in->msg.exchange = copy(a, exchange);
    at->in->msg.key = copy(a, key);
    return at->in;
}

static void content_done(struct wire *w, int channel)
{
    struct wire_in *in = w->partial[channel].in;
    w->partial[channel] = (struct assembly){0};
    w->h->deliver(in);
}

static bool whole_number(const amqp_field_value_t *v, int64_t *out)
{
#define AS(KIND, field)                                                                            \
    case AMQP_FIELD_KIND_##KIND:                                                                   \
        *out = v->value.field;                                                                     \
        return true;
    switch (v->kind) {
        AS(BOOLEAN, boolean)
        AS(I8, i8)
        AS(U8, u8)
        AS(I16, i16)
        AS(U16, u16)
        AS(I32, i32)
        AS(U32, u32)
        AS(I64, i64)
    default:
        return false;
    }
#undef AS
}

/* Texts and whole numbers; tables such as x-death are of no use to us. */
static void headers_in(struct wire_in *in, const amqp_table_t *t)
{
    for (int i = 0; i < t->num_entries && in->msg.n_headers < WIRE_HEADERS_MAX; i++) {
        const amqp_table_entry_t *e = &t->entries[i];
        struct wire_header h = {.name = copy(in->arena, e->key)};
        if (e->value.kind == AMQP_FIELD_KIND_UTF8)
            h.text = copy(in->arena, e->value.value.bytes);
        else if (!whole_number(&e->value, &h.number))
            continue;
        in->msg.headers[in->msg.n_headers++] = h;
    }
}

static void properties_in(struct wire_in *in, const amqp_basic_properties_t *pr)
{
#define TAKE(ours, theirs, FLAG)                                                                   \
    if (pr->_flags & AMQP_BASIC_##FLAG##_FLAG)                                                     \
        in->msg.ours = copy(in->arena, pr->theirs);
    SHORT_PROPERTIES(TAKE)
#undef TAKE
    if (pr->_flags & AMQP_BASIC_DELIVERY_MODE_FLAG)
        in->msg.transient = pr->delivery_mode == 1;
    if (pr->_flags & AMQP_BASIC_HEADERS_FLAG)
        headers_in(in, &pr->headers);
}

static void on_header(struct wire *w, int channel, amqp_frame_t *f)
{
    struct assembly *at = &w->partial[channel];
    if (!at->in)
        return;
    if (f->payload.properties.class_id != AMQP_BASIC_CLASS) {
        wire_lose(w, "a message that is not of class basic");
        return;
    }
    properties_in(at->in, f->payload.properties.decoded);
    at->missing = f->payload.properties.body_size;
    at->in->skipped = at->missing > MQ_BODY_KEPT;
    at->in->msg.body = arena_alloc(at->in->arena, at->in->skipped ? 1 : at->missing + 1);
    if (!at->missing)
        content_done(w, channel);
}

static void on_body(struct wire *w, int channel, amqp_bytes_t piece)
{
    struct assembly *at = &w->partial[channel];
    if (!at->in)
        return;
    if (piece.len > at->missing) {
        wire_lose(w, "more body than announced");
        return;
    }
    if (!at->in->skipped) {
        memcpy((char *)at->in->msg.body + at->in->msg.n, piece.bytes, piece.len);
        at->in->msg.n += piece.len;
    }
    at->missing -= piece.len;
    if (!at->missing)
        content_done(w, channel);
}

static void on_deliver(struct wire *w, int channel, const amqp_basic_deliver_t *d)
{
    struct wire_in *in = begin_content(w, channel, d->exchange, d->routing_key);
    in->tag = d->delivery_tag;
    in->redelivered = d->redelivered;
}

static void on_got(struct wire *w, int channel, const amqp_basic_get_ok_t *g)
{
    struct wire_in *in = begin_content(w, channel, g->exchange, g->routing_key);
    in->tag = g->delivery_tag;
    in->redelivered = g->redelivered;
    in->left = g->message_count;
    wire_answered(w);
}

static void refused(struct wire *w, unsigned code, amqp_bytes_t said, unsigned class, unsigned id)
{
    char reason[240];
    snprintf(reason, sizeof reason, "%.*s", (int)said.len, (const char *)said.bytes);
    wire_refused(w, code, reason, class, id);
}

static void on_declared(struct wire *w, int channel, const amqp_queue_declare_ok_t *d)
{
    char name[256];
    snprintf(name, sizeof name, "%.*s", (int)d->queue.len, (const char *)d->queue.bytes);
    struct mq_depth depth = {d->message_count, d->consumer_count};
    if (w->h->named)
        w->h->named(channel, name, &depth);
    wire_answered(w);
}

static void confirm(struct wire *w, uint64_t tag, bool multiple, bool ack)
{
    if (w->h->confirm)
        w->h->confirm(tag, multiple, ack);
}

static void on_method(struct wire *w, int channel, amqp_method_t *m)
{
    switch (m->id) {
    case AMQP_CONNECTION_START_METHOD:
        start(w);
        break;
    case AMQP_CONNECTION_TUNE_METHOD:
        tune(w, m->decoded);
        break;
    case AMQP_CONNECTION_OPEN_OK_METHOD:
        if (w->state == LOGGING_IN)
            wire_logged_in(w);
        break;
    case AMQP_QUEUE_DECLARE_OK_METHOD:
        on_declared(w, channel, m->decoded);
        break;
    case AMQP_CHANNEL_OPEN_OK_METHOD:
    case AMQP_CONFIRM_SELECT_OK_METHOD:
    case AMQP_EXCHANGE_DECLARE_OK_METHOD:
    case AMQP_QUEUE_BIND_OK_METHOD:
    case AMQP_BASIC_QOS_OK_METHOD:
    case AMQP_BASIC_CONSUME_OK_METHOD:
    case AMQP_BASIC_CANCEL_OK_METHOD:
        wire_answered(w);
        break;
    case AMQP_BASIC_DELIVER_METHOD:
        on_deliver(w, channel, m->decoded);
        break;
    case AMQP_BASIC_GET_OK_METHOD:
        on_got(w, channel, m->decoded);
        break;
    case AMQP_BASIC_GET_EMPTY_METHOD:
        wire_answered(w);
        if (w->h->empty)
            w->h->empty();
        break;
    case AMQP_BASIC_RETURN_METHOD: {
        amqp_basic_return_t *r = m->decoded;
        begin_content(w, channel, r->exchange, r->routing_key)->returned = true;
        break;
    }
    case AMQP_BASIC_ACK_METHOD: {
        amqp_basic_ack_t *a = m->decoded;
        confirm(w, a->delivery_tag, a->multiple, true);
        break;
    }
    case AMQP_BASIC_NACK_METHOD: {
        amqp_basic_nack_t *a = m->decoded;
        confirm(w, a->delivery_tag, a->multiple, false);
        break;
    }
    case AMQP_BASIC_CANCEL_METHOD:
        if (w->h->canceled)
            w->h->canceled(w, channel);
        break;
    case AMQP_CONNECTION_BLOCKED_METHOD:
    case AMQP_CONNECTION_UNBLOCKED_METHOD:
        wire_set_blocked(w, m->id == AMQP_CONNECTION_BLOCKED_METHOD);
        break;
    case AMQP_CHANNEL_CLOSE_METHOD: {
        amqp_channel_close_t *c = m->decoded;
        refused(w, c->reply_code, c->reply_text, c->class_id, c->method_id);
        break;
    }
    case AMQP_CONNECTION_CLOSE_METHOD: {
        amqp_connection_close_t *c = m->decoded;
        refused(w, c->reply_code, c->reply_text, c->class_id, c->method_id);
        break;
    }
    default:
        wire_lose(w, amqp_method_name(m->id) ? amqp_method_name(m->id) : "an unknown method");
    }
}

static void on_frame(struct wire *w, amqp_frame_t *f)
{
    if (f->channel >= CHANNELS_MAX)
        wire_lose(w, "a frame for a channel that was never opened");
    else if (f->frame_type == AMQP_FRAME_METHOD)
        on_method(w, f->channel, &f->payload.method);
    else if (f->frame_type == AMQP_FRAME_HEADER)
        on_header(w, f->channel, f);
    else if (f->frame_type == AMQP_FRAME_BODY)
        on_body(w, f->channel, f->payload.body_fragment);
}

void frame_bytes(struct wire *w, const char *p, size_t n)
{
    struct sock *session = w->sock;
    for (amqp_bytes_t in = {n, (char *)p}; in.len && w->sock == session;) {
        amqp_frame_t f = {0};
        int used = amqp_handle_input(w->codec, in, &f);
        if (used < 0) {
            wire_lose(w, amqp_error_string2(used));
            return;
        }
        in.bytes = (char *)in.bytes + used;
        in.len -= (size_t)used;
        if (f.frame_type)
            on_frame(w, &f);
        amqp_maybe_release_buffers(w->codec);
    }
}

/* ---- a session */

bool frame_parse_url(struct wire *w)
{
    struct amqp_connection_info to;
    if (amqp_parse_url(w->url, &to) != AMQP_STATUS_OK ||
        strlen(to.user) + strlen(to.password) + 2 >= PLAIN_MAX)
        return false;
    w->host = to.host;
    w->port = to.port;
    w->tls = to.ssl;
    w->user = to.user;
    w->password = to.password;
    w->vhost = to.vhost;
    return true;
}

void frame_fini(struct wire *w)
{
    if (w->codec)
        amqp_destroy_connection(w->codec);
    w->codec = NULL;
}

void frame_begin(struct wire *w)
{
    frame_fini(w);
    w->codec = must(amqp_new_connection());
    w->frame_max = FRAME_MAX;
}

void frame_hello(struct wire *w)
{
    buf_put(sock_out(w->sock), "AMQP\0\0\x09\x01", 8);
}

void frame_heartbeat(struct wire *w)
{
    struct buf *out = sock_out(w->sock);
    if (buf_room(out, 8))
        seal(out, AMQP_FRAME_HEARTBEAT, 0, 0);
}

void frame_goodbye(struct wire *w)
{
    amqp_connection_close_t a = {.reply_code = AMQP_REPLY_SUCCESS, .reply_text = text("bye")};
    method(w, 0, AMQP_CONNECTION_CLOSE_METHOD, &a);
}
