#include "move.h"
#include "base/die.h"
#include "base/log.h"
#include "base/metric.h"
#include "conversation.h"
#include "messages.h"
#include "talk.h"
#include "turns.h"
#include <stdlib.h>
#include <string.h>

#define ASK_MS                                                                                     \
    600 /* it takes a few: so long where nobody has it, and the turns that are stored must do */
#define STATE_ARENA (256u << 10)

/* ---- out ---- */

static void put_reply(struct scope *s, const struct reply *r, struct turn_moved *m)
{
    m->pieces = arena_alloc(s->arena, REPLY_PIECES * sizeof *m->pieces);
    m->pieces_n = (size_t)r->n;
    for (int i = 0; i < r->n; i++)
        m->pieces[i] = (struct turn_moved_piece){.text = r->pieces[i].text,
                                                 .heard = (long long)r->pieces[i].heard_n,
                                                 .disclosure = r->pieces[i].disclosure,
                                                 .has_disclosure = r->pieces[i].disclosure};
    m->then = then_word(r->then);
    m->given = r->given;
    m->cut = r->cut;
    m->has_given = m->has_cut = true;
}

static const char *state_of(struct scope *s, const struct conversation *c)
{
    const char *words[DEGRADED_COUNT];
    struct turn_moved m = {
        .from = c->from,
        .to = c->to,
        .direction = c->outbound ? "outbound" : "inbound",
        .seq = c->seq,
        .turns_only = c->turns_only,
        .has_turns_only = true,
        .dropped = c->dropped,
        .has_dropped = true,
        .silences = c->silences,
        .has_silences = true,
        .unclear = c->unclear,
        .has_unclear = true,
        .wants_message = c->wants_message,
        .has_wants_message = true,
        .about = c->about,
        .degraded = words,
        .degraded_n = conversation_degraded_words(c, words),
    };
    if (c->reply.complete)
        put_reply(s, &c->reply, &m);
    return turn_moved_encode(s, &m);
}

static bool is_held(const struct conversation *c, const struct turn_move *in)
{
    bool settled = c && c->agent && !c->rehearsal; /* or it is only just beginning here */
    return settled && (!in->has_turn || in->turn == c->stream_due);
}

enum err move_asked(struct msg *m)
{
    struct turn_move in;
    TRY(turn_move_decode(&m->scope, m->body, m->n, &in));
    struct conversation *c = conversation_find(in.call_sid);
    if (!is_held(c, &in))
        return fail(&m->scope, ERR_MISSING, NULL, "call_sid", "no such conversation here");
    if (in.has_turn)
        c->front->heard(c, true); /* the network has come to the stream only then */
    else
        turns_leave_stream(c);
    talk_hand_over(c);
    const char *state = state_of(&m->scope, c);
    metric_add("va_conversations_moved_total", "", 1);
    log_info(&m->scope, "conversation.moved", "call_id", c->call_id);
    msg_answer(m, state, strlen(state), true);
    return OK;
}

/* ---- in ---- */

struct claim {
    struct scope *s;
    const char *state; /* NULL: not answered */
    size_t n;
};

static bool on_told(void *arg, const char *body, size_t n)
{
    struct claim *k = arg;
    k->state = arena_strndup(k->s->arena, body, n);
    k->n = n;
    return true;
}

static struct conversation *take(const char *sid, long long turn, const struct turn_moved *in)
{
    struct conversation *c = turns_open(&(struct arrival){
        .sid = sid,
        .from = in->from,
        .to = in->to,
        .outbound = strcmp(in->direction, "outbound") == 0,
        .turns = (int)in->seq,
    });
    if (!c)
        return NULL;
    c->stream_due = turn;
    c->turns_only = in->turns_only;
    c->dropped = in->dropped;
    c->again = turn == 0;
    return c;
}

struct conversation *await_move(struct scope *s, const char *sid, long long turn)
{
    struct claim k = {.s = s};
    struct turn_moved in;
    if (conversation_leaving() || !conversation_room())
        return NULL;
    const char *body = turn_move_encode(
        s, &(struct turn_move){.call_sid = sid, .turn = turn, .has_turn = turn > 0});
    enum err e = await_rpc_all(s,
                               &(struct mq_out){.exchange = MQ_EVT,
                                                .key = TURN_MOVE,
                                                .type = TURN_MOVE,
                                                .body = body,
                                                .transient = true,
                                                .trace = s->trace},
                               ASK_MS, on_told, &k);
    if (!e && k.state)
        e = turn_moved_decode(s, k.state, k.n, &in);
    if (e)
        log_warn(s, "conversation.unmoved", "error", err_name(e), "why", s->fault.message);
    if (e || !k.state)
        return conversation_find(sid); /* somebody else has asked as well */
    struct conversation *c = take(sid, turn, &in);
    if (c)
        mailbox_post(&c->mail, EV_MOVED, k.state, k.n);
    return c;
}

/* Where a piece was said already, nobody needs its sound. */
static void take_reply(struct conversation *c, const struct turn_moved *in)
{
    struct reply *r = &c->reply;
    reply_clear(r);
    for (size_t i = 0; i < in->pieces_n; i++) {
        const struct turn_moved_piece *p = &in->pieces[i];
        size_t n = strlen(p->text);
        bool said = i < (size_t)in->given;
        reply_add(r, said ? NULL : conversation_voice(c), p->text, &c->mail, EV_SOUND);
        r->pieces[i].disclosure = p->disclosure;
        r->pieces[i].heard_n = (size_t)p->heard < n ? (size_t)p->heard : n;
    }
    r->given = in->given < r->n ? (int)in->given : r->n;
    r->cut = in->cut;
    r->complete = true;
    r->then = then_of(in->then);
}

bool move_arrived(struct conversation *c, const struct event *ev)
{
    struct scope s;
    struct turn_moved in;
    scope_init_sized(&s, 0, STATE_ARENA);
    bool good = turn_moved_decode(&s, ev->data, ev->n, &in) == OK && c->agent;
    if (good) {
        c->silences = (int)in.silences;
        c->unclear = (int)in.unclear;
        c->wants_message = in.wants_message;
        c->about = in.about ? must(strdup(in.about)) : NULL;
        for (size_t i = 0; i < in.degraded_n; i++)
            conversation_was_degraded(c, in.degraded[i]);
    }
    good = good && in.then;
    if (good)
        take_reply(c, &in);
    scope_fini(&s);
    return good;
}
