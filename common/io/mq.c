/* Opens and closes the connections, and gives them their tick. */
#include "io/mq_impl.h"
#include "base/clock.h"
#include "loop/loop.h"

struct mq_state mq = {.closed = true};
static struct timer *tick;

/* One timer for heartbeats, reconnects, deadlines and retries: none of them is more precise. */
static void on_tick(void *arg)
{
    (void)arg;
    uint64_t now = clock_ms();
    wire_tick(mq.publish, now);
    if (mq.consume)
        wire_tick(mq.consume, now);
    if (mq.rpc)
        wire_tick(mq.rpc, now);
    if (mq.get)
        wire_tick(mq.get, now);
    publish_tick(now);
    consume_tick(now);
    rpc_tick(now);
}

void mq_open(const struct mq_config *cfg)
{
    mq = (struct mq_state){.cfg = *cfg};
    if (!mq.cfg.prefix)
        mq.cfg.prefix = "";
    consume_open();
    rpc_open();
    mq.publish = wire_open(cfg->url, cfg->name, "publish", &publish_h);
    if (consume_wanted())
        mq.consume = wire_open(cfg->url, cfg->name, "consume", &consume_h);
    if (cfg->rpc)
        mq.rpc = wire_open(cfg->url, cfg->name, "rpc", &rpc_h);
    if (cfg->get)
        mq.get = wire_open(cfg->url, cfg->name, "get", &get_h);
    tick = timer_every(MQ_TICK_MS, on_tick, NULL);
}

static bool good(const struct wire *w)
{
    return w && wire_ready(w) && !wire_blocked(w);
}

bool mq_consuming(void)
{
    return !mq.quiesced && mq.consume && wire_ready(mq.consume);
}

bool mq_ready(void)
{
    if (!good(mq.publish) || (mq.cfg.rpc && !good(mq.rpc)) || (mq.cfg.get && !good(mq.get)))
        return false;
    return !consume_wanted() || good(mq.consume);
}

void mq_quiesce(void)
{
    mq.quiesced = true;
    consume_quiesce();
}

bool mq_ended(void)
{
    return mq_busy() == 0 && consume_ended();
}

int mq_busy(void)
{
    return consume_busy() + publish_busy();
}

static void close_wire(struct wire **w)
{
    if (*w)
        wire_close(*w);
    *w = NULL;
}

/* From here on nothing can be sent; who still waits hears ERR_BUSY. */
void mq_close(void)
{
    mq.quiesced = mq.closed = true;
    timer_cancel(&tick);
    close_wire(&mq.consume);
    close_wire(&mq.rpc);
    close_wire(&mq.get);
    close_wire(&mq.publish);
    rpc_close();
    publish_close();
    consume_close();
}
