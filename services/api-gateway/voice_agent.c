/* What an agent does with the voice agent: ask for it, look at it, configure it, switch it. */
#include "api.h"
#include "base/clock.h"
#include "messages.h"
#include "routes.h"
#include "sql.h"
#include "voice/outbox.h"
#include "voice/prompt.h"

enum err voice_agent_request(struct req *r)
{
    struct voice_agent_request none;
    struct rows *made;
    TRY(voice_agent_request_decode(&r->scope, r->body_n ? r->body : "{}", r->body_n, &none));
    TRY(await_db(&r->scope, &SQL_voice_agent_request, &made, api_who(r)->id));
    if (row_true(made, 0, "approved"))
        return fail(&r->scope, ERR_CONFLICT, "already_approved", NULL,
                    "there is a voice agent already");
    if (!row(made, 0, "body"))
        return fail(&r->scope, ERR_CONFLICT, "already_pending", NULL,
                    "a request is waiting for its review");
    return api_reply(r, 201, row(made, 0, "body"));
}

enum err voice_agent_get(struct req *r)
{
    struct rows *agent;
    TRY(await_db(&r->scope, &SQL_voice_agent_get, &agent, api_who(r)->id));
    if (!agent->n)
        return api_missing(r, "voice agent");
    return api_reply(r, 200, row(agent, 0, "body"));
}

enum err voice_agent_status(struct req *r)
{
    struct rows *request;
    TRY(await_db(&r->scope, &SQL_voice_agent_status, &request, api_who(r)->id));
    if (!request->n)
        return api_missing(r, "request");
    return api_reply(r, 200, row(request, 0, "body"));
}

/* The statement merges the body as it came: decoding is its check. */
enum err voice_agent_update(struct req *r)
{
    struct voice_agent_update in;
    struct rows *agent;
    TRY(voice_agent_update_decode(&r->scope, r->body, r->body_n, &in));
    TRY(api_not_blank(&r->scope, "name", in.name));
    TRY(await_db(&r->scope, &SQL_voice_agent_update, &agent, api_who(r)->id, r->body,
                 r->scope.trace));
    if (!agent->n)
        return api_missing(r, "voice agent");
    if (!row(agent, 0, "body"))
        return fail(&r->scope, ERR_UNPROCESSABLE, NULL, "system_prompt",
                    "is needed when use_default_prompt is false");
    outbox_nudge();
    return api_reply(r, 200, row(agent, 0, "body"));
}

/* The instructions that the model gets when somebody unknown calls now. */
static const char *preview(struct req *r, const struct rows *agent)
{
    struct prompt p = {
        .who = {.voice_agent = row(agent, 0, "voice_agent"),
                .agent = row(agent, 0, "agent"),
                .company = row(agent, 0, "company")},
        .custom = row(agent, 0, "custom"),
        .template = row(agent, 0, "template"),
        .commands = row(agent, 0, "commands"),
        .language = row(agent, 0, "language"),
        .wall_ms = clock_wall_ms(),
        .utc_offset_s = (int)row_int(agent, 0, "utc_offset_s"),
        .can_transfer = row_true(agent, 0, "can_transfer"),
    };
    return prompt_system(r->scope.arena, &p);
}

enum err voice_agent_prompt(struct req *r)
{
    static const char *const templates[] = {"professional", "specialist", NULL};
    struct form q;
    struct rows *agent;
    const char *template;
    TRY(req_query(r, &q));
    TRY(api_word(r, &q, "template", templates, &template));
    TRY(await_db(&r->scope, &SQL_voice_agent_prompt, &agent, api_who(r)->id, template));
    if (!agent->n)
        return api_missing(r, "voice agent");
    struct js *j = js_object(&r->scope);
    js_set_text(j, "source", row(agent, 0, "custom") ? "custom" : row(agent, 0, "template"));
    js_set_text(j, "prompt", preview(r, agent));
    return api_reply(r, 200, js_dump(&r->scope, j));
}

enum err voice_agent_toggle(struct req *r)
{
    struct voice_agent_toggle in;
    struct rows *agent;
    TRY(voice_agent_toggle_decode(&r->scope, r->body, r->body_n, &in));
    TRY(await_db(&r->scope, &SQL_voice_agent_toggle, &agent, api_who(r)->id, in.status,
                 r->scope.trace));
    if (!agent->n)
        return api_missing(r, "voice agent");
    if (!row(agent, 0, "body"))
        return fail(&r->scope, ERR_CONFLICT, "not_set_up", NULL,
                    "its phone number is not set up yet");
    outbox_nudge();
    return api_reply(r, 200, row(agent, 0, "body"));
}
