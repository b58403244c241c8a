#include "voice/twilio_impl.h"
#include <stdlib.h>

#define SOUND_MAX     (256u << 20)
#define SOUND_IDLE_MS 10000 /* between two pieces */

struct http_stream *twilio_fetch_recording(const struct twilio *t, const struct twilio_sound *sound,
                                           uint64_t total_ms, const struct http_stream_h *h,
                                           void *arg)
{
    struct arena *a = arena_create(64 << 10); /* a range is as long as a header may be */
    const char *path = arena_printf(a, "/Recordings/%s.%s%s", url_encode(a, sound->sid),
                                    sound->mp3 ? "mp3" : "wav",
                                    sound->channels == 2 ? "?RequestedChannels=2" : "");
    struct http_ask ask = twilio_ask(NULL, t, "GET", twilio_url(a, t, path), NULL);
    const char *const headers[] = {sound->range ? arena_printf(a, "Range: %s", sound->range) : NULL,
                                   NULL};
    ask.headers = headers;
    ask.max_answer = SOUND_MAX;
    ask.follow = true; /* it may lie at a storage host */
    ask.total_ms = (unsigned)total_ms;
    ask.idle_ms = SOUND_IDLE_MS;
    struct http_stream *x = http_stream(&ask, h, arg);
    arena_destroy(a);
    return x;
}

enum err await_twilio_find_recording(struct scope *s, const struct twilio *t, const char *call_sid,
                                     struct twilio_recording *out)
{
    struct js *j;
    struct arena *a = s->arena;
    TRY(await_twilio(s, t, "GET",
                     arena_printf(a, "/Recordings.json?CallSid=%s", url_encode(a, call_sid)), NULL,
                     &j));
    const struct js *all = js_get(j, "recordings");
    if (!all || !js_count(all))
        return fail(s, ERR_MISSING, NULL, NULL, "twilio: the call has no recording");
    const struct js *last = js_at(all, js_count(all) - 1); /* the newest is on top */
    const char *seconds = twilio_text(a, last, "duration");
    *out = (struct twilio_recording){.sid = twilio_text(a, last, "sid"),
                                     .status = twilio_text(a, last, "status"),
                                     .start_time = twilio_text(a, last, "start_time"),
                                     .seconds = *seconds ? atoi(seconds) : -1,
                                     .channels = (int)js_int(js_get(last, "channels"))};
    return OK;
}

enum err await_twilio_delete_recording(struct scope *s, const struct twilio *t, const char *sid)
{
    const char *path = arena_printf(s->arena, "/Recordings/%s.json", url_encode(s->arena, sid));
    return await_twilio(s, t, "DELETE", path, NULL, NULL);
}
