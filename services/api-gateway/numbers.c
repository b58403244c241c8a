#include "numbers.h"
#include "api.h"
#include "sql.h"
#include "voice/phone.h"

enum err await_country(struct req *r, const char **out)
{
    struct rows *agent;
    TRY(await_db(&r->scope, &SQL_agent_country, &agent, api_who(r)->id));
    if (!agent->n)
        return api_missing(r, "agent");
    *out = row(agent, 0, "country");
    return OK;
}

enum err number_to_call(struct scope *s, const char *field, const char *text, const char *country,
                        const char **out)
{
    char number[PHONE_TEXT];
    TRY(phone_read(s, field, text, country, number));
    TRY(phone_may_call(s, field, number));
    *out = arena_strdup(s->arena, number);
    return OK;
}

enum err await_number(struct req *r, const char *field, const char *text, const char **out)
{
    const char *country;
    char number[PHONE_TEXT];
    *out = NULL;
    if (!text)
        return OK;
    TRY(await_country(r, &country));
    TRY(phone_read(&r->scope, field, text, country, number));
    *out = arena_strdup(r->scope.arena, number);
    return OK;
}
