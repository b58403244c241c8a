/* Messages that callers have left with the assistant. */
#include "api.h"
#include "messages.h"
#include "routes.h"
#include "sql.h"

static const char *const STATUSES[] = {"open", "done", NULL};

enum err messages_list(struct req *r)
{
    struct form q;
    struct page page;
    const char *status;
    struct rows *messages;
    TRY(req_query(r, &q));
    TRY(api_page(r, &q, &page));
    TRY(api_word(r, &q, "status", STATUSES, &status));
    TRY(await_db(&r->scope, &SQL_messages_list, &messages, api_who(r)->id, page.number, page.size,
                 status));
    return api_reply(r, 200, row(messages, 0, "body"));
}

/* {status}: dealt with, or not after all */
enum err messages_update(struct req *r)
{
    struct message_update in;
    const char *id;
    struct rows *message;
    TRY(api_id(r, "message_id", &id));
    TRY(message_update_decode(&r->scope, r->body, r->body_n, &in));
    TRY(await_db(&r->scope, &SQL_message_update, &message, api_who(r)->id, id, in.status,
                 r->client));
    if (!message->n)
        return api_missing(r, "message");
    return api_reply(r, 200, row(message, 0, "body"));
}
