#include "voice/outbox.h"
#include "base/clock.h"
#include "io/mq.h"
#include "loop/loop.h"

#define GAP_MS 5

static struct timer *pending;
static uint64_t sent_at;

static void send_hint(void)
{
    sent_at = clock_ms();
    mq_hint(&(struct mq_out){.exchange = MQ_EVT,
                             .key = "outbox.nudge",
                             .type = "outbox.nudge",
                             .body = "{}",
                             .transient = true});
}

static void on_gap_over(void *arg)
{
    (void)arg;
    timer_cancel(&pending);
    send_hint();
}

void outbox_nudge(void)
{
    uint64_t passed = clock_ms() - sent_at;
    if (pending)
        return;
    if (passed >= GAP_MS)
        send_hint();
    else
        pending = timer_after(GAP_MS - passed, on_gap_over, NULL);
}

void outbox_close(void)
{
    timer_cancel(&pending);
}
