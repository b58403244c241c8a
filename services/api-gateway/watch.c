#include "watch.h"
#include "base/clock.h"
#include <string.h>

#define LOOK_AGAIN_MS 1000

static struct list watches = {&watches, &watches};

void watch_begin(struct watch *w, const char *id)
{
    w->id = id;
    mailbox_init(&w->box, 1);
    list_append(&watches, &w->link);
}

void await_watch_change(struct watch *w, uint64_t deadline)
{
    event_free(await_event(&w->box, deadline));
}

bool await_watch(struct watch *w, uint64_t deadline)
{
    uint64_t until = clock_ms() + LOOK_AGAIN_MS;
    await_watch_change(w, until < deadline ? until : deadline);
    return clock_left(deadline) > 0;
}

void watch_end(struct watch *w)
{
    list_remove(&w->link);
    mailbox_fini(&w->box);
}

/* A full mailbox is fine: its owner has not looked since the last change anyway. */
void watch_tell(const char *id)
{
    struct watch *w;
    LIST_EACH(w, &watches, struct watch, link)
        if (!strcmp(w->id, id))
            mailbox_post(&w->box, 0, NULL, 0);
}
