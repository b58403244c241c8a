#include "api.h"
#include "base/die.h"
#include "io/crypto.h"
#include "loop/task.h"
#include "mulaw.h"
#include "realtime.h"
#include "sandbox.h"
#include "speech.h"
#include <stdlib.h>
#include <string.h>

#define PIECE_MS    200
#define PIECE_BYTES (PIECE_MS * 8)
#define SCOPE_MAX   (8u << 20)
#define HANG_MS     60000

struct reply {
    struct realtime *rt;
    struct scope scope;
    char id[ID_TEXT];
    const char *cancelled; /* by whom; NULL: it runs */
    struct item *item;
};

/* --- its events --- */

static struct buf *begin(struct reply *y, const char *type)
{
    struct buf *b = event_begin(y->rt, type);
    event_text(b, "response_id", y->id);
    if (y->item) {
        event_text(b, "item_id", y->item->id);
        buf_puts(b, ",\"output_index\":0");
    }
    return b;
}

static void part_event(struct reply *y, const char *type, const char *member, const char *value)
{
    struct buf *b = begin(y, type);
    buf_puts(b, ",\"content_index\":0");
    if (member)
        event_text(b, member, value);
    event_send(y->rt);
}

static void item_of_response(struct reply *y, const char *type, const char *status)
{
    struct buf *b = event_begin(y->rt, type);
    event_text(b, "response_id", y->id);
    buf_puts(b, ",\"output_index\":0,\"item\":");
    item_put(y->item, status, b);
    event_send(y->rt);
}

static void content_part(struct reply *y, const char *type, const char *text)
{
    struct buf *b = begin(y, type);
    buf_printf(b, ",\"content_index\":0,\"part\":{\"type\":\"%s\"",
               y->rt->text_only ? "text" : "audio");
    event_text(b, y->rt->text_only ? "text" : "transcript", text);
    buf_putc(b, '}');
    event_send(y->rt);
}

static void response_event(struct reply *y, const char *type, const char *status)
{
    struct buf *b = event_begin(y->rt, type);
    buf_printf(b, ",\"response\":{\"object\":\"realtime.response\",\"id\":\"%s\",\"status\":\"%s\"",
               y->id, status);
    if (y->cancelled)
        buf_printf(b, ",\"status_details\":{\"type\":\"cancelled\",\"reason\":\"%s\"}",
                   y->cancelled);
    else if (strcmp(status, "failed") == 0)
        buf_puts(b, ",\"status_details\":{\"type\":\"failed\",\"error\":{\"type\":\"server_error\","
                    "\"code\":\"server_error\",\"message\":\"The server had an error\"}}");
    buf_puts(b, ",\"output\":[");
    if (y->item)
        item_put(y->item, y->cancelled ? "incomplete" : status, b);
    buf_puts(b, "]}");
    event_send(y->rt);
}

/* --- a call --- */

static void call(struct reply *y, const struct thought *t)
{
    struct realtime *rt = y->rt;
    const char *arguments = t->raw ? t->raw : js_dump(&y->scope, t->arguments);
    y->item = item_add(rt, ITEM_CALL, arguments);
    y->item->name = must(strdup(t->tool));
    y->item->in_progress = true;
    realtime_id("call_", y->item->call_id);
    item_of_response(y, "response.output_item.added", "in_progress");
    item_event(rt, "conversation.item.added", y->item, "in_progress");
    struct buf *b = begin(y, "response.function_call_arguments.delta");
    event_text(b, "call_id", y->item->call_id);
    event_text(b, "delta", arguments);
    event_send(rt);
    b = begin(y, "response.function_call_arguments.done");
    event_text(b, "call_id", y->item->call_id);
    event_text(b, "name", t->tool);
    event_text(b, "arguments", arguments);
    event_send(rt);
    item_of_response(y, "response.output_item.done", "completed");
    item_event(rt, "conversation.item.done", y->item, "completed");
}

/* --- words, and their sound --- */

static const char *word_at(const char *text, size_t at)
{
    while (at && text[at - 1] != ' ' && text[at])
        at++;
    return text + at;
}

/* The words that go with this piece of the sound, as an even pace has it. */
static void words(struct reply *y, const char *all, size_t from, size_t to, const char *event)
{
    const char *a = word_at(all, from), *b = word_at(all, to);
    if (b > a)
        part_event(y, event, "delta", arena_strndup(y->scope.arena, a, (size_t)(b - a)));
}

static void sound(struct reply *y, const struct clip *c, size_t from, size_t n)
{
    uint8_t mulaw[PIECE_BYTES];
    char base64[4 * ((PIECE_BYTES + 2) / 3) + 1];
    for (size_t i = 0; i < n; i++)
        mulaw[i] = mulaw_encode(c->pcm[from + i]);
    base64_encode(mulaw, n, base64);
    part_event(y, "response.output_audio.delta", "delta", base64);
    y->item->audio_ms += (unsigned)n / 8;
}

static void await_sound(struct reply *y, const char *text)
{
    struct realtime *rt = y->rt;
    struct clip *wide = await_speech(rt->voice, rt->speed, text), *c = clip_resample(wide, 8000);
    size_t n = strlen(text);
    clip_drop(wide);
    rt->spoken = true;
    for (size_t at = 0; at < c->n && !y->cancelled; at += PIECE_BYTES) {
        size_t piece = c->n - at < PIECE_BYTES ? c->n - at : PIECE_BYTES;
        words(y, text, n * at / c->n, n * (at + piece) / c->n,
              "response.output_audio_transcript.delta");
        sound(y, c, at, piece);
        await_sleep((uint64_t)(PIECE_MS * latency.speech_per_second / 1000));
    }
    clip_drop(c);
}

/* The end of the words and of the sound, wherever they are. */
static void end_speech(struct reply *y)
{
    const char *status = y->cancelled ? "incomplete" : "completed", *text = y->item->text;
    if (y->rt->text_only) {
        part_event(y, "response.output_text.done", "text", text);
    } else {
        part_event(y, "response.output_audio.done", NULL, NULL);
        part_event(y, "response.output_audio_transcript.done", "transcript", text);
    }
    content_part(y, "response.content_part.done", text);
    item_of_response(y, "response.output_item.done", status);
    item_event(y->rt, "conversation.item.done", y->item, status);
}

static void await_spoken(struct reply *y, const char *text)
{
    struct realtime *rt = y->rt;
    y->item = item_add(rt, ITEM_ASSISTANT, text);
    y->item->in_progress = true;
    item_of_response(y, "response.output_item.added", "in_progress");
    item_event(rt, "conversation.item.added", y->item, "in_progress");
    content_part(y, "response.content_part.added", "");
    if (rt->text_only)
        part_event(y, "response.output_text.delta", "delta", text);
    else
        await_sound(y, text);
    if (!y->cancelled)
        end_speech(y);
}

/* --- a response --- */

/* On order it fails, or never comes. True: it has. */
static bool await_fault(struct reply *y)
{
    struct fault_rule f;
    if (!fault_due("openai.realtime.response", y->scope.arena, &f))
        return false;
    if (f.kind == FAULT_DELAY)
        await_sleep(f.ms);
    for (int waited = 0; f.kind == FAULT_HANG && !y->cancelled && waited < HANG_MS; waited += 100)
        await_sleep(100);
    if (f.kind == FAULT_DELAY)
        return false;
    if (!y->cancelled)
        response_event(y, "response.done", "failed");
    return true;
}

static void await_answer(struct reply *y)
{
    if (await_fault(y))
        return;
    await_sleep((uint64_t)latency.first_token);
    struct thought t = {0};
    if (!y->cancelled)
        t = items_think(y->rt, &y->scope);
    if (t.tool)
        call(y, &t);
    else if (t.text)
        await_spoken(y, t.text);
    if (!y->cancelled)
        response_event(y, "response.done", "completed");
}

static void reply_task(void *arg)
{
    struct reply *y = arg;
    struct realtime *rt = y->rt;
    await_answer(y);
    if (y->item)
        y->item->in_progress = false;
    if (rt->reply == y)
        rt->reply = NULL;
    scope_fini(&y->scope);
    free(y);
    realtime_leave(rt);
}

void reply_start(struct realtime *rt, const char *client_event)
{
    if (rt->reply) {
        realtime_error(rt, client_event, "conversation_already_has_active_response", NULL,
                       "Conversation already has an active response in progress.");
        return;
    }
    struct reply *y = must(calloc(1, sizeof *y));
    y->rt = rt;
    realtime_id("resp_", y->id);
    scope_init_sized(&y->scope, 120000, SCOPE_MAX);
    rt->reply = y;
    rt->tasks++;
    response_event(y, "response.created", "in_progress");
    task_spawn("realtime reply", reply_task, y);
}

/* Told at once; its task ends when it wakes, and says nothing more. */
void reply_cancel(struct realtime *rt, const char *reason)
{
    struct reply *y = rt->reply;
    y->cancelled = reason;
    rt->reply = NULL;
    if (y->item && y->item->kind == ITEM_ASSISTANT)
        end_speech(y);
    response_event(y, "response.done", "cancelled");
}
