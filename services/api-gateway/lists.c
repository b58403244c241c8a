/* The short lists: a page of them is all anybody looks at. */
#include "list_query.h"
#include "routes.h"
#include "sql.h"

static const char *const STATUSES[] = {"pending", "approved", "rejected", NULL};

enum err requests_list(struct req *r)
{
    static const char *const names[] = {"status", "agent_id", "page", NULL};
    struct form q;
    struct page page;
    const char *status, *agent;
    struct rows *requests;
    TRY(req_query(r, &q));
    TRY(list_known(r, &q, names));
    TRY(api_page(r, &q, &page));
    TRY(api_word(r, &q, "status", STATUSES, &status));
    TRY(api_text(r, &q, "agent_id", &agent));
    TRY(await_db(&r->scope, &SQL_requests_list, &requests, status, agent, page.number));
    return api_reply(r, 200, row(requests, 0, "body"));
}

enum err admin_voice_agents(struct req *r)
{
    static const char *const names[] = {"page", NULL};
    struct form q;
    struct page page;
    struct rows *agents;
    TRY(req_query(r, &q));
    TRY(list_known(r, &q, names));
    TRY(api_page(r, &q, &page));
    TRY(await_db(&r->scope, &SQL_voice_agents_list, &agents, page.number));
    return api_reply(r, 200, row(agents, 0, "body"));
}
