#include "voice/twilio_impl.h"
#include <string.h>

#define OFFERS "20"

static void read_number(struct arena *a, const struct js *j, struct twilio_number *n)
{
    *n = (struct twilio_number){
        .sid = twilio_text(a, j, "sid"),
        .phone_number = twilio_text(a, j, "phone_number"),
        .friendly_name = twilio_text(a, j, "friendly_name"),
        .locality = twilio_text(a, j, "locality"),
        .region = twilio_text(a, j, "region"),
        .voice_url = twilio_text(a, j, "voice_url"),
        .voice_method = twilio_text(a, j, "voice_method"),
        .fallback_url = twilio_text(a, j, "voice_fallback_url"),
        .status_callback = twilio_text(a, j, "status_callback"),
        .application_sid = twilio_text(a, j, "voice_application_sid"),
        .trunk_sid = twilio_text(a, j, "trunk_sid"),
    };
}

enum err await_twilio_search_numbers(struct scope *s, const struct twilio *t, const char *country,
                                     const char *area_code, struct twilio_numbers *out)
{
    struct buf query = buf_in(s->arena, FORM_MAX);
    struct js *j;
    form_add(&query, "AreaCode", area_code);
    form_add(&query, "VoiceEnabled", "true");
    form_add(&query, "PageSize", OFFERS);
    TRY(await_twilio(s, t, "GET",
                     arena_printf(s->arena, "/AvailablePhoneNumbers/%s/Local.json?%s",
                                  url_encode(s->arena, country), query.p),
                     NULL, &j));
    const struct js *offers = js_get(j, "available_phone_numbers");
    size_t n = offers ? js_count(offers) : 0;
    *out = (struct twilio_numbers){.numbers = arena_alloc(s->arena, (n + 1) * sizeof *out->numbers),
                                   .n = n};
    for (size_t i = 0; i < n; i++)
        read_number(s->arena, js_at(offers, i), &out->numbers[i]);
    return OK;
}

enum err await_twilio_buy_number(struct scope *s, const struct twilio *t, const char *phone_number,
                                 struct twilio_number *out)
{
    struct buf form = buf_in(s->arena, FORM_MAX);
    struct js *j;
    form_add(&form, "PhoneNumber", phone_number);
    TRY(await_twilio(s, t, "POST", "/IncomingPhoneNumbers.json", &form, &j));
    read_number(s->arena, j, out);
    return *out->sid ? OK : fail(s, ERR_UPSTREAM, NULL, NULL, "twilio: the answer names no number");
}

/* The list matches loosely (it takes patterns): only the exact number counts. */
enum err await_twilio_find_number(struct scope *s, const struct twilio *t, const char *phone_number,
                                  struct twilio_number *out)
{
    struct js *j;
    TRY(await_twilio(s, t, "GET",
                     arena_printf(s->arena, "/IncomingPhoneNumbers.json?PhoneNumber=%s",
                                  url_encode(s->arena, phone_number)),
                     NULL, &j));
    const struct js *owned = js_get(j, "incoming_phone_numbers");
    for (size_t i = 0; owned && i < js_count(owned); i++) {
        read_number(s->arena, js_at(owned, i), out);
        if (strcmp(out->phone_number, phone_number) == 0 && *out->sid)
            return OK;
    }
    return fail(s, ERR_MISSING, NULL, NULL, "twilio: the account does not own this number");
}

static const char *number_path(struct scope *s, const char *sid)
{
    return arena_printf(s->arena, "/IncomingPhoneNumbers/%s.json", url_encode(s->arena, sid));
}

enum err await_twilio_number(struct scope *s, const struct twilio *t, const char *sid,
                             struct twilio_number *out)
{
    struct js *j;
    TRY(await_twilio(s, t, "GET", number_path(s, sid), NULL, &j));
    read_number(s->arena, j, out);
    return OK;
}

struct twilio_hooks twilio_hooks_of(struct arena *a, const char *public_url)
{
    return (struct twilio_hooks){
        .voice_url = arena_printf(a, "%s/webhooks/twilio/voice", public_url),
        .fallback_url = arena_printf(a, "%s/webhooks/twilio/fallback", public_url),
        .status_callback = arena_printf(a, "%s/webhooks/twilio/status", public_url),
    };
}

const char *twilio_drift(const struct twilio_number *n, const struct twilio_hooks *ours)
{
    if (*n->application_sid)
        return "application";
    if (*n->trunk_sid)
        return "trunk";
    if (strcmp(n->voice_url, ours->voice_url) != 0 ||
        (*n->voice_method && strcmp(n->voice_method, "POST") != 0))
        return "voice_url";
    if (strcmp(n->fallback_url, ours->fallback_url) != 0)
        return "fallback_url";
    return strcmp(n->status_callback, ours->status_callback) != 0 ? "status_callback" : NULL;
}

enum err await_twilio_configure_number(struct scope *s, const struct twilio *t, const char *sid,
                                       const struct twilio_hooks *hooks)
{
    struct buf form = buf_in(s->arena, FORM_MAX);
    form_add(&form, "VoiceUrl", hooks->voice_url);
    form_add(&form, "VoiceMethod", "POST");
    form_add(&form, "VoiceFallbackUrl", hooks->fallback_url);
    form_add(&form, "VoiceFallbackMethod", "POST");
    form_add(&form, "StatusCallback", hooks->status_callback);
    form_add(&form, "StatusCallbackMethod", "POST");
    form_add(&form, "VoiceApplicationSid", "");
    form_add(&form, "TrunkSid", "");
    return await_twilio(s, t, "POST", number_path(s, sid), &form, NULL);
}
