/* Call statistics: read from the daily figures, never from calls. */
#include "api.h"
#include "routes.h"
#include "sql.h"
#include <string.h>

static const char *const PERIODS[] = {"day", "week", "month", NULL};
static const char *const DAYS[] = {"1", "7", "30"};

static enum err await_reply_stats(struct req *r, const char *agent)
{
    struct form q;
    const char *period;
    struct rows *stats;
    size_t i = 0;
    TRY(req_query(r, &q));
    TRY(api_word(r, &q, "period", PERIODS, &period));
    while (period && strcmp(PERIODS[i], period) != 0)
        i++;
    TRY(await_db(&r->scope, &SQL_call_stats, &stats, agent, PERIODS[i], DAYS[i]));
    if (!stats->n)
        return api_missing(r, "agent");
    return api_reply(r, 200, row(stats, 0, "body"));
}

enum err stats_own(struct req *r)
{
    return await_reply_stats(r, api_who(r)->id);
}

enum err stats_of_agent(struct req *r)
{
    const char *id;
    TRY(api_id(r, "agent_id", &id));
    return await_reply_stats(r, id);
}
