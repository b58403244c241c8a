#include "realtime.h"
#include "base/die.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void drop(struct realtime *rt, struct item *i)
{
    list_remove(&i->link);
    rt->n_items--;
    free(i->text);
    free(i->name);
    free(i);
}

void items_drop(struct realtime *rt)
{
    struct item *i;
    while ((i = LIST_FIRST(&rt->items, struct item, link)))
        drop(rt, i);
}

struct item *item_add(struct realtime *rt, enum item_kind kind, const char *text)
{
    struct item *i = must(calloc(1, sizeof *i));
    i->kind = kind;
    i->text = must(strdup(text));
    realtime_id("item_", i->id);
    list_append(&rt->items, &i->link);
    if (++rt->n_items > ITEMS_MAX)
        drop(rt, LIST_FIRST(&rt->items, struct item, link));
    return i;
}

struct item *item_find(struct realtime *rt, const char *id)
{
    struct item *i;
    LIST_EACH(i, &rt->items, struct item, link)
        if (id && strcmp(i->id, id) == 0)
            return i;
    return NULL;
}

/* --- as JSON --- */

static void put_message(const struct item *i, const char *text, struct buf *b)
{
    static const char *const roles[] = {"user", "system", "assistant"};
    static const char *const parts[] = {"input_audio", "input_text", "output_audio"};
    bool audio = i->kind != ITEM_SYSTEM;
    buf_printf(b, ",\"type\":\"message\",\"role\":\"%s\",\"content\":[{\"type\":\"%s\"",
               roles[i->kind], parts[i->kind]);
    event_text(b, audio ? "transcript" : "text", text);
    buf_puts(b, "}]");
}

void item_put(const struct item *i, const char *status, struct buf *b)
{
    const char *text = strcmp(status, "in_progress") == 0 ? "" : i->text; /* it is still to come */
    buf_printf(b, "{\"id\":\"%s\",\"object\":\"realtime.item\",\"status\":\"%s\"", i->id, status);
    if (i->kind == ITEM_CALL || i->kind == ITEM_OUTPUT) {
        event_text(b, "type", i->kind == ITEM_CALL ? "function_call" : "function_call_output");
        event_text(b, "call_id", i->call_id);
        event_text(b, i->kind == ITEM_CALL ? "arguments" : "output", text);
        if (i->name)
            event_text(b, "name", i->name);
    } else {
        put_message(i, text, b);
    }
    buf_putc(b, '}');
}

void item_event(struct realtime *rt, const char *type, const struct item *i, const char *status)
{
    struct buf *b = event_begin(rt, type);
    const struct item *before =
        i->link.prev == &rt->items ? NULL : LIST_OF(i->link.prev, struct item, link);
    event_text(b, "previous_item_id", before ? before->id : NULL);
    buf_puts(b, ",\"item\":");
    item_put(i, status, b);
    event_send(rt);
}

void item_told(struct realtime *rt, const struct item *i)
{
    item_event(rt, "conversation.item.added", i, "completed");
    item_event(rt, "conversation.item.done", i, "completed");
}

/* --- what a client does with them --- */

static struct item *call_with(struct realtime *rt, const char *call_id)
{
    struct item *i;
    LIST_EACH(i, &rt->items, struct item, link)
        if (i->kind == ITEM_CALL && call_id && strcmp(i->call_id, call_id) == 0)
            return i;
    return NULL;
}

static void create_output(struct realtime *rt, const struct js *item, const char *client_event)
{
    const char *output = js_text(js_get(item, "output"));
    struct item *call = call_with(rt, js_text(js_get(item, "call_id")));
    if (!call || !output) {
        realtime_error(rt, client_event, "invalid_value", call ? "item.output" : "item.call_id",
                       call ? "Missing required parameter: 'item.output'."
                            : "Tool call ID not found in conversation.");
        return;
    }
    struct item *i = item_add(rt, ITEM_OUTPUT, output);
    memcpy(i->call_id, call->call_id, sizeof i->call_id);
    item_told(rt, i);
}

static void create_message(struct realtime *rt, const struct js *item, const char *client_event)
{
    const char *role = js_text(js_get(item, "role"));
    const struct js *part = js_at(js_get(item, "content"), 0);
    const char *text = js_text(js_get(part, "text"));
    enum item_kind kind = role && strcmp(role, "system") == 0      ? ITEM_SYSTEM
                          : role && strcmp(role, "assistant") == 0 ? ITEM_ASSISTANT
                                                                   : ITEM_USER;
    if (!role || !text) {
        realtime_error(rt, client_event, "invalid_value", "item.content",
                       "The sandbox takes messages with a role and a text only.");
        return;
    }
    item_told(rt, item_add(rt, kind, text));
}

void items_create(struct realtime *rt, const struct js *event, const char *client_event)
{
    const struct js *item = js_get(event, "item");
    const char *type = js_text(js_get(item, "type"));
    if (type && strcmp(type, "function_call_output") == 0)
        create_output(rt, item, client_event);
    else if (type && strcmp(type, "message") == 0)
        create_message(rt, item, client_event);
    else
        realtime_error(rt, client_event, "invalid_value", "item.type",
                       "Invalid value. Supported: 'message' and 'function_call_output'.");
}

/* The words that were said until then, as far as an even pace tells. */
static void cut_text(struct item *i, unsigned ms)
{
    size_t n = strlen(i->text), keep = i->audio_ms ? n * ms / i->audio_ms : n;
    while (keep && keep < n && i->text[keep] != ' ')
        keep--;
    i->text[keep] = 0;
}

void items_truncate(struct realtime *rt, const struct js *event, const char *client_event)
{
    const char *id = js_text(js_get(event, "item_id"));
    struct item *i = item_find(rt, id);
    long long ms = js_int(js_get(event, "audio_end_ms"));
    char message[120];
    if (!i || i->kind != ITEM_ASSISTANT) {
        realtime_error(rt, client_event, "item_truncate_invalid_item_id", "item_id",
                       "Item to truncate not found, or not a message of the assistant.");
        return;
    }
    if (ms < 0 || ms > i->audio_ms) {
        snprintf(message, sizeof message, "Audio content of %ums is already shorter than %lldms",
                 i->audio_ms, ms);
        realtime_error(rt, client_event, "invalid_value", "audio_end_ms", message);
        return;
    }
    cut_text(i, (unsigned)ms);
    i->audio_ms = (unsigned)ms;
    struct buf *b = event_begin(rt, "conversation.item.truncated");
    buf_printf(b, ",\"item_id\":\"%s\",\"content_index\":0,\"audio_end_ms\":%lld", i->id, ms);
    event_send(rt);
}

void items_delete(struct realtime *rt, const struct js *event, const char *client_event)
{
    struct item *i = item_find(rt, js_text(js_get(event, "item_id")));
    if (!i || i->in_progress) {
        realtime_error(rt, client_event, "item_delete_invalid_item_id", "item_id",
                       "Item to delete not found, or not done yet.");
        return;
    }
    struct buf *b = event_begin(rt, "conversation.item.deleted");
    event_text(b, "item_id", i->id);
    event_send(rt);
    drop(rt, i);
}

/* --- the rules read a conversation as chat completions have it --- */

static struct js *message_of(struct scope *s, const char *role, const char *text)
{
    struct js *m = js_object(s);
    js_set_text(m, "role", role);
    js_set_text(m, "content", text);
    return m;
}

static struct js *call_of(struct scope *s, const struct item *i)
{
    struct js *m = message_of(s, "assistant", NULL), *calls = js_array(s), *call = js_object(s),
              *f = js_object(s);
    js_set_text(f, "name", i->name);
    js_set_text(f, "arguments", i->text);
    js_set_text(call, "id", i->call_id);
    js_set_text(call, "type", "function");
    js_set(call, "function", f);
    js_push(calls, call);
    js_set(m, "tool_calls", calls);
    return m;
}

static struct js *message(struct scope *s, const struct item *i)
{
    static const char *const roles[] = {"user", "system", "assistant"};
    if (i->kind == ITEM_CALL)
        return call_of(s, i);
    if (i->kind != ITEM_OUTPUT)
        return message_of(s, roles[i->kind], i->text);
    struct js *m = message_of(s, "tool", i->text);
    js_set_text(m, "tool_call_id", i->call_id);
    return m;
}

static struct js *tools_of(struct realtime *rt, struct scope *s)
{
    struct js *flat, *tools = js_array(s);
    if (js_parse(s, rt->tools, 0, &flat))
        return tools;
    for (size_t i = 0; i < js_count(flat); i++) {
        struct js *t = js_object(s);
        js_set_text(t, "type", "function");
        js_set(t, "function", js_copy(s, js_at(flat, i)));
        js_push(tools, t);
    }
    return tools;
}

struct thought items_think(struct realtime *rt, struct scope *s)
{
    struct js *request = js_object(s), *messages = js_array(s);
    struct item *i;
    js_push(messages, message_of(s, "system", rt->instructions));
    LIST_EACH(i, &rt->items, struct item, link)
        js_push(messages, message(s, i));
    js_set(request, "messages", messages);
    js_set(request, "tools", tools_of(rt, s));
    return brain_think(s, request);
}
