/* Agents' accounts, as admins make them, look at them, rename them and switch them off. */
#include "api.h"
#include "io/password.h"
#include "messages.h"
#include "password.h"
#include "routes.h"
#include "sql.h"
#include "voice/outbox.h"
#include "voice/phone.h"
#include <string.h>

static const char *const YES_NO[] = {"true", "false", NULL};

enum err agents_list(struct req *r)
{
    struct form q;
    struct page page;
    const char *text, *disabled;
    struct rows *agents;
    TRY(req_query(r, &q));
    TRY(api_page(r, &q, &page));
    TRY(api_text(r, &q, "q", &text));
    TRY(api_word(r, &q, "disabled", YES_NO, &disabled));
    TRY(await_db(&r->scope, &SQL_agents_list, &agents, text && *text ? text : NULL, disabled,
                 page.number, page.size, page.offset));
    return api_reply(r, 200, row(agents, 0, "body"));
}

static enum err await_reply_agent(struct req *r, int status, const char *id)
{
    struct rows *agent;
    TRY(await_db(&r->scope, &SQL_agent_get, &agent, id));
    if (!agent->n)
        return api_missing(r, "agent");
    return api_reply(r, status, row(agent, 0, "body"));
}

enum err agents_get(struct req *r)
{
    const char *id;
    TRY(api_id(r, "agent_id", &id));
    return await_reply_agent(r, 200, id);
}

/* ---- a new one ---- */

static enum err check_area_code(struct req *r, const char *area_code)
{
    if (area_code && strspn(area_code, "0123456789") != strlen(area_code))
        return fail(&r->scope, ERR_UNPROCESSABLE, NULL, "area_code", "must be digits");
    return OK;
}

/* As it is written in the agent's country; out is "" for none. */
static enum err read_phone(struct req *r, const struct agent_create *in, char out[PHONE_TEXT])
{
    out[0] = 0;
    if (!phone_knows_country(in->country))
        return fail(&r->scope, ERR_UNPROCESSABLE, NULL, "country", "is not a country we know");
    if (!in->phone)
        return OK;
    TRY(phone_read(&r->scope, "phone", in->phone, in->country, out));
    return phone_may_call(&r->scope, "phone", out);
}

/* Where nothing was said: the zone of the area code, else of the phone. */
static const char *likely_zone(struct req *r, const struct agent_create *in, const char *phone)
{
    bool north_america = !strcmp(in->country, "US") || !strcmp(in->country, "CA");
    const char *number = phone;
    if (in->area_code && north_america)
        number = arena_printf(r->scope.arena, "+1%s5550100", in->area_code);
    const char *const *zones = *number ? phone_zones(number) : NULL;
    return zones ? zones[0] : NULL;
}

static enum err check_new(struct req *r, struct agent_create *in, char phone[PHONE_TEXT])
{
    if (!in->country)
        in->country = "US";
    TRY(api_not_blank(&r->scope, "name", in->name));
    TRY(password_check(&r->scope, "password", in->password));
    TRY(check_area_code(r, in->area_code));
    TRY(read_phone(r, in, phone));
    if (!in->timezone)
        in->timezone = likely_zone(r, in, phone);
    return OK;
}

enum err agents_create(struct req *r)
{
    struct agent_create in;
    char phone[PHONE_TEXT], hash[PASSWORD_HASH_TEXT];
    struct rows *made;
    TRY(agent_create_decode(&r->scope, r->body, r->body_n, &in));
    TRY(check_new(r, &in, phone));
    TRY(await_password_hash(&r->scope, in.password, hash));
    TRY(await_db(&r->scope, &SQL_agent_create, &made, in.name, in.company_name, in.email, hash,
                 *phone ? phone : NULL, in.country, in.area_code, in.timezone, api_who(r)->id,
                 r->client));
    if (!row_true(made, 0, "zone_known"))
        return fail(&r->scope, ERR_UNPROCESSABLE, NULL, "timezone", "is not a known time zone");
    if (!row(made, 0, "id"))
        return fail(&r->scope, ERR_CONFLICT, "duplicate_email", "email", "has an account already");
    return await_reply_agent(r, 201, row(made, 0, "id"));
}

/* ---- changes ---- */

static const char *boolean(bool given, bool value)
{
    return !given ? NULL : value ? "true" : "false";
}

enum err agents_update(struct req *r)
{
    const char *id;
    struct agent_update in;
    struct rows *done;
    TRY(api_id(r, "agent_id", &id));
    TRY(agent_update_decode(&r->scope, r->body, r->body_n, &in));
    TRY(api_not_blank(&r->scope, "name", in.name));
    TRY(await_db(&r->scope, &SQL_agent_update, &done, id, in.name, in.company_name,
                 boolean(in.has_disabled, in.disabled), api_who(r)->id, r->client, r->scope.trace));
    if (!done->n)
        return api_missing(r, "agent");
    outbox_nudge();
    return await_reply_agent(r, 200, id);
}
