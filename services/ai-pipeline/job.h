/*
 * Tools at work, beside the conversation: a task runs them one after another and posts `event` when
 * all have answered. The conversation may end before that.
 *
 *     struct job *j = job_create(&(struct tool_run){.tenant = ..., .far = ...});
 *     job_add(j, name, arguments);
 *     job_start(j, &mailbox, EV_TOOLS_RAN);
 *     ... j->runs[i].result ...
 *     job_drop(j);                        at any time; what runs still runs to its end
 */
#pragma once
#include "tools.h"

#define JOB_TOOLS 5

struct mailbox;
struct job {
    struct scope scope;
    struct tool_run runs[JOB_TOOLS];
    int n;
    bool running, dropped;
    struct mailbox *mail;
    int event;
};

struct job *job_create(const struct tool_run *for_whom);
bool job_add(struct job *j, const char *name, const char *arguments); /* copies; false: full */
void job_start(struct job *j, struct mailbox *mail, int event);
void job_drop(struct job *j); /* NULL is fine */
