/* Messages as this program sees them: headers by name, the envelope that all of ours have. */
#include "io/mq_impl.h"
#include "base/clock.h"
#include "base/die.h"
#include <string.h>

#define SCHEMA 1 /* version of the envelope; bodies have their own schemas */

static void put_header(struct wire_msg *m, struct wire_header h)
{
    CHECK(m->n_headers < WIRE_HEADERS_MAX);
    m->headers[m->n_headers++] = h;
}

void wire_put_text(struct wire_msg *m, const char *name, const char *text)
{
    if (text)
        put_header(m, (struct wire_header){name, text, 0});
}

void wire_put_number(struct wire_msg *m, const char *name, int64_t number)
{
    put_header(m, (struct wire_header){name, NULL, number});
}

static const struct wire_header *find_header(const struct wire_msg *m, const char *name)
{
    for (size_t i = 0; i < m->n_headers; i++)
        if (strcmp(m->headers[i].name, name) == 0)
            return &m->headers[i];
    return NULL;
}

const char *wire_text(const struct wire_msg *m, const char *name)
{
    const struct wire_header *h = find_header(m, name);
    return h ? h->text : NULL;
}

int64_t wire_number(const struct wire_msg *m, const char *name, int64_t absent)
{
    const struct wire_header *h = find_header(m, name);
    return h && !h->text ? h->number : absent;
}

enum err mq_envelope(struct wire_msg *m, const struct mq_out *out, char id[UUID_TEXT],
                     char route[MQ_NAME * 2])
{
    const char *exchange = mq_exchange(out->exchange);
    if (!exchange || !out->type || !out->key || !mq_route(exchange, out->key, route))
        return ERR_INVALID;
    if (out->id && (!*out->id || strlen(out->id) >= UUID_TEXT))
        return ERR_INVALID;
    if (!out->id)
        uuid7(id);
    *m = (struct wire_msg){
        .exchange = exchange,
        .key = route,
        .id = out->id ? out->id : id,
        .type = out->type,
        .content_type = out->content_type ? out->content_type : "application/json",
        .body = out->body ? out->body : "",
        .transient = out->transient,
    };
    m->n = out->n ? out->n : strlen(m->body);
    wire_put_number(m, "schema", SCHEMA);
    wire_put_text(m, "tenant", out->tenant);
    wire_put_text(m, "call_id", out->call_id);
    wire_put_text(m, "traceparent", out->trace);
    wire_put_number(m, "x-sent", (int64_t)clock_wall_ms());
    return m->n > MQ_REQUEST_MAX ? ERR_TOO_BIG : OK;
}
