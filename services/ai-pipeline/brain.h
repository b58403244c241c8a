/*
 * One answer of the model, streamed: sentences as soon as they are complete, tool calls, the end.
 *
 *     struct brain *b = brain_ask(scope, messages, tools, &mailbox, serial);
 *     ... EV_SENTENCE*, EV_TOOL_CALL*, EV_BRAIN_END (last) ...      each names the serial
 *     brain_cancel(b);          closes the connection; events already in the mailbox are stale
 *     brain_free(b);            after EV_BRAIN_END; brain_cancel() does it too
 */
#pragma once
#include "base/scope.h"
#include <stdbool.h>
#include <stdint.h>

struct js;
struct mailbox;

enum brain_event { EV_FIRST_TOKEN = 200, EV_SENTENCE, EV_SPEAKS, EV_TOOL_CALL, EV_BRAIN_END };

/* Payloads. Texts follow the struct, each with its NUL. */
struct brain_words {
    unsigned serial;
    char text[];
};
struct brain_tool {
    unsigned serial;
    unsigned name_at, arguments_at; /* in text; the id is at 0 */
    char text[];
};
struct brain_end {
    unsigned serial;
    enum err err;
    bool again; /* worth one more try, after so long */
    unsigned retry_after_s;
};

struct brain;
struct direct;
/* EV_SPEAKS instead of EV_SENTENCE: words of a sound that is there already, direct_clip(). */
struct brain *brain_ask_direct(struct direct *d, struct mailbox *mail, unsigned serial);
struct brain *brain_ask(struct scope *s, const struct js *messages, const struct js *tools,
                        struct mailbox *mail, unsigned serial);
/* For direct.c: EV_TOOL_CALL. */
void brain_post_tool(struct mailbox *mail, unsigned serial, const char *id, const char *name,
                     const char *arguments);
void brain_cancel(struct brain *b);
void brain_stop(struct brain *b); /* enough: what has come so far counts as the whole answer */
void brain_free(struct brain *b);
