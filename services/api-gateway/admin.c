/* What admins see of agents and do about numbers and dialing. */
#include "api.h"
#include "messages.h"
#include "routes.h"
#include "sql.h"
#include "voice/outbox.h"
#include "voice/phone.h"

enum err admin_voice_agent(struct req *r)
{
    const char *id;
    struct rows *agent;
    TRY(api_id(r, "agent_id", &id));
    TRY(await_db(&r->scope, &SQL_voice_agent_show, &agent, id));
    if (!agent->n)
        return api_missing(r, "voice agent");
    return api_reply(r, 200, row(agent, 0, "body"));
}

enum err admin_numbers(struct req *r)
{
    struct rows *numbers;
    TRY(await_db_params(&r->scope, &SQL_phone_numbers_list, &numbers, 0, NULL));
    return api_reply(r, 200, row(numbers, 0, "body"));
}

enum err admin_number_add(struct req *r)
{
    struct phone_number_add in;
    char number[PHONE_TEXT];
    struct rows *added;
    TRY(phone_number_add_decode(&r->scope, r->body, r->body_n, &in));
    TRY(phone_read(&r->scope, "phone_number", in.phone_number, NULL, number));
    TRY(await_db(&r->scope, &SQL_phone_number_add, &added, number, phone_country(number),
                 api_who(r)->id, r->client));
    if (!added->n)
        return fail(&r->scope, ERR_CONFLICT, "number_exists", "phone_number", "is known already");
    return api_reply(r, 201, row(added, 0, "body"));
}

enum err admin_dialing(struct req *r)
{
    struct rows *stops;
    TRY(await_db_params(&r->scope, &SQL_dialing_stops, &stops, 0, NULL));
    return api_reply(r, 200, row(stops, 0, "body"));
}

static enum err reply_dialing(struct req *r, const struct rows *done)
{
    if (!done->n)
        return api_missing(r, "agent");
    return api_reply(r, 200, row(done, 0, "body"));
}

enum err admin_dialing_stop(struct req *r)
{
    struct dialing_stop in;
    struct rows *done;
    TRY(dialing_stop_decode(&r->scope, r->body_n ? r->body : "{}", r->body_n, &in));
    TRY(await_db(&r->scope, &SQL_dialing_stop, &done, in.agent_id, in.reason, api_who(r)->id,
                 r->client));
    outbox_nudge();
    return reply_dialing(r, done);
}

enum err admin_dialing_start(struct req *r)
{
    struct dialing_stop in;
    struct rows *done;
    TRY(dialing_stop_decode(&r->scope, r->body_n ? r->body : "{}", r->body_n, &in));
    TRY(await_db(&r->scope, &SQL_dialing_start, &done, in.agent_id, api_who(r)->id, r->client));
    return reply_dialing(r, done);
}
