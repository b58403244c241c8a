/*
 * Group commit: events of one type that arrive while the last message is unconfirmed travel together
 * in the next one, so that a flood of callbacks costs few confirms. Each caller is answered when the
 * message that carries its event is confirmed.
 *
 *     static struct lane status = LANE("call.status");
 *     TRY(await_batched(&r->scope, &status, event_json));
 *
 * ERR_BUSY or ERR_TIMEOUT: not confirmed within 500 ms (per message); Twilio will call again.
 */
#pragma once
#include "base/list.h"
#include "base/scope.h"

struct lane {
    const char *type;
    struct list waiting, flying;
    size_t depth;
    bool busy;
};

void lane_init(struct lane *l, const char *type);
enum err await_batched(struct scope *s, struct lane *l, const char *event) MUST_CHECK;
