#include "talk.h"
#include "api.h"
#include "base/clock.h"
#include "gateway.h"
#include "messages.h"
#include "routes.h"
#include "sql.h"
#include "voice/invitation.h"
#include <string.h>

#define GOOD_S 60 /* as voice_agent_talk.sql has it */

const char *talk_origin(struct arena *a)
{
    const char *host = strstr(cfg.media_url, "://");
    if (!host)
        return NULL;
    host += 3;
    return arena_strndup(a, cfg.media_url, (size_t)(host - cfg.media_url) + strcspn(host, "/?#"));
}

/* An invitation to the socket, for a minute and once: ai-pipeline reads it. */
enum err voice_agent_talk(struct req *r)
{
    struct voice_agent_talk in;
    struct rows *agent;
    struct arena *a = r->scope.arena;
    const char *tenant = api_who(r)->id, *origin = talk_origin(a);
    TRY(voice_agent_talk_decode(&r->scope, r->body, r->body_n, &in));
    TRY(await_db(&r->scope, &SQL_voice_agent_talk, &agent, tenant));
    if (!agent->n)
        return api_missing(r, "voice agent");
    if (!origin)
        return fail(&r->scope, ERR_MISSING, "talk_unavailable", NULL,
                    "this server has no media socket: MEDIA_URL");
    struct js *j = js_object(&r->scope);
    js_set_text(j, "url", arena_printf(a, "%s/talk", origin));
    js_set_text(
        j, "token",
        invitation_make(a, cfg.link_secret, tenant, in.mode, clock_wall_ms() / 1000 + GOOD_S));
    js_set_text(j, "expires_at", row(agent, 0, "expires_at"));
    return api_reply(r, 201, js_dump(&r->scope, j));
}
