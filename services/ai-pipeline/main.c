/* ai-pipeline: the conversation. Words in, thoughts by a model, speech out; what was said is stored. */
#include "agent.h"
#include "base/clock.h"
#include "base/log.h"
#include "checkup.h"
#include "conversation.h"
#include "io/db.h"
#include "io/httpc.h"
#include "media.h"
#include "messages.h"
#include "move.h"
#include "pass.h"
#include "pipeline.h"
#include "provider.h"
#include "sample.h"
#include "speech.h"
#include "store.h"
#include "tape.h"
#include "summary.h"
#include "transcript.h"
#include "turns.h"
#include "voice/link.h"
#include "voice/outbox.h"
#include "voice/presence.h"
#include "voice/queues.h"
#include "voice/service.h"
#include <stdio.h>
#include <string.h>

#define TAKE_PREFETCH 500 /* callers waiting for an answer at once */
#define OWN_PREFETCH  2000
#define TAKE_MS       10000
#define DB_FIRST_MS   2000             /* then callers are greeted without it */
#define DONE_MS       (10 * 60 * 1000) /* turns wait so long for their call, or for the database */

#define RECORDING_MS (15 * 60 * 1000) /* for the longest one */
#define SUMMARY_MS   60000

struct config cfg;

static const struct cfg_row rows[] = {
#define CFG(...) CFG_ROW(struct config, __VA_ARGS__)
#include "config.tbl.h"
#undef CFG
};

static bool final(const char *status)
{
    static const char *const list[] = {"completed", "busy", "no-answer", "failed", "canceled"};
    for (size_t i = 0; i < sizeof list / sizeof *list; i++)
        if (strcmp(list[i], status) == 0)
            return true;
    return false;
}

static enum err call_moved(struct msg *m)
{
    struct call_changed in;
    TRY(call_changed_decode(&m->scope, m->body, m->n, &in));
    if (!in.status || !final(in.status))
        return OK;
    struct conversation *c = conversation_of_call(in.call_id);
    if (!c && in.call_sid) /* it began from memory, and knows no id */
        c = conversation_find(in.call_sid);
    if (c)
        mailbox_post(&c->mail, EV_HUNG_UP, NULL, 0);
    return OK;
}

static enum err agent_moved(struct msg *m)
{
    struct agent_changed in;
    TRY(agent_changed_decode(&m->scope, m->body, m->n, &in));
    agent_forget(in.real_estate_agent_id);
    return OK;
}

static enum err audio_wanted(struct msg *m)
{
    struct turn_audio in;
    size_t n;
    TRY(turn_audio_decode(&m->scope, m->body, m->n, &in));
    const char *wav = clip_fetch(in.clip, &n);
    if (!wav)
        return fail(&m->scope, ERR_MISSING, NULL, "clip", "no such clip");
    msg_answer(m, wav, n, true);
    return OK;
}

/* What is asked of this process, and no other. */
static enum err asked_directly(struct msg *m)
{
    if (strcmp(m->type, TURN_AUDIO) == 0)
        return audio_wanted(m);
    if (strcmp(m->type, TURN_MOVE) == 0)
        return move_asked(m);
    return turns_take(m);
}

static const struct mq_queue queues[] = {
    {QUEUE_TURN_TAKE, .prefetch = TAKE_PREFETCH, .handler = turns_take, .budget_ms = TAKE_MS},
    {.live = true,
     .exchange = MQ_EVT,
     .key = TURN_MOVE,
     .prefetch = OWN_PREFETCH,
     .handler = asked_directly,
     .budget_ms = TAKE_MS},
    {QUEUE_TURN_DONE, .prefetch = 32, .handler = store_done, .budget_ms = DONE_MS},
    {QUEUE_RECORDING_TRANSCRIBE, .prefetch = 2, .handler = transcript_make,
     .budget_ms = RECORDING_MS},
    {QUEUE_CALL_SUMMARIZE, .prefetch = 4, .handler = summary_make, .budget_ms = SUMMARY_MS},
    {QUEUE_AI_CHECK, .prefetch = 2, .handler = checkup, .budget_ms = CHECKUP_MS},
    {QUEUE_VOICE_SAMPLE, .prefetch = 8, .handler = sample_make, .budget_ms = TAKE_MS},
    {QUEUE_OWN("call.changed"), .prefetch = 200, .handler = call_moved},
    {QUEUE_OWN("agent.changed"), .prefetch = 20, .handler = agent_moved},
    {QUEUE_OWN("system.look"), .prefetch = 8, .handler = presence_answer},
};

static int check(void)
{
    int problems = 0;
    bool all_given = *cfg.llm_key && *cfg.stt_key && *cfg.tts_key;
    if (strstr(cfg.openai_url, "api.openai.com") && !*cfg.openai_key && !all_given)
        problems += fprintf(stderr, "configuration: OPENAI_API_KEY is missing\n") > 0;
    if (cfg.calls_max < 1 || cfg.call_minutes < 1 || cfg.turns_max < 1 || cfg.tts_cache_mb < 1)
        problems +=
            fprintf(stderr,
                    "configuration: CONVERSATIONS_MAX, CALL_MINUTES_MAX, CALL_TURNS_MAX and "
                    "TTS_CACHE_MB must be at least 1\n") > 0;
    if (cfg.filler_ms < 100 || cfg.llm_first_ms < 100 || cfg.llm_total_ms < cfg.llm_first_ms ||
        cfg.tts_ms < 100)
        problems +=
            fprintf(stderr,
                    "configuration: FILLER_MS, LLM_FIRST_MS and TTS_MS must be at least 100, "
                    "LLM_TOTAL_MS at least LLM_FIRST_MS\n") > 0;
    if (*cfg.media_url && strncmp(cfg.media_url, "ws://", 5) && strncmp(cfg.media_url, "wss://", 6))
        problems += fprintf(stderr, "configuration: MEDIA_URL must be ws:// or wss://\n") > 0;
    problems += link_configure(cfg.link_secret, cfg.link_secret_next);
    problems += !tape_configure();
    return problems;
}

static enum err start(void)
{
    conversation_start();
    speech_open();
    store_open();
    httpc_open("voice-agent-system ai-pipeline");
    db_open(&(struct db_config){
        .url = cfg.database_url, .role = "va_pipeline", .application = "ai-pipeline"});
    /* The first turn may be one of a conversation that another process held: it needs the stored turns. */
    if (await_db_ready(clock_ms() + DB_FIRST_MS))
        log_warn(NULL, "database.late", "ms", fmt_int(DB_FIRST_MS));
    mq_open(&(struct mq_config){.url = cfg.amqp_url,
                                .prefix = cfg.amqp_prefix,
                                .name = "ai-pipeline",
                                .queues = queues,
                                .n_queues = sizeof queues / sizeof *queues,
                                .rpc = true,
                                .workable = db_ready});
    providers_open();
    presence_detail(checkup_tell);
    return media_open() ? OK : ERR_BUSY;
}

static bool ready(void)
{
    return db_ready() && mq_ready() && mq_consuming();
}

/* Another process goes on with our conversations, from the turns that are stored. */
static void quiesce(void)
{
    mq_quiesce();
    conversation_leave_all();
    media_quiesce();
}

static bool idle(void)
{
    return conversation_count() == 0 && store_idle() && media_active() == 0 && mq_ended();
}

static void shut(void)
{
    media_close();
    pass_close();
    outbox_close();
    mq_close();
    store_close();
    db_close();
    speech_close();
    agent_close();
    httpc_close();
}

int main(int argc, char **argv)
{
    return service_main(
        &(struct service){
            .name = "ai-pipeline",
            .rows = rows,
            .n_rows = sizeof rows / sizeof *rows,
            .cfg = &cfg,
            .check = check,
            .start = start,
            .ready = ready,
            .quiesce = quiesce,
            .idle = idle,
            .close = shut,
        },
        argc, argv);
}
