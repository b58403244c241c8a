/* Twilio's AvailablePhoneNumbers and IncomingPhoneNumbers resources. */
#include "api.h"
#include "numbers.h"
#include "sandbox.h"
#include "state.h"
#include "url.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct country {
    const char *code, *prefix;
    int digits; /* behind the prefix and the area code */
    const char *area, *region, *locality;
} countries[] = {
    {"US", "+1", 7, "415", "CA", "San Francisco"},
    {"CA", "+1", 7, "416", "ON", "Toronto"},
    {"GB", "+44", 7, "161", NULL, "Manchester"},
    {"DE", "+49", 7, "30", NULL, "Berlin"},
};

static const struct {
    const char *param, *json;
} fields[] = {
#define FIELD(name, param, json, otherwise) {param, json},
#include "tbl/number.h"
#undef FIELD
};

static struct js *capabilities(struct req *r)
{
    struct js *c = js_object(&r->scope);
    js_set_bool(c, "voice", true);
    js_set_bool(c, "sms", true);
    js_set_bool(c, "mms", false);
    return c;
}

/* --- available --- */

static const struct country *country_of(const char *code)
{
    for (size_t i = 0; i < sizeof countries / sizeof *countries; i++)
        if (strcmp(countries[i].code, code) == 0)
            return &countries[i];
    return NULL;
}

/* The n-th number there that is not owned. Always the same ones: a demo looks the same every day. */
static const char *offer(struct req *r, const struct country *c, const char *area, int n)
{
    for (int i = 0;; i++) {
        const char *e164 =
            arena_printf(r->scope.arena, "%s%.5s555%0*d", c->prefix, area, c->digits - 3, 110 + i);
        if (!number_owned(e164) && n-- == 0)
            return e164;
    }
}

static struct js *offer_js(struct req *r, const struct country *c, const char *e164)
{
    struct js *j = js_object(&r->scope);
    js_set_text(j, "phone_number", e164);
    js_set_text(j, "friendly_name", e164);
    js_set_text(j, "locality", c->locality);
    js_set_text(j, "region", c->region);
    js_set_text(j, "iso_country", c->code);
    js_set_text(j, "latitude", "37.775000");
    js_set_text(j, "longitude", "-122.419000");
    js_set_text(j, "postal_code", NULL);
    js_set_text(j, "address_requirements", "none");
    js_set_bool(j, "beta", false);
    js_set(j, "capabilities", capabilities(r));
    return j;
}

enum err numbers_available(struct req *r)
{
    const struct country *c = country_of(req_param(r, "country"));
    const char *area = form_text(r, "AreaCode"), *contains = form_text(r, "Contains"),
               *size = form_text(r, "PageSize");
    const char *kind = req_param(r, "kind");
    if (!c || (strcmp(kind, "Local.json") != 0 && strcmp(kind, "Mobile.json") != 0 &&
               strcmp(kind, "TollFree.json") != 0))
        return twilio_error(r, 404, 20404, "The requested resource was not found");
    if (area && (strspn(area, "0123456789") != strlen(area) || strlen(area) > 5))
        return twilio_error(r, 400, 21452, "Invalid AreaCode");
    int n = size ? atoi(size) : 20;
    n = n < 1 ? 1 : n > 50 ? 50 : n;
    struct js *j = js_object(&r->scope), *list = js_array(&r->scope);
    for (int i = 0; i < n; i++) {
        const char *e164 = offer(r, c, area ? area : c->area, i);
        if (!contains || strstr(e164, contains + strspn(contains, "+*")))
            js_push(list, offer_js(r, c, e164));
    }
    js_set(j, "available_phone_numbers", list);
    js_set_text(j, "uri", r->path);
    return answer_js(r, 200, j);
}

/* --- owned --- */

static struct js *number_js(struct req *r, const struct number *n)
{
    struct js *j = js_object(&r->scope);
    js_set_text(j, "sid", n->sid);
    js_set_text(j, "account_sid", cfg.account);
    js_set_text(j, "phone_number", n->e164);
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        js_set_text(j, fields[i].json, n->fields[i]);
    js_set_text(j, "api_version", API_VERSION);
    js_set_text(j, "status", "in-use");
    js_set_text(j, "uri",
                arena_printf(r->scope.arena,
                             "/" API_VERSION "/Accounts/%s/IncomingPhoneNumbers/%s.json",
                             cfg.account, n->sid));
    js_set(j, "capabilities", capabilities(r));
    return j;
}

static const char *refused_field(struct req *r)
{
    static const char *const urls[] = {"VoiceUrl", "VoiceFallbackUrl", "StatusCallback"};
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++)
        if (form_text(r, urls[i]) && !url_callable(form_text(r, urls[i])))
            return urls[i];
    return NULL;
}

/* An empty value clears a field: that is how VoiceApplicationSid is got rid of. */
static void take_fields(struct req *r, struct number *n)
{
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        const char *v = form_get(&VISIT(r)->form, fields[i].param);
        if (v)
            number_set(n, (enum number_field)i, v);
    }
}

/* Answers when the fields cannot be; n NULL: of a number that is not bought yet. */
static bool refused(struct req *r, const struct number *n, enum err *answered)
{
    const char *bad = refused_field(r);
    if (bad)
        *answered =
            twilio_error(r, 400, 21502, arena_printf(r->scope.arena, "%s is not a valid URL", bad));
    else if (form_text(r, "VoiceFallbackUrl") && !form_text(r, "VoiceUrl") &&
             !(n && number_get(n, NUMBER_VOICE_URL)))
        *answered = twilio_error(r, 400, 21405, "VoiceFallbackUrl without VoiceUrl");
    else
        return false;
    return true;
}

static enum err change(struct req *r, struct number *n, int status)
{
    take_fields(r, n);
    state_keep();
    return answer_js(r, status, number_js(r, n));
}

enum err numbers_buy(struct req *r)
{
    const char *e164 = form_text(r, "PhoneNumber"), *area = form_text(r, "AreaCode");
    if (!e164 && !area)
        return twilio_error(r, 400, 21404, "PhoneNumber or AreaCode is required");
    if (!e164)
        e164 = offer(r, &countries[0], area, 0);
    if (!number_valid(e164))
        return twilio_error(r, 400, 21401, "The phone number is invalid");
    if (number_owned(e164))
        return twilio_error(r, 400, 21422, "The phone number is not available");
    enum err answered;
    if (refused(r, NULL, &answered))
        return answered;
    struct number *n = number_own(e164);
    return n ? change(r, n, 201) : twilio_error(r, 400, 21404, "Too many numbers");
}

enum err numbers_list(struct req *r)
{
    struct js *j = js_object(&r->scope), *list = js_array(&r->scope);
    const char *wanted = form_text(r, "PhoneNumber"), *named = form_text(r, "FriendlyName");
    struct number *n;
    int shown = 0;
    LIST_EACH(n, &numbers, struct number, link) {
        bool fits = (!wanted || strcmp(wanted, n->e164) == 0) &&
                    (!named || strcmp(named, n->fields[NUMBER_FRIENDLY]) == 0);
        if (fits && shown++ < 200)
            js_push(list, number_js(r, n));
    }
    js_set(j, "incoming_phone_numbers", list);
    js_set_int(j, "page", 0);
    js_set_int(j, "page_size", 200);
    js_set_text(j, "next_page_uri", NULL);
    js_set_text(j, "previous_page_uri", NULL);
    js_set_text(j, "uri", r->path);
    return answer_js(r, 200, j);
}

static struct number *number_asked(struct req *r)
{
    const char *sid = req_param(r, "sid");
    return number_by_sid(arena_strndup(r->scope.arena, sid, strcspn(sid, ".")));
}

static enum err not_found(struct req *r)
{
    return twilio_error(
        r, 404, 20404,
        arena_printf(r->scope.arena, "The requested resource %.200s was not found", r->path));
}

enum err numbers_fetch(struct req *r)
{
    struct number *n = number_asked(r);
    return n ? answer_js(r, 200, number_js(r, n)) : not_found(r);
}

enum err numbers_update(struct req *r)
{
    struct number *n = number_asked(r);
    enum err answered;
    if (!n)
        return not_found(r);
    return refused(r, n, &answered) ? answered : change(r, n, 200);
}

enum err numbers_remove(struct req *r)
{
    struct number *n = number_asked(r);
    if (!n)
        return not_found(r);
    number_release(n);
    state_keep();
    return answer_bytes(r, 204, "application/json", "", 0);
}
