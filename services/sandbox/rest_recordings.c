/* Twilio's Recordings resource and the sound itself. */
#include "api.h"
#include "base/clock.h"
#include "recording.h"
#include "sandbox.h"
#include "url.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define WAV_MAX (64u << 20)

static const char *when(struct req *r, uint64_t wall_ms)
{
    char text[40];
    time_t t = (time_t)(wall_ms / 1000);
    struct tm tm;
    gmtime_r(&t, &tm);
    strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S +0000", &tm);
    return arena_strdup(r->scope.arena, text);
}

static struct js *recording_js(struct req *r, const struct recording *rec)
{
    static const char *const statuses[] = {"in-progress", "completed", "absent"};
    struct arena *a = r->scope.arena;
    struct js *j = js_object(&r->scope);
    bool done = rec->status != RECORDING_RUNS;
    js_set_text(j, "sid", rec->sid);
    js_set_text(j, "account_sid", cfg.account);
    js_set_text(j, "call_sid", rec->call_sid);
    js_set_text(j, "api_version", API_VERSION);
    js_set_text(j, "status", statuses[rec->status]);
    js_set_text(j, "source", rec->source);
    js_set_text(j, "duration", done ? arena_printf(a, "%u", recording_seconds(rec)) : "-1");
    js_set_int(j, "channels", rec->channels);
    js_set_text(j, "track", rec->person_only ? "inbound" : "both");
    js_set_text(j, "start_time", when(r, rec->started_wall));
    js_set_text(j, "date_created", when(r, rec->started_wall));
    js_set_text(j, "date_updated", when(r, rec->started_wall));
    js_set_text(j, "price", NULL);
    js_set_text(j, "price_unit", "USD");
    if (rec->status == RECORDING_ABSENT)
        js_set_int(j, "error_code", 16102);
    else
        js_set_text(j, "error_code", NULL);
    js_set_text(j, "encryption_details", NULL);
    js_set_text(j, "media_url", recording_url(a, rec));
    js_set_text(
        j, "uri",
        arena_printf(a, "/" API_VERSION "/Accounts/%s/Recordings/%s.json", cfg.account, rec->sid));
    return j;
}

static enum err not_found(struct req *r)
{
    return twilio_error(
        r, 404, 20404,
        arena_printf(r->scope.arena, "The requested resource %.200s was not found", r->path));
}

enum err recordings_create(struct req *r)
{
    struct call *c = call_find(req_param(r, "sid"));
    const char *url = form_text(r, "RecordingStatusCallback"),
               *channels = form_text(r, "RecordingChannels");
    if (!c)
        return not_found(r);
    if (c->status != IN_PROGRESS || c->gone)
        return twilio_error(r, 400, 21220, "Requested resource is not eligible for recording");
    if (url && !url_callable(url))
        return twilio_error(r, 400, 21205, "RecordingStatusCallback is not a valid URL");
    struct hook h = {url, form_text(r, "RecordingStatusCallbackMethod")};
    struct recording *rec = recording_start(c, "StartCallRecordingAPI",
                                            channels && strcmp(channels, "dual") == 0 ? 2 : 1, &h,
                                            form_text(r, "RecordingStatusCallbackEvent"));
    return answer_js(r, 201, recording_js(r, rec));
}

/* Without its ending; which one it was is left in *ending. */
static struct recording *recording_named(struct req *r, const char **ending)
{
    const char *name = req_param(r, "recording");
    size_t n = strcspn(name, ".");
    *ending = name + n;
    return recording_find(arena_strndup(r->scope.arena, name, n));
}

enum err recordings_update(struct req *r)
{
    const char *status = form_text(r, "Status");
    const char *name = req_param(r, "recording");
    struct call *c = call_find(req_param(r, "sid"));
    struct recording *rec = NULL;
    if (c && strncmp(name, "Twilio.CURRENT", 14) == 0)
        rec = recording_find(c->recording_sid);
    else if (c)
        rec = recording_find(arena_strndup(r->scope.arena, name, strcspn(name, ".")));
    if (!rec)
        return not_found(r);
    if (!status || strcmp(status, "stopped") != 0)
        return twilio_error(r, 400, 20001, "The sandbox knows only Status=stopped");
    recording_stop(c, rec);
    return answer_js(r, 200, recording_js(r, rec));
}

enum err recordings_list(struct req *r)
{
    struct js *j = js_object(&r->scope), *list = js_array(&r->scope);
    const char *call = strstr(r->path, "/Calls/") ? req_param(r, "sid") : form_text(r, "CallSid");
    struct recording *rec;
    int n = 0;
    LIST_EACH(rec, &recordings, struct recording, link)
        if ((!call || strcmp(rec->call_sid, call) == 0) && n++ < 200)
            js_push(list, recording_js(r, rec));
    js_set(j, "recordings", list);
    js_set_int(j, "page", 0);
    js_set_int(j, "page_size", 200);
    js_set_text(j, "next_page_uri", NULL);
    js_set_text(j, "previous_page_uri", NULL);
    js_set_text(j, "uri", r->path);
    return answer_js(r, 200, j);
}

/* "bytes=a-b", "bytes=a-", "bytes=-n"; false: not satisfiable. */
static bool range_of(const char *header, size_t n, size_t *from, size_t *to)
{
    char *end;
    const char *p = header + 6;
    if (*p == '-') {
        size_t last = strtoul(p + 1, NULL, 10);
        *from = last < n ? n - last : 0;
        return last > 0;
    }
    *from = strtoul(p, &end, 10);
    if (*end == '-' && end[1])
        *to = strtoul(end + 1, NULL, 10) + 1;
    *to = *to < n ? *to : n;
    return *from < *to;
}

static enum err send_wav(struct req *r, const struct recording *rec, int channels)
{
    struct buf wav = BUF(WAV_MAX);
    recording_wav(rec, channels, &wav);
    const char *range = req_header(r, "Range");
    size_t from = 0, to = wav.n;
    enum err e;
    req_set_header(r, "Accept-Ranges", "bytes");
    if (range && strncmp(range, "bytes=", 6) == 0 && !strchr(range, ',')) {
        if (!range_of(range, wav.n, &from, &to)) {
            req_set_header(r, "Content-Range", arena_printf(r->scope.arena, "bytes */%zu", wav.n));
            e = answer_bytes(r, 416, "text/plain", "", 0);
        } else {
            req_set_header(r, "Content-Range",
                           arena_printf(r->scope.arena, "bytes %zu-%zu/%zu", from, to - 1, wav.n));
            e = answer_bytes(r, 206, "audio/x-wav", wav.p + from, to - from);
        }
    } else {
        e = answer_bytes(r, 200, "audio/x-wav", wav.p, wav.n);
    }
    buf_free(&wav);
    return e;
}

enum err recordings_fetch(struct req *r)
{
    const char *ending, *channels = form_text(r, "RequestedChannels");
    struct recording *rec = recording_named(r, &ending);
    if (!rec)
        return not_found(r);
    if (strcmp(ending, ".json") == 0)
        return answer_js(r, 200, recording_js(r, rec));
    if (*ending && strcmp(ending, ".wav") != 0 && strcmp(ending, ".mp3") != 0)
        return not_found(r);
    if (rec->status != RECORDING_DONE)
        return not_found(r);
    int wanted = channels ? atoi(channels) : rec->channels;
    if (wanted > rec->channels || wanted < 1)
        return twilio_error(r, 400, 20001, "RequestedChannels is more than was recorded");
    return send_wav(r, rec, wanted);
}

enum err recordings_remove(struct req *r)
{
    const char *ending;
    struct recording *rec = recording_named(r, &ending);
    if (!rec || rec->status == RECORDING_RUNS)
        return not_found(r);
    recording_delete(rec);
    return answer_bytes(r, 204, "application/json", "", 0);
}
