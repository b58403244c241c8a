/* A call's recording, for the agent whose call it is: the link to it, its outline, its end. */
#include "api.h"
#include "media.h"
#include "routes.h"
#include "sql.h"
#include "voice/outbox.h"
#include "voice/peaks.h"
#include <string.h>

static enum err no_recording(struct req *r)
{
    return fail(&r->scope, ERR_MISSING, "no_recording", NULL, "this call has no recording yet");
}

enum err recordings_link(struct req *r)
{
    const char *id, *agent = api_who(r)->id, *format;
    struct rows *call;
    TRY(api_id(r, "call_id", &id));
    TRY(media_format(r, &format));
    TRY(await_db(&r->scope, &SQL_call_recording, &call, agent, id));
    if (!call->n)
        return api_missing(r, "call");
    const char *sid = row(call, 0, "recording_sid");
    if (!sid)
        return no_recording(r);
    return api_reply(r, 200,
                     arena_printf(r->scope.arena,
                                  "{\"recording_url\":\"%s%s%s\",\"recording_sid\":\"%s\"}",
                                  media_link(&r->scope, agent, id), format ? "?format=" : "",
                                  format ? format : "", sid));
}

/* ---- the outline ---- */

static enum err await_outline(struct req *r, const struct rows *at, const char **json)
{
    struct recording *rec;
    struct recording_ask ask = {row(at, 0, "recording_sid"), row(at, 0, "store_name")};
    struct peaks *peaks = arena_alloc(r->scope.arena, sizeof *peaks);
    const char *p;
    size_t n;
    peaks_init(peaks);
    TRY(await_recording_open(&r->scope, media_places(), &ask, &rec));
    do {
        TRY(await_recording_read(&r->scope, rec, &p, &n));
        if (peaks_feed(peaks, p, n))
            return fail(&r->scope, ERR_UPSTREAM, NULL, NULL, "the recording is no WAV we know");
    } while (n);
    *json = peaks_json(peaks, r->scope.arena);
    return *json ? OK : fail(&r->scope, ERR_UPSTREAM, NULL, NULL, "the recording has no sound");
}

/* Made when it was stored, else when somebody looks for the first time. */
enum err recordings_peaks(struct req *r)
{
    const char *id, *agent = api_who(r)->id;
    struct rows *at;
    TRY(api_id(r, "call_id", &id));
    TRY(await_db(&r->scope, &SQL_recording_peaks, &at, agent, id));
    if (!at->n)
        return no_recording(r);
    const char *json = row(at, 0, "peaks");
    if (!json) {
        TRY(await_outline(r, at, &json));
        TRY(await_db(&r->scope, &SQL_recording_peaks_keep, NULL, agent, id, json));
    }
    req_set_header(r, "Cache-Control", "private, no-store");
    return api_reply(r, 200, json);
}

/* ---- the end ---- */

/* DELETE ...?transcript=delete: what was said goes too. Nobody hears it from now on; the copies follow. */
enum err recordings_delete(struct req *r)
{
    static const char *const words[] = {"keep", "delete", NULL};
    const char *id, *transcript;
    struct form q;
    struct rows *call;
    TRY(api_id(r, "call_id", &id));
    TRY(req_query(r, &q));
    TRY(api_word(r, &q, "transcript", words, &transcript));
    bool all = transcript && !strcmp(transcript, "delete");
    TRY(await_db(&r->scope, &SQL_recording_delete, &call, api_who(r)->id, id,
                 all ? "true" : "false", r->client));
    if (!call->n)
        return api_missing(r, "call");
    bool recorded = row_true(call, 0, "recorded"), said = all && row_true(call, 0, "transcribed");
    if (!recorded && !said)
        return no_recording(r);
    outbox_nudge();
    return api_reply(r, 202,
                     arena_printf(r->scope.arena,
                                  "{\"recording_deleted\":%s,\"transcript_deleted\":%s}",
                                  recorded ? "true" : "false", said ? "true" : "false"));
}
