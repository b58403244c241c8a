/* GET /agent/calls/search: where on an agent's calls a word was said, and the second to jump to. */
#include "api.h"
#include "base/buf.h"
#include "list_query.h"
#include "routes.h"
#include "sql.h"
#include <stdlib.h>
#include <string.h>

#define BODY_BYTES (256 * 1024)
#define Q_MAX      200

static enum err read_question(struct req *r, const struct form *q, const char **out)
{
    TRY(api_text(r, q, "q", out));
    if (!*out || !(*out)[strspn(*out, " \t\r\n")] || strlen(*out) > Q_MAX)
        return fail(&r->scope, ERR_INVALID, NULL, "q", "must have 1 to %d bytes", Q_MAX);
    return OK;
}

/* "<call>~<turn>" of the cursor, as the statement takes it. */
static enum err read_place(struct req *r, const struct form *q, struct list_place *out,
                           const char **seq)
{
    *seq = NULL;
    TRY(list_place_read(r, q, out));
    if (!out->id)
        return OK;
    char *id = arena_strdup(r->scope.arena, out->id), *turn = strchr(id, '~');
    if (!turn)
        return fail(&r->scope, ERR_INVALID, NULL, "cursor", "not a cursor of this list");
    *turn++ = 0;
    out->id = id;
    *seq = turn;
    return OK;
}

/* Pieces of text, some of which are what was searched for: whoever shows them has no markup to trust. */
static void put_snippet(struct req *r, struct buf *out, const char *marked)
{
    bool match = false;
    buf_puts(out, "{\"snippet\":[");
    for (bool first = true; *marked; first = false, match = !match) {
        size_t n = strcspn(marked, match ? "\2" : "\1");
        buf_printf(out, "%s{\"match\":%s,\"text\":", first ? "" : ",", match ? "true" : "false");
        buf_put_json(out, arena_strndup(r->scope.arena, marked, n));
        buf_putc(out, '}');
        marked += n + (marked[n] != 0);
    }
    buf_puts(out, "],");
}

static enum err reply(struct req *r, const struct rows *found, int size)
{
    struct buf out = buf_in(r->scope.arena, BODY_BYTES);
    int shown = found->n > size ? size : found->n;
    buf_puts(&out, "{\"items\":[");
    for (int i = 0; i < shown; i++) {
        buf_puts(&out, i ? "," : "");
        put_snippet(r, &out, row(found, i, "snippet"));
        row_put_json(&out, found, i, "call_id", NULL);
        buf_putc(&out, '}');
    }
    if (found->n > size)
        buf_printf(&out, "],\"next_cursor\":\"%s\"}",
                   list_cursor(r, row(found, shown - 1, "at"), row(found, shown - 1, "place")));
    else
        buf_puts(&out, "],\"next_cursor\":null}");
    if (out.over)
        return fail(&r->scope, ERR_TOO_BIG, NULL, "page_size", "the page is too large");
    return api_reply(r, 200, out.p);
}

enum err calls_search(struct req *r)
{
    static const char *const names[] = {"q", "page_size", "cursor", NULL};
    struct form q;
    struct page page;
    struct list_place after = {0};
    const char *what, *seq;
    struct rows *found;
    TRY(req_query(r, &q));
    TRY(list_known(r, &q, names));
    TRY(api_page(r, &q, &page));
    TRY(read_place(r, &q, &after, &seq));
    TRY(read_question(r, &q, &what));
    int size = atoi(page.size);
    TRY(await_db(&r->scope, &SQL_calls_search, &found, api_who(r)->id, what, after.at, after.id,
                 seq, arena_printf(r->scope.arena, "%d", size + 1)));
    return reply(r, found, size);
}
