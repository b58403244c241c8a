/* Viewings: booked by the agent here, or by the assistant during a call. */
#include "api.h"
#include "io/format.h"
#include "messages.h"
#include "numbers.h"
#include "routes.h"
#include "sql.h"
#include <string.h>

static const char *const STATUSES[] = {"booked", "cancelled", NULL};

/* What the statements may refuse, and what that is to a client. */
static const struct refusal {
    const char *word;
    enum err err;
    const char *code, *field, *why;
} REFUSALS[] = {
    {"property_missing", ERR_MISSING, NULL, "property_id", "no such property"},
    {"contact_missing", ERR_MISSING, NULL, "contact_id", "no such contact"},
    {"past", ERR_UNPROCESSABLE, "viewing_in_the_past", "starts_at", "has passed"},
    {"outside_hours", ERR_UNPROCESSABLE, "outside_hours", "starts_at",
     "viewings begin between 9:00 and 17:00, where you are"},
    {"conflict", ERR_CONFLICT, "viewing_conflict", "starts_at", "there is another viewing then"},
    {"cancelled", ERR_CONFLICT, "viewing_cancelled", NULL, "the viewing is cancelled"},
};

static enum err refuse(struct req *r, const char *word)
{
    const struct refusal *x = REFUSALS;
    while (strcmp(x->word, word) != 0)
        x++;
    return fail(&r->scope, x->err, x->code, x->field, "%s", x->why);
}

static enum err time_of(struct req *r, const struct form *q, const char *name, const char **out)
{
    TRY(api_text(r, q, name, out));
    const char *wrong = *out ? format_check(FORMAT_DATE_TIME, *out) : NULL;
    return wrong ? fail(&r->scope, ERR_INVALID, NULL, name, "%s", wrong) : OK;
}

enum err viewings_list(struct req *r)
{
    struct form q;
    struct page page;
    const char *status, *from, *until;
    struct rows *viewings;
    TRY(req_query(r, &q));
    TRY(api_page(r, &q, &page));
    TRY(api_word(r, &q, "status", STATUSES, &status));
    TRY(time_of(r, &q, "from", &from));
    TRY(time_of(r, &q, "until", &until));
    TRY(await_db(&r->scope, &SQL_viewings_list, &viewings, api_who(r)->id, page.number, page.size,
                 status, from, until));
    return api_reply(r, 200, row(viewings, 0, "body"));
}

enum err viewings_get(struct req *r)
{
    const char *id;
    struct rows *viewing;
    TRY(api_id(r, "viewing_id", &id));
    TRY(await_db(&r->scope, &SQL_viewing_get, &viewing, api_who(r)->id, id));
    if (!viewing->n)
        return api_missing(r, "viewing");
    return api_reply(r, 200, row(viewing, 0, "body"));
}

/* The statements read the body as it came, but for its number: decoding is its check. */
enum err viewings_add(struct req *r)
{
    struct viewing_add in;
    const char *number;
    struct rows *viewing;
    TRY(viewing_add_decode(&r->scope, r->body, r->body_n, &in));
    TRY(await_number(r, "visitor_number", in.visitor_number, &number));
    TRY(await_db(&r->scope, &SQL_viewing_add, &viewing, api_who(r)->id, r->body, number,
                 r->client));
    if (row(viewing, 0, "refusal"))
        return refuse(r, row(viewing, 0, "refusal"));
    return api_reply(r, 201, row(viewing, 0, "body"));
}

enum err viewings_update(struct req *r)
{
    struct viewing_update in;
    const char *id, *number;
    struct rows *viewing;
    TRY(api_id(r, "viewing_id", &id));
    TRY(viewing_update_decode(&r->scope, r->body, r->body_n, &in));
    TRY(await_number(r, "visitor_number", in.visitor_number, &number));
    enum err e = await_db(&r->scope, &SQL_viewing_update, &viewing, api_who(r)->id, id, r->body,
                          number, r->client);
    if (e == ERR_CONFLICT) { /* two at once: the constraint has decided */
        r->scope.fault = (struct fault){0};
        return refuse(r, "conflict");
    }
    TRY(e);
    if (!viewing->n)
        return api_missing(r, "viewing");
    if (row(viewing, 0, "refusal"))
        return refuse(r, row(viewing, 0, "refusal"));
    return api_reply(r, 200, row(viewing, 0, "body"));
}

enum err viewings_cancel(struct req *r)
{
    const char *id;
    struct rows *viewing;
    TRY(api_id(r, "viewing_id", &id));
    TRY(await_db(&r->scope, &SQL_viewing_cancel, &viewing, api_who(r)->id, id, r->client));
    if (!viewing->n)
        return api_missing(r, "viewing");
    return api_reply(r, 200, row(viewing, 0, "body"));
}
