/*
 * What has been said in a conversation: as the model is told, and as turns to be stored. Loaded from
 * the call's row, so that a conversation goes on in another process.
 */
#pragma once
#include "conversation.h"

struct js;
struct scope;
struct tool_run;

void await_history(struct conversation *c); /* agent, contact, earlier turns */

void history_caller(struct conversation *c, const char *text,
                    double confidence);     /* < 0: not told */
void history_agent(struct conversation *c); /* the reply as it was given and heard */
void history_tool(struct conversation *c, const struct tool_run *run);
void history_command(struct conversation *c,
                     const char *tool); /* the caller asked for it in so many words */
void history_message(struct conversation *c, const char *message); /* taken without the model */

const struct line *history_last(const struct conversation *c); /* NULL: nothing was said */
/* The result of a tool that wanted something read back to the caller, once the caller has answered and
 * not with a no; see tools_viewing.c. NULL: nothing is open. */
const char *history_read_back(const struct conversation *c);
/* guess: as if the reply had ended now, and the caller had said this. NULL: as it is. */
const struct js *history_messages(struct scope *s, const struct conversation *c, const char *guess);
const char *history_instructions(struct scope *s, const struct conversation *c);
/* Of the reply, what the model will be told that it has said; "": nothing new. */
const char *history_reply(struct arena *a, const struct conversation *c);
