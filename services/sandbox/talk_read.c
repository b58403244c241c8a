/* Reading the conversation: who is who, and what has been asked for. */
#include "base/clock.h"
#include "talk.h"
#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* The capitalised words behind "You are " and the like. */
static const char *name_at(struct arena *a, const char *p)
{
    size_t n = 0;
    p += *p == '"';
    while (isupper((unsigned char)p[n]) || (n && p[n] == '&')) {
        n += strcspn(p + n, " ,.;:\"\n");
        if (p[n] != ' ' || !(isupper((unsigned char)p[n + 1]) || p[n + 1] == '&'))
            break;
        n++;
    }
    return n > 1 && n < 60 ? arena_strndup(a, p, n) : NULL;
}

static const char *name_after(struct arena *a, const char *text, const char *before)
{
    const char *name = NULL;
    for (const char *p = text; !name && (p = strstr(p, before));) {
        p += strlen(before);
        name = name_at(a, p);
    }
    return name;
}

static const char *first_of(struct arena *a, const char *text, const char *const *before)
{
    const char *found = NULL;
    for (; *before && !found; before++)
        found = name_after(a, text, *before);
    return found;
}

static void read_date(struct talk *t, const char *text)
{
    for (const char *p = strstr(text, "20"); p; p = strstr(p + 1, "20")) {
        int y, m, d;
        if (sscanf(p, "%4d-%2d-%2d", &y, &m, &d) == 3 && m >= 1 && m <= 12 && d >= 1 && d <= 31) {
            t->today =
                (struct tm){.tm_year = y - 1900, .tm_mon = m - 1, .tm_mday = d, .tm_hour = 12};
            return;
        }
    }
}

static void read_instructions(struct talk *t, const char *text)
{
    static const char *const names[] = {"Your name is ", "You are ", "named ", "called ", NULL};
    static const char *const companies[] = {"The company is ", "company ", " at ", " of ",
                                            " from ",          " for ",    NULL};
    if (!t->agent)
        t->agent = first_of(t->arena, text, names);
    if (!t->company)
        t->company = first_of(t->arena, text, companies);
    read_date(t, text);
}

const char *talk_kind(const char *low)
{
    return mentions(low, "apartment|apartments|flat|flats") ? "apartment"
           : mentions(low, "condo|condos")                  ? "condo"
           : mentions(low, "townhouse|townhouses")          ? "townhouse"
           : mentions(low, "house|houses|villa")            ? "house"
                                                            : NULL;
}

static void read_wishes(struct talk *t)
{
    if (amount_in(t->low)) {
        t->amount = amount_in(t->low);
        t->least = mentions(t->low, "over|above|at least|more than");
    }
    if (bedrooms_in(t->low))
        t->bedrooms = bedrooms_in(t->low);
    if (talk_kind(t->low))
        t->kind = talk_kind(t->low);
}

static void read_user(struct talk *t, const char *text)
{
    t->last = text;
    t->low = lower_case(t->arena, text);
    const char *name = name_in(t->arena, text, t->asked && strstr(t->asked, "name"));
    t->name = name ? name : t->name;
    read_wishes(t);
    struct tm day;
    int hour, minute;
    if (day_in(t->low, &t->today, &day)) {
        t->day = day;
        t->day_known = true;
        t->booked = false;
    }
    if ((t->day_known || mentions(t->low, "at")) && hour_in(t->low, &hour, &minute)) {
        t->hour = hour;
        t->minute = minute;
        t->hour_known = true;
    }
}

static const struct js *call_of(const struct js *messages, const char *id)
{
    for (size_t i = 0; i < js_count(messages); i++) {
        const struct js *calls = js_get(js_at(messages, i), "tool_calls");
        for (size_t k = 0; k < js_count(calls); k++) {
            const char *its = js_text(js_get(js_at(calls, k), "id"));
            if (its && id && strcmp(its, id) == 0)
                return js_get(js_at(calls, k), "function");
        }
    }
    return NULL;
}

static void read_tool(struct talk *t, const struct js *messages, const struct js *m,
                      const char *content)
{
    struct js *j = NULL;
    const struct js *call = call_of(messages, js_text(js_get(m, "tool_call_id")));
    t->result_of = js_text(js_get(call, "name"));
    t->result = !js_parse(t->scope, content, 0, &j) ? j : js_object(t->scope);
    if (js_count(js_get(t->result, "properties")))
        t->properties = js_get(t->result, "properties");
    if (js_true(js_get(t->result, "done")) && js_get(t->result, "viewing"))
        t->booked = true;
    t->confirming = js_get(t->result, "read_back") ? t->result_of : NULL;
    if (t->confirming && !js_parse(t->scope, js_text(js_get(call, "arguments")), 0, &j))
        t->confirmed = j;
    if (js_get(t->result, "error"))
        t->hour_known = t->day_known = false;
}

/* Content is a string or a list of parts. */
const char *talk_content(const struct js *m)
{
    const struct js *c = js_get(m, "content");
    const char *text = js_type(c) == JS_ARRAY ? js_text(js_get(js_at(c, 0), "text")) : js_text(c);
    return text ? text : "";
}

static void read_assistant(struct talk *t, const char *text)
{
    t->asked = lower_case(t->arena, text);
    if (strstr(t->asked, "you are booked"))
        t->booked = true;
}

void talk_read(struct talk *t, const struct js *messages)
{
    time_t now = (time_t)(clock_wall_ms() / 1000);
    gmtime_r(&now, &t->today);
    t->last = t->low = "";
    for (size_t i = 0; i < js_count(messages); i++) {
        const struct js *m = js_at(messages, i);
        const char *role = js_text(js_get(m, "role")), *text = talk_content(m);
        t->result = NULL;
        if (!role)
            continue;
        if (strcmp(role, "system") == 0 || strcmp(role, "developer") == 0)
            read_instructions(t, text);
        else if (strcmp(role, "user") == 0)
            read_user(t, text);
        else if (strcmp(role, "tool") == 0)
            read_tool(t, messages, m, text);
        else if (*text)
            read_assistant(t, text);
    }
}
