/*
 * What the model may do: a closed list, with checked arguments, each one statement that is bound to
 * this call's tenant. Nothing takes a free telephone number.
 *
 *     const struct js *offer = tools_offer(scope, can_transfer);
 *     struct tool_run run = {.name = ..., .arguments = ..., .tenant = ..., .call_id = ..., .far = ...};
 *     await_tool(scope, &run);              run.result is JSON for the model, run.move what follows
 *
 * A refusal (unknown tool, bad arguments, database away) is a result too: {"error": "..."}.
 */
#pragma once
#include "base/scope.h"
#include <stdbool.h>

#define TOOL_RESULT_MAX 6000

struct js;
enum tool_move { TOOL_TALK_ON, TOOL_TRANSFER, TOOL_END_CALL };

struct tool_run {
    const char *name, *arguments;       /* as the model wrote them */
    const char *tenant, *call_id, *far; /* call_id may be NULL */
    const char *language;               /* what dates and prices are worded in */
    /* What the caller was told last about a viewing, and has answered since: the result of the tool that
     * asked for it. NULL: nothing. See tools_viewing.c. */
    const char *read_back;
    bool can_transfer;
    bool rehearsal;     /* what changes something is told as done, and is not done */
    const char *result; /* the scope's */
    const char *reason; /* of a transfer; the scope's, may be NULL */
    enum tool_move move;
};

const struct js *tools_offer(struct scope *s, bool can_transfer);
void await_tool(struct scope *s, struct tool_run *run);

/* Opt the caller out, now or, with the database away, as soon as it is back: in a task of its own. */
void tools_opt_out(const char *tenant, const char *far);
