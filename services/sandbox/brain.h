/*
 * The "language model": rules, and honest about it. It reads the conversation, recognises a dozen
 * intents of people who talk to an estate agent, calls the tool that fits when one is offered, and
 * words the answer from what the tool returned.
 *
 *     struct thought t = brain_think(scope, request);
 *     ... t.tool ? call it with t.arguments : say t.text ...
 */
#pragma once
#include "io/js.h"

struct thought {
    const char *text, *tool;
    struct js *arguments;
    const char *raw; /* arguments that need not be JSON, instead of those */
    int times;       /* of the call in one answer; 0 = 1 */
};

struct thought brain_think(struct scope *s, const struct js *request);
