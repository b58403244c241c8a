/* The do-not-call list. Nothing on it is ever deleted: it is evidence. */
#include "api.h"
#include "messages.h"
#include "numbers.h"
#include "routes.h"
#include "sql.h"
#include <string.h>

static const char *const STATUSES[] = {"active", "lifted", "all", NULL};

enum err suppressions_list(struct req *r)
{
    struct form q;
    struct page page;
    const char *text, *status;
    struct rows *suppressions;
    TRY(req_query(r, &q));
    TRY(api_page(r, &q, &page));
    TRY(api_text(r, &q, "q", &text));
    TRY(api_word(r, &q, "status", STATUSES, &status));
    if (!status)
        status = "active";
    TRY(await_db(&r->scope, &SQL_suppressions_list, &suppressions, api_who(r)->id, page.number,
                 page.size, text, strcmp(status, "all") ? status : NULL));
    return api_reply(r, 200, row(suppressions, 0, "body"));
}

/* 201, or 200 when the number is on the list already. */
enum err suppressions_add(struct req *r)
{
    struct suppression_add in;
    const char *number;
    struct rows *made;
    TRY(suppression_add_decode(&r->scope, r->body, r->body_n, &in));
    TRY(await_number(r, "phone_number", in.phone_number, &number));
    TRY(await_db(&r->scope, &SQL_suppression_add, &made, api_who(r)->id, number, in.reason,
                 r->client));
    return api_reply(r, row_true(made, 0, "created") ? 201 : 200, row(made, 0, "body"));
}

enum err suppressions_lift(struct req *r)
{
    const char *id;
    struct rows *lifted;
    TRY(api_id(r, "suppression_id", &id));
    TRY(await_db(&r->scope, &SQL_suppression_lift, &lifted, api_who(r)->id, id, r->client));
    if (!lifted->n)
        return api_missing(r, "suppression");
    return api_reply(r, 200, row(lifted, 0, "body"));
}
