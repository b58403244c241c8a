#include "stamps.h"
#include "base/clock.h"
#include "base/metric.h"
#include "base/span.h"
#include "conversation.h"
#include <stdio.h>

static void time_part(const struct conversation *c, const char *part, uint64_t from, uint64_t to)
{
    char labels[40];
    if (!from || to < from)
        return;
    snprintf(labels, sizeof labels, "part=\"%s\"", part);
    metric_time("va_turn_seconds", labels, (to - from) * 1000);
    if (*c->trace)
        span_past(c->trace, SPAN_INTERNAL, part, from * 1000, to * 1000, OK);
}

static void time_taken(const char *labels, uint64_t ms)
{
    if (ms)
        metric_time("va_turn_seconds", labels, ms * 1000);
}

void stamps_answered(struct conversation *c)
{
    struct stamps *t = &c->stamps;
    t->answered = clock_ms();
    for (int i = 0; i < c->reply.given && !t->byte_ms; i++)
        if (c->reply.pieces[i].clip) {
            t->byte_ms = clip_byte_ms(c->reply.pieces[i].clip);
            t->sound_ms = clip_making_ms(c->reply.pieces[i].clip);
        }
    metric_time("va_turn_seconds", "part=\"ingest\"", t->ingest_ms * 1000);
    time_part(c, "queue", t->asked, t->taken);
    time_taken("part=\"endpoint\"", t->endpoint_ms);
    time_taken("part=\"stt\"", t->stt_ms);
    time_part(c, "llm_first", t->llm, t->token);
    time_part(c, "first_sentence", t->llm, t->sentence);
    time_part(c, "answered", t->asked, t->answered);
    time_part(c, "mouth_to_ear", t->ended, t->answered);
    time_taken("part=\"tts_first\"", t->byte_ms);
    time_taken("part=\"tts\"", t->sound_ms);
}

void stamps_served(struct conversation *c)
{
    for (int i = 0; i < c->reply.given && !c->stamps.served; i++)
        if (c->reply.pieces[i].clip && clip_fetched(c->reply.pieces[i].clip)) {
            c->stamps.served = clip_fetched_at(c->reply.pieces[i].clip);
            time_part(c, "served", c->stamps.asked, c->stamps.served);
        }
}
