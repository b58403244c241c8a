/* The voice agent's greeting as callers hear it, in the voice that is being chosen. ai-pipeline makes it. */
#include "api.h"
#include "io/js.h"
#include "io/mq.h"
#include "messages.h"
#include "rate.h"
#include "routes.h"
#include "sql.h"

#define PER_SECOND 1

static const char * or (const char *text, const char *otherwise)
{
    return text ? text : otherwise;
}

/* What may be configured may be tried. */
static enum err check_language(struct req *r, const char *language)
{
    struct voice_agent_update in;
    struct js *body = js_object(&r->scope), *settings = js_object(&r->scope);
    if (!language)
        return OK;
    js_set_text(settings, "language", language);
    js_set(body, "settings", settings);
    if (voice_agent_update_decode(&r->scope, js_dump(&r->scope, body), 0, &in) == OK)
        return OK;
    r->scope.fault = (struct fault){0};
    return fail(&r->scope, ERR_INVALID, NULL, "language", "is not one that voice agents speak");
}

static enum err read_wish(struct req *r, struct voice_sample *out)
{
    static const char *const genders[] = {"female", "male", NULL};
    static const char *const speeds[] = {"normal", "slow", "fast", NULL};
    struct form q;
    TRY(req_query(r, &q));
    TRY(api_word(r, &q, "gender", genders, &out->gender));
    TRY(api_word(r, &q, "speed", speeds, &out->speed));
    TRY(api_text(r, &q, "language", &out->language));
    TRY(api_text(r, &q, "text", &out->text));
    return check_language(r, out->language);
}

/* What the wish leaves open is as it is configured. */
static enum err await_configured(struct req *r, struct voice_sample *wish)
{
    struct rows *agent;
    TRY(await_db(&r->scope, &SQL_sample_ask, &agent, api_who(r)->id));
    if (!agent->n)
        return api_missing(r, "voice agent");
    wish->text = or (wish->text, row(agent, 0, "greeting"));
    wish->language = or (wish->language, row(agent, 0, "language"));
    wish->gender = or (wish->gender, row(agent, 0, "gender"));
    wish->speed = or (wish->speed, row(agent, 0, "speed"));
    wish->voice_agent = row(agent, 0, "voice_agent");
    wish->agent_name = row(agent, 0, "agent");
    wish->company_name = row(agent, 0, "company");
    return OK;
}

/* GET /agent/voice-agent/sample?gender=male&speed=slow -> audio/wav */
enum err voice_agent_sample(struct req *r)
{
    struct voice_sample wish = {0};
    struct mq_answer sound;
    TRY(read_wish(r, &wish));
    TRY(await_configured(r, &wish));
    if (!rate_take("sample", api_who(r)->id, PER_SECOND)) {
        req_set_header(r, "Retry-After", "1");
        return fail(&r->scope, ERR_LIMITED, NULL, NULL, "too many samples of this account");
    }
    TRY(await_rpc(&r->scope,
                  &(struct mq_out){.key = VOICE_SAMPLE,
                                   .type = VOICE_SAMPLE,
                                   .body = voice_sample_encode(&r->scope, &wish),
                                   .transient = true},
                  &sound));
    return req_reply_bytes(r, 200, "audio/wav", sound.body, sound.n);
}
