/* The audit trail: who did what to what, newest first. */
#include "api.h"
#include "routes.h"
#include "sql.h"
#include <string.h>

#define CURSOR_DIGITS 18

/* A cursor is the id of the last entry that was shown; to its holder it means nothing. */
static enum err read_cursor(struct req *r, const struct form *q, const char **out)
{
    TRY(api_text(r, q, "cursor", out));
    if (!*out)
        return OK;
    size_t n = strlen(*out);
    if (!n || n > CURSOR_DIGITS || strspn(*out, "0123456789") != n)
        return fail(&r->scope, ERR_INVALID, NULL, "cursor", "is not one that we gave");
    return OK;
}

enum err audit_list(struct req *r)
{
    struct form q;
    struct page page;
    const char *cursor, *actor, *object, *action;
    struct rows *entries;
    TRY(req_query(r, &q));
    TRY(api_page(r, &q, &page));
    TRY(read_cursor(r, &q, &cursor));
    TRY(api_text(r, &q, "actor", &actor));
    TRY(api_text(r, &q, "object", &object));
    TRY(api_text(r, &q, "action", &action));
    TRY(await_db(&r->scope, &SQL_audit_list, &entries, cursor, actor, object, action, page.size));
    return api_reply(r, 200, row(entries, 0, "body"));
}
