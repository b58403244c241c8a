#include "brain.h"
#include "base/buf.h"
#include "base/clock.h"
#include "wording.h"
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define QUERY_MAX 200

/* What has been said so far, as far as the rules care. */
struct talk {
    struct scope *scope;
    struct arena *arena;
    const struct js *tools;
    const char *agent, *company;
    const char *last, *low;      /* the person's last words, and in lower case */
    const char *asked;           /* the assistant's words before them, lower case */
    const char *name;            /* the person's */
    const struct js *properties; /* the last list that a tool returned */
    long amount; /* what was asked for so far: the history may have lost the tools' answers */
    bool least;
    int bedrooms;
    const char *kind;
    bool day_known, hour_known, booked;
    struct tm today, day;
    int hour, minute;
    const struct js *result; /* of the tool that has just run */
    const char *result_of;
};

/* --- reading the conversation --- */

/* The capitalised words behind "You are " and the like. */
static const char *name_at(struct arena *a, const char *p)
{
    size_t n = 0;
    while (isupper((unsigned char)p[n]) || (n && p[n] == '&')) {
        n += strcspn(p + n, " ,.;:\n");
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

static const char *kind_in(const char *low)
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
    if (kind_in(t->low))
        t->kind = kind_in(t->low);
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

static const char *tool_called(const struct js *messages, const char *id)
{
    for (size_t i = 0; i < js_count(messages); i++) {
        const struct js *calls = js_get(js_at(messages, i), "tool_calls");
        for (size_t k = 0; k < js_count(calls); k++) {
            const char *its = js_text(js_get(js_at(calls, k), "id"));
            if (its && id && strcmp(its, id) == 0)
                return js_text(js_get(js_get(js_at(calls, k), "function"), "name"));
        }
    }
    return NULL;
}

static void read_tool(struct talk *t, const struct js *messages, const struct js *m,
                      const char *content)
{
    struct js *j = NULL;
    t->result_of = tool_called(messages, js_text(js_get(m, "tool_call_id")));
    t->result = !js_parse(t->scope, content, 0, &j) ? j : js_object(t->scope);
    if (js_count(js_get(t->result, "properties")))
        t->properties = js_get(t->result, "properties");
    if (js_get(t->result, "viewing_id"))
        t->booked = true;
    if (js_get(t->result, "error"))
        t->hour_known = t->day_known = false;
}

/* Content is a string or a list of parts. */
static const char *content_of(const struct js *m)
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

static void read_talk(struct talk *t, const struct js *messages)
{
    time_t now = (time_t)(clock_wall_ms() / 1000);
    gmtime_r(&now, &t->today);
    t->last = t->low = "";
    for (size_t i = 0; i < js_count(messages); i++) {
        const struct js *m = js_at(messages, i);
        const char *role = js_text(js_get(m, "role")), *text = content_of(m);
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

/* --- tools --- */

static bool offered(const struct talk *t, const char *tool)
{
    for (size_t i = 0; i < js_count(t->tools); i++) {
        const char *name = js_text(js_get(js_get(js_at(t->tools, i), "function"), "name"));
        if (name && strcmp(name, tool) == 0)
            return true;
    }
    return false;
}

static struct thought say(const char *text)
{
    return (struct thought){.text = text};
}

static struct thought call_tool(const char *tool, struct js *arguments)
{
    return (struct thought){.tool = tool, .arguments = arguments};
}

/* One text argument, when the tool is offered; otherwise what is said without it. */
static struct thought tool_or_say(struct talk *t, const char *tool, const char *key,
                                  const char *value, const char *otherwise)
{
    if (!offered(t, tool))
        return say(otherwise);
    struct js *args = js_object(t->scope);
    if (key)
        js_set_text(args, key, arena_strndup(t->arena, value, strnlen(value, QUERY_MAX)));
    return call_tool(tool, args);
}

/* --- properties --- */

static struct thought search(struct talk *t)
{
    if (!offered(t, "search_properties"))
        return say(
            "I don't have the listings in front of me. Shall I have the agent call you back?");
    struct js *args = js_object(t->scope);
    if (t->amount)
        js_set_int(args, t->least ? "min_price" : "max_price", t->amount);
    if (t->bedrooms)
        js_set_int(args, "bedrooms", t->bedrooms);
    if (t->kind)
        js_set_text(args, "type", t->kind);
    const char *street = strstr(t->low, " street")   ? t->last
                         : strstr(t->low, " avenue") ? t->last
                                                     : NULL;
    if (street && !t->amount && !t->bedrooms)
        js_set_text(args, "query", arena_strndup(t->arena, street, strnlen(street, QUERY_MAX)));
    return call_tool("search_properties", args);
}

static double price_of(const struct js *p)
{
    const struct js *v = js_get(p, "price");
    return js_text(v) ? atof(js_text(v)) : js_real(v);
}

static const char *describe(struct talk *t, const struct js *p)
{
    const char *type = js_text(js_get(p, "type")), *address = js_text(js_get(p, "address"));
    long long beds = js_int(js_get(p, "bedrooms"));
    const char *rooms = beds > 0 ? arena_printf(t->arena, "%s-bedroom ", say_count((int)beds)) : "";
    const char *article = beds == 8 || beds == 11 || (!*rooms && type && *type == 'a') ? "an" : "a";
    return arena_printf(t->arena, "%s, %s %s%s for %s", address ? address : "one", article, rooms,
                        type && *type ? type : "home",
                        say_amount(t->arena, price_of(p), js_text(js_get(p, "currency"))));
}

static struct thought price(struct talk *t)
{
    const struct js *p = js_at(t->properties, 0);
    return say(arena_printf(t->arena, "%s is listed at %s. Would you like to see it?",
                            js_text(js_get(p, "address")) ? js_text(js_get(p, "address")) : "It",
                            say_amount(t->arena, price_of(p), js_text(js_get(p, "currency")))));
}

static struct thought details(struct talk *t)
{
    const struct js *p = js_at(t->properties, 0);
    const char *text = js_text(js_get(p, "description"));
    long long baths = js_int(js_get(p, "bathrooms"));
    const char *also = baths > 0 ? arena_printf(t->arena, " It has %s bathroom%s.",
                                                say_count((int)baths), baths == 1 ? "" : "s")
                                 : "";
    return say(arena_printf(t->arena, "It is %s.%s%s%.200s", describe(t, p), also, text ? " " : "",
                            text ? text : ""));
}

/* --- viewings --- */

static struct thought viewing(struct talk *t)
{
    if (!t->properties)
        return offered(t, "search_properties")
                   ? search(t)
                   : say("Gladly. Which property would you like to see?");
    if (!t->day_known)
        return say("Of course. Which day and time would suit you?");
    if (!t->hour_known)
        return say("That day works. What time would suit you?");
    const struct js *p = js_at(t->properties, 0);
    const char *at = arena_printf(t->arena, "%04d-%02d-%02dT%02d:%02d", t->day.tm_year + 1900,
                                  t->day.tm_mon + 1, t->day.tm_mday, t->hour, t->minute);
    if (!t->name)
        return say(arena_printf(t->arena, "I can arrange that for %s. What name shall I put down?",
                                say_when(t->arena, at)));
    if (!offered(t, "schedule_viewing"))
        return say(arena_printf(t->arena,
                                "Thank you, %s. The agent will confirm %s with you. Anything else?",
                                t->name, say_when(t->arena, at)));
    struct js *args = js_object(t->scope);
    js_set(args, "property_id", js_copy(t->scope, js_get(p, "id")));
    js_set_text(args, "starts_at", at);
    js_set_text(args, "name", t->name);
    return call_tool("schedule_viewing", args);
}

static struct thought found(struct talk *t)
{
    size_t n = js_count(js_get(t->result, "properties"));
    if (!n)
        return say("I'm sorry, we have nothing like that at the moment. Shall I take a message for "
                   "the agent?");
    if (t->day_known && !t->booked)
        return viewing(t); /* it was searched only to find the property again */
    const char *first = describe(t, js_at(t->properties, 0));
    if (n == 1)
        return say(arena_printf(t->arena, "Yes, there is %s. Would you like to see it?", first));
    return say(arena_printf(t->arena,
                            "Yes, I have %s of those. One is %s. Would you like to see it?",
                            say_count((int)n), first));
}

static struct thought scheduled(struct talk *t)
{
    const char *error = js_text(js_get(t->result, "error"));
    if (error || !t->booked)
        return say(
            "I'm sorry, that time is not available. Which other day and time would suit you?");
    const char *address = js_text(js_get(js_at(t->properties, 0), "address"));
    return say(arena_printf(
        t->arena, "You are booked%s%s: %s, %s. Is there anything else I can do for you?",
        t->name ? ", " : "", t->name ? t->name : "", address ? address : "the viewing",
        say_when(t->arena, js_text(js_get(t->result, "starts_at")))));
}

/* --- the rest --- */

static const char *introduction(const struct talk *t)
{
    return arena_printf(t->arena, "%s%s%s", t->agent ? t->agent : "the assistant",
                        t->company ? " from " : "", t->company ? t->company : "");
}

static struct thought after_tool(struct talk *t)
{
    const char *tool = t->result_of ? t->result_of : "";
    bool failed = js_get(t->result, "error") != NULL;
    if (strcmp(tool, "search_properties") == 0)
        return failed ? say("I'm sorry, I cannot look that up right now. Shall I take a message?")
                      : found(t);
    if (strcmp(tool, "schedule_viewing") == 0)
        return scheduled(t);
    if (strcmp(tool, "take_message") == 0)
        return say(failed ? "I'm sorry, I could not note that. Please try again later."
                          : "Thank you, I have passed that on. Is there anything else?");
    if (strcmp(tool, "transfer_to_agent") == 0)
        return say(failed ? "I'm sorry, nobody can take the call right now. May I take a message?"
                          : "Of course. I'm putting you through now, one moment please.");
    if (strcmp(tool, "opt_out") == 0)
        return say("I have taken you off our list, we won't call you again. Goodbye.");
    if (strcmp(tool, "end_call") == 0)
        return say("Thank you for your time. Goodbye.");
    return say("Done. Is there anything else I can do for you?");
}

static const char goodbyes[] =
    "goodbye|bye|bye bye|good bye|have a nice day|that's all|that is all|nothing else";
static const char property_words[] =
    "house|houses|home|homes|apartment|apartments|flat|condo|townhouse|villa|bedroom|bedrooms|"
    "property|"
    "properties|listing|listings|price|prices|cost|how much|street|avenue|for sale|rent|place";

static struct thought property_question(struct talk *t)
{
    bool narrower = amount_in(t->low) || bedrooms_in(t->low) || kind_in(t->low);
    if (t->properties && !narrower && mentions(t->low, "how much|price|cost|expensive"))
        return price(t);
    if (t->properties && !narrower)
        return details(t);
    return search(t);
}

static struct thought answer(struct talk *t)
{
    const char *low = t->low;
    bool asks_name = t->asked && strstr(t->asked, "what name");
    if (mentions(
            low,
            "don't call|do not call|stop calling|take me off|remove me|never call|unsubscribe"))
        return tool_or_say(t, "opt_out", NULL, NULL, "I will take you off our list. Goodbye.");
    if (mentions(low, "real person|human|human being|transfer me|put me through|speak to "
                      "someone|talk to someone|"
                      "speak to a person|talk to a person|speak to the agent|talk to the "
                      "agent|speak with the agent|"
                      "speak to an agent|talk to an agent|talk with a person"))
        return tool_or_say(t, "transfer_to_agent", "reason", t->last,
                           "I will ask a colleague to call you back right away.");
    if (mentions(
            low,
            "leave a message|tell him|tell her|tell them|call me back|call me again|message for"))
        return tool_or_say(t, "take_message", "message", t->last,
                           "I will pass that on. Anything else?");
    if (mentions(low, goodbyes) && !strchr(low, '?'))
        return tool_or_say(t, "end_call", "reason", "the caller said goodbye",
                           t->booked ? "Thank you, we look forward to seeing you. Goodbye!"
                                     : "Thank you for calling. Goodbye!");
    if (asks_name && t->name && !t->booked)
        return viewing(t);
    if (mentions(low, "what is it about|what's it about|who is this|who's calling|why are you "
                      "calling|what is this about"))
        return say(arena_printf(
            t->arena,
            "This is %s. We have new homes that may interest you. May I tell you about one?",
            introduction(t)));
    if (mentions(low, "view|viewing|visit|see it|see that|see the|look at it|come "
                      "by|appointment|tour|see one") ||
        (t->day_known && !t->booked &&
         mentions(low, "at|morning|afternoon|monday|tuesday|wednesday|thursday|friday|"
                       "saturday|sunday|tomorrow|today")))
        return viewing(t);
    if (mentions(low, property_words))
        return property_question(t);
    if (mentions(low, "yes|sure|of course|please|okay|ok|interested|interesting"))
        return t->properties ? viewing(t) : search(t);
    if (t->name && mentions(low, "my name|i'm|i am|this is"))
        return say(arena_printf(t->arena, "Nice to meet you, %s. How can I help you?", t->name));
    if (mentions(low, "thank|thanks|thank you"))
        return say("You're welcome. Is there anything else I can do for you?");
    if (mentions(low, "no|no thanks|not interested"))
        return say("All right. Is there anything else I can do for you?");
    if (!*low || mentions(low, "hello|hi|hey|good morning|good afternoon|good evening"))
        return say(
            arena_printf(t->arena, "Hello, this is %s. How can I help you?", introduction(t)));
    return say("I'm not sure I understood. I can tell you about our properties, arrange a viewing, "
               "or take a message.");
}

/* --- a summary instead of a conversation --- */

static const char *summary(struct talk *t)
{
    struct buf b = buf_in(t->arena, 2048);
    const char *low = t->low;
    int bedrooms = bedrooms_in(low);
    buf_puts(&b, t->name ? arena_printf(t->arena, "%s ", t->name) : "The caller ");
    if (mentions(low, property_words))
        buf_printf(&b, "asked about %s%s%s", bedrooms ? say_count(bedrooms) : "a",
                   bedrooms ? "-bedroom " : " ", kind_in(low) ? kind_in(low) : "property");
    else
        buf_puts(&b, "spoke with the assistant");
    if (mentions(low, "booked|viewing"))
        buf_puts(&b, " and arranged a viewing");
    if (mentions(low, "off our list|stop calling|don't call"))
        buf_puts(&b, " and asked not to be called again");
    buf_puts(&b, ".");
    return b.p;
}

static bool schema_is(const struct js *schema, const char *type)
{
    const struct js *t = js_get(schema, "type");
    for (size_t i = 0; i < js_count(t); i++)
        if (js_text(js_at(t, i)) && strcmp(js_text(js_at(t, i)), type) == 0)
            return true;
    return js_text(t) && strcmp(js_text(t), type) == 0;
}

/* The plainest value a schema allows; a member that sounds like one we know gets it. */
static struct js *value_for(struct talk *t, const struct js *schema, const char *key, int depth);

static struct js *object_for(struct talk *t, const struct js *schema, int depth)
{
    struct js *o = js_object(t->scope);
    const struct js *members = js_get(schema, "properties");
    for (struct js_iter *it = js_first(members); it; it = js_next(members, it))
        js_set(o, js_key(it), value_for(t, js_value(it), js_key(it), depth + 1));
    return o;
}

static struct js *text_value(struct talk *t, const char *text)
{
    struct js *a = js_array(t->scope);
    js_push_text(a, text);
    return js_copy(t->scope, js_at(a, 0));
}

static struct js *value_for(struct talk *t, const struct js *schema, const char *key, int depth)
{
    const struct js *allowed = js_get(schema, "enum");
    if (js_count(allowed))
        return js_copy(t->scope, js_at(allowed, 0));
    if (strstr(key, "summary"))
        return text_value(t, summary(t));
    if (strstr(key, "name") && t->name)
        return text_value(t, t->name);
    if (schema_is(schema, "null"))
        return NULL;
    if (schema_is(schema, "object") && depth < 8)
        return object_for(t, schema, depth);
    if (schema_is(schema, "array"))
        return js_array(t->scope);
    struct js *a = js_array(t->scope);
    if (schema_is(schema, "boolean"))
        js_push_bool(a, false);
    else if (schema_is(schema, "integer") || schema_is(schema, "number"))
        js_push_int(a, 0);
    else
        js_push_text(a, "");
    return js_copy(t->scope, js_at(a, 0));
}

static const char *structured(struct talk *t, const struct js *format)
{
    const struct js *schema = js_get(js_get(format, "json_schema"), "schema");
    struct js *o = schema ? object_for(t, schema, 0) : js_object(t->scope);
    if (!schema)
        js_set_text(o, "summary", summary(t));
    return js_dump(t->scope, o);
}

struct thought brain_think(struct scope *s, const struct js *request)
{
    struct talk t = {.scope = s, .arena = s->arena, .tools = js_get(request, "tools")};
    const struct js *messages = js_get(request, "messages"),
                    *format = js_get(request, "response_format");
    const char *shape = js_text(js_get(format, "type"));
    const char *choice = js_text(js_get(request, "tool_choice"));
    if (choice && strcmp(choice, "none") == 0)
        t.tools = NULL;
    read_talk(&t, messages);
    if (shape && strncmp(shape, "json", 4) == 0)
        return say(structured(&t, format));
    const struct js *first = js_at(messages, 0);
    if (!js_count(t.tools) &&
        mentions(lower_case(s->arena, content_of(first)), "summarise|summarize|summary"))
        return say(summary(&t));
    return t.result ? after_tool(&t) : answer(&t);
}
