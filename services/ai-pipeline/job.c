#include "job.h"
#include "base/die.h"
#include "loop/mailbox.h"
#include "loop/task.h"
#include <stdlib.h>

#define JOB_MS 4000

static void destroy(struct job *j)
{
    scope_fini(&j->scope);
    free(j);
}

void job_drop(struct job *j)
{
    if (!j)
        return;
    j->dropped = true;
    if (!j->running)
        destroy(j);
}

static void await_tools(void *arg)
{
    struct job *j = arg;
    for (int i = 0; i < j->n; i++) {
        j->scope.fault = (struct fault){0};
        await_tool(&j->scope, &j->runs[i]);
    }
    j->running = false;
    if (j->dropped)
        destroy(j);
    else
        mailbox_post(j->mail, j->event, NULL, 0);
}

struct job *job_create(const struct tool_run *for_whom)
{
    struct job *j = must(calloc(1, sizeof *j));
    scope_init(&j->scope, JOB_MS);
    struct arena *a = j->scope.arena;
    j->scope.tenant = arena_strdup(a, for_whom->tenant);
    j->scope.call_id = arena_strdup(a, for_whom->call_id);
    for (int i = 0; i < JOB_TOOLS; i++)
        j->runs[i] = (struct tool_run){
            .tenant = j->scope.tenant,
            .call_id = j->scope.call_id,
            .far = arena_strdup(a, for_whom->far),
            .language = arena_strdup(a, for_whom->language),
            .read_back = arena_strdup(a, for_whom->read_back),
            .can_transfer = for_whom->can_transfer,
            .rehearsal = for_whom->rehearsal,
        };
    return j;
}

bool job_add(struct job *j, const char *name, const char *arguments)
{
    if (j->n == JOB_TOOLS)
        return false;
    struct tool_run *r = &j->runs[j->n++];
    r->name = arena_strdup(j->scope.arena, name);
    r->arguments = arena_strdup(j->scope.arena, arguments);
    return true;
}

void job_start(struct job *j, struct mailbox *mail, int event)
{
    j->running = true;
    j->mail = mail;
    j->event = event;
    task_spawn("tools", await_tools, j);
}
