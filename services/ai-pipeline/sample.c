#include "sample.h"
#include "agent.h"
#include "loop/mailbox.h"
#include "messages.h"
#include "phrases.h"
#include "speech.h"
#include <string.h>

#define EV_SOUND 1

static const char *words_of(struct arena *a, const struct voice_sample *in)
{
    const struct names who = {
        .voice_agent = in->voice_agent, .agent = in->agent_name, .company = in->company_name};
    const char *text = agent_greeting(in->text && *in->text ? in->text : NULL, in->language);
    return text ? names_fill(a, text, &who) : phrase(a, PHRASE_GREETING, in->language, &who);
}

/* The sound is made once and kept, as every other is; two who ask at once wait for the same one. */
static enum err await_clip(struct scope *s, struct clip *c, struct mailbox *mail)
{
    struct event *ev = NULL;
    while (clip_state(c) == CLIP_MAKING && (ev = await_event(mail, s->deadline)))
        event_free(ev);
    if (clip_state(c) == CLIP_READY)
        return OK;
    return fail(s, clip_state(c) == CLIP_MAKING ? ERR_TIMEOUT : ERR_UPSTREAM, NULL, NULL,
                "the server that speaks has not made it");
}

enum err sample_make(struct msg *m)
{
    struct voice_sample in;
    struct mailbox mail;
    TRY(voice_sample_decode(&m->scope, m->body, m->n, &in));
    struct voice voice = {.language = in.language,
                          .male = strcmp(in.gender, "male") == 0,
                          .speed = agent_speed(in.speed)};
    mailbox_init(&mail, 4);
    struct clip *c = clip_create(&voice, words_of(m->scope.arena, &in), &mail, EV_SOUND);
    enum err e = await_clip(&m->scope, c, &mail);
    if (!e) {
        size_t n;
        const char *wav = clip_fetch(clip_id(c), &n);
        msg_answer(m, wav, n, true);
    }
    clip_destroy(c);
    mailbox_fini(&mail);
    return e;
}
