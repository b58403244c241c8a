/* What the rules say: a dozen intents of people who talk to an estate agent. */
#include "talk.h"
#include <stdlib.h>
#include <string.h>

#define QUERY_MAX 200

/* --- tools --- */

bool talk_offered(const struct talk *t, const char *tool)
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
    if (!talk_offered(t, tool))
        return say(otherwise);
    struct js *args = js_object(t->scope);
    if (key)
        js_set_text(args, key, arena_strndup(t->arena, value, strnlen(value, QUERY_MAX)));
    return call_tool(tool, args);
}

static struct thought with_id(struct talk *t, const char *tool, const char *key,
                              const struct js *id)
{
    struct js *args = js_object(t->scope);
    js_set(args, key, js_copy(t->scope, id));
    return call_tool(tool, args);
}

/* --- properties --- */

static struct thought search(struct talk *t)
{
    if (!talk_offered(t, "search_properties"))
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

static const char *local_time(const struct talk *t)
{
    return arena_printf(t->arena, "%04d-%02d-%02dT%02d:%02d", t->day.tm_year + 1900,
                        t->day.tm_mon + 1, t->day.tm_mday, t->hour, t->minute);
}

static struct thought viewing(struct talk *t)
{
    if (!t->properties)
        return talk_offered(t, "search_properties")
                   ? search(t)
                   : say("Gladly. Which property would you like to see?");
    if (!t->day_known)
        return say("Of course. Which day and time would suit you?");
    if (!t->hour_known)
        return say("That day works. What time would suit you?");
    const struct js *p = js_at(t->properties, 0);
    const char *at = local_time(t);
    if (!t->name)
        return say(arena_printf(t->arena, "I can arrange that for %s. What name shall I put down?",
                                say_when(t->arena, at)));
    if (!talk_offered(t, "schedule_viewing"))
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

static struct thought asked_back(struct talk *t, const struct js *told)
{
    const char *address = js_text(js_get(told, "address"));
    return say(arena_printf(t->arena, "So that is %s, %s. Is that right?",
                            address ? address : "the viewing",
                            say_when(t->arena, js_text(js_get(told, "starts_at")))));
}

static struct thought scheduled(struct talk *t)
{
    const struct js *told = js_get(t->result, "read_back");
    if (told)
        return asked_back(t, told);
    const char *error = js_text(js_get(t->result, "error"));
    if (error || !t->booked)
        return say(
            "I'm sorry, that time is not available. Which other day and time would suit you?");
    const char *address = js_text(js_get(js_at(t->properties, 0), "address"));
    return say(arena_printf(
        t->arena, "You are booked%s%s: %s, %s. Is there anything else I can do for you?",
        t->name ? ", " : "", t->name ? t->name : "", address ? address : "the viewing",
        say_when(t->arena, js_text(js_get(js_get(t->result, "viewing"), "starts_at")))));
}

/* Moved or cancelled, or what stands in the way of it. */
static struct thought changed(struct talk *t, const char *what)
{
    const struct js *told = js_get(t->result, "read_back");
    const char *error = js_text(js_get(t->result, "error"));
    if (told)
        return asked_back(t, told);
    if (error)
        return say(arena_printf(t->arena, "I'm sorry, %s.", error));
    return say(arena_printf(t->arena, "Your viewing is %s. Is there anything else?", what));
}

static struct thought viewings_told(struct talk *t)
{
    const struct js *list = js_get(t->result, "viewings"), *v = js_at(list, 0);
    if (!v)
        return say("I find no coming viewing of yours. Would you like to arrange one?");
    return say(arena_printf(t->arena, "You have a viewing of %s, %s.",
                            js_text(js_get(v, "address")), js_text(js_get(v, "when"))));
}

static struct thought slots_told(struct talk *t)
{
    const struct js *list = js_get(t->result, "slots"), *one = js_at(list, 0),
                    *two = js_at(list, 1);
    if (!one)
        return say("I'm sorry, there is no free time then. Which other day would suit you?");
    return say(arena_printf(t->arena, "%s is free%s%s. Which would suit you?",
                            js_text(js_get(one, "when")), two ? ", and " : "",
                            two ? js_text(js_get(two, "when")) : ""));
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
    if (strcmp(tool, "reschedule_viewing") == 0)
        return changed(t, "moved");
    if (strcmp(tool, "cancel_viewing") == 0)
        return changed(t, "cancelled");
    if (strcmp(tool, "list_viewings") == 0)
        return viewings_told(t);
    if (strcmp(tool, "free_viewing_slots") == 0)
        return slots_told(t);
    if (strcmp(tool, "property_details") == 0)
        return details(t);
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

/* Once more what was read back, now that the person has agreed. */
static struct thought agreed(struct talk *t)
{
    return call_tool(t->confirming, js_copy(t->scope, t->confirmed));
}

static struct thought move_viewing(struct talk *t)
{
    if (!t->day_known || !t->hour_known)
        return say("Of course. To which day and time would you like to move it?");
    struct js *args = js_object(t->scope);
    js_set_text(args, "starts_at", local_time(t));
    return call_tool("reschedule_viewing", args);
}

/* What the person has, and when the agent is free. */
static bool of_viewings(struct talk *t, struct thought *out)
{
    if (mentions(t->low, "when is my viewing|my viewings|my appointment") &&
        talk_offered(t, "list_viewings"))
        *out = call_tool("list_viewings", js_object(t->scope));
    else if (mentions(t->low, "cancel my viewing|cancel the viewing|cancel my appointment") &&
             talk_offered(t, "cancel_viewing"))
        *out = call_tool("cancel_viewing", js_object(t->scope));
    else if ((mentions(t->low, "move my viewing|reschedule|another time for my viewing") ||
              (t->asked && strstr(t->asked, "to move it"))) &&
             talk_offered(t, "reschedule_viewing"))
        *out = move_viewing(t);
    else if (mentions(t->low, "when is the agent free|free times|free slots|what times") &&
             talk_offered(t, "free_viewing_slots"))
        *out = call_tool("free_viewing_slots", js_object(t->scope));
    else
        return false;
    return true;
}

static const char goodbyes[] =
    "goodbye|bye|bye bye|good bye|have a nice day|that's all|that is all|nothing else";
const char talk_property_words[] =
    "house|houses|home|homes|apartment|apartments|flat|condo|townhouse|villa|bedroom|bedrooms|"
    "property|"
    "properties|listing|listings|price|prices|cost|how much|street|avenue|for sale|rent|place";

static struct thought property_question(struct talk *t)
{
    if (t->properties && talk_offered(t, "property_details") &&
        mentions(t->low, "tell me more|details|more about"))
        return with_id(t, "property_details", "property_id", js_get(js_at(t->properties, 0), "id"));
    bool narrower = amount_in(t->low) || bedrooms_in(t->low) || talk_kind(t->low);
    if (t->properties && !narrower && mentions(t->low, "how much|price|cost|expensive"))
        return price(t);
    if (t->properties && !narrower)
        return details(t);
    return search(t);
}

static struct thought intent(struct talk *t)
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
    struct thought about_viewings;
    if (t->confirming && t->asked && strstr(t->asked, "is that right") &&
        mentions(low, "yes|right|correct|exactly|please do|si|ja|oui"))
        return agreed(t);
    if (of_viewings(t, &about_viewings))
        return about_viewings;
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
    if (mentions(low, talk_property_words))
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

struct thought talk_answer(struct talk *t)
{
    return t->result ? after_tool(t) : intent(t);
}
