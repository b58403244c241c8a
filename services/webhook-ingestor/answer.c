#include "answer.h"
#include "audio.h"
#include "base/clock.h"
#include "base/metric.h"
#include "ingestor.h"
#include "io/httpc.h"
#include "lines.h"
#include "voice/link.h"
#include "voice/twiml.h"
#include <stdlib.h>
#include <string.h>

#define LISTEN_SECONDS  5
#define MODEL_TIMEOUT_S 2 /* a model of one's own choice wants a whole number */
#define RECORD_SILENCE  3 /* ends what is recorded; it is also all the time there is to begin */
#define RECORD_SECONDS  60
#define RING_SECONDS    25
#define WHISPER_SECONDS 300
#define KEY_SECONDS     6 /* to take a transferred call, once the words are over */
#define PATIENCE        3 /* turns in a row without the pipeline before we apologise */

enum err answer_document(struct req *r, const char *twiml)
{
    return req_reply_bytes(r, 200, "text/xml; charset=utf-8", twiml, strlen(twiml));
}

/* The URL of the next turn: who holds the conversation goes with it, and what others need to take it over. */
static const char *turn_url(struct req *r, const char *event, const struct turn_answer *before,
                            int waited)
{
    struct arena *a = r->scope.arena;
    return arena_printf(a,
                        "%s/webhooks/twilio/turn?event=%s&turn=%lld&seq=%lld&replica=%s&waited=%d",
                        cfg.public_url, event, before->turn, before->seq,
                        url_encode(a, before->replica ? before->replica : ""), waited);
}

static void play(struct req *r, struct twiml *t, const struct turn_answer *a, const char *clip)
{
    twiml_play(t, audio_url(r->scope.arena, a->replica ? a->replica : "", clip));
}

static void speak(struct req *r, struct twiml *t, const struct turn_answer *a)
{
    for (size_t i = 0; i < a->clips_n; i++)
        play(r, t, a, a->clips[i]);
    if (a->say)
        twiml_say(t, a->say, a->voice, a->language, a->rate);
}

static const char *speech_timeout(struct arena *a, const struct turn_answer *t)
{
    if (t->has_speech_timeout)
        return arena_printf(a, "%lld", t->speech_timeout);
    return t->speech_model ? arena_printf(a, "%d", MODEL_TIMEOUT_S) : "auto";
}

/* An empty recording calls nobody: then the caller was silent. */
static void record(struct req *r, struct twiml *t, const struct turn_answer *a)
{
    speak(r, t, a);
    twiml_record(t, &(struct twiml_record){
                        .action = turn_url(r, "recorded", a, 0),
                        .silence = a->has_speech_timeout && a->speech_timeout > RECORD_SILENCE
                                       ? (int)a->speech_timeout
                                       : RECORD_SILENCE,
                        .max_seconds = RECORD_SECONDS,
                    });
    twiml_redirect(t, turn_url(r, "heard", a, 0));
}

static void listen(struct req *r, struct twiml *t, const struct turn_answer *a)
{
    twiml_gather(t, &(struct twiml_gather){
                        .action = turn_url(r, "heard", a, 0),
                        .speech = true,
                        .dtmf = true,
                        .digits = 1,
                        .timeout = a->has_listen_seconds ? (int)a->listen_seconds : LISTEN_SECONDS,
                        .speech_timeout = speech_timeout(r->scope.arena, a),
                        .speech_model = a->speech_model,
                        .no_barge_in = a->has_barge_in && !a->barge_in,
                        .language = a->language,
                        .hints = a->hints,
                        .action_on_empty = true,
                    });
    speak(r, t, a);
    twiml_end_gather(t);
}

/* The callee's request about it bears another call's SID: the link names this one. */
static const char *whisper_url(struct req *r, const char *replica)
{
    struct arena *a = r->scope.arena;
    const char *sid = hook_of(r)->call_sid;
    const char *token =
        link_sign(a, cfg.link_secret, "whisper", clock_wall_ms() / 1000 + WHISPER_SECONDS, sid);
    return arena_printf(a, "%s/webhooks/twilio/whisper?call=%s&replica=%s&token=%s", cfg.public_url,
                        sid, url_encode(a, replica ? replica : ""), token);
}

static void transfer(struct req *r, struct twiml *t, const struct turn_answer *a)
{
    speak(r, t, a);
    twiml_dial(t, &(struct twiml_dial){
                      .number = a->transfer_to,
                      .caller_id = a->caller_id,
                      .action = turn_url(r, "transferred", a, 0),
                      .timeout = RING_SECONDS,
                      .whisper = whisper_url(r, a->replica),
                  });
}

/* Whatever becomes of the socket, the network asks here what follows. */
static void stream(struct req *r, struct twiml *t, const struct turn_answer *a)
{
    speak(r, t, a);
    twiml_connect_stream(t, &(struct twiml_stream){
                                .action = turn_url(r, "streamed", a, 0),
                                .url = a->media_url,
                                .turn = arena_printf(r->scope.arena, "%lld", a->turn),
                                .token = a->media_token,
                            });
}

static void write_then(struct req *r, struct twiml *t, const struct turn_answer *a)
{
    if (strcmp(a->then, "listen") == 0 && a->by_recording) {
        record(r, t, a);
    } else if (strcmp(a->then, "listen") == 0) {
        listen(r, t, a);
    } else if (strcmp(a->then, "transfer") == 0 && a->transfer_to) {
        transfer(r, t, a);
    } else if (strcmp(a->then, "stream") == 0 && a->media_url && a->media_token) {
        stream(r, t, a);
    } else if (strcmp(a->then, "more") == 0) {
        speak(r, t, a);
        twiml_redirect(t, turn_url(r, "more", a, 0));
    } else {
        speak(r, t, a);
        twiml_hangup(t);
    }
}

enum err answer_reply(struct req *r, const struct turn_answer *a)
{
    struct twiml t;
    twiml_begin(&t, r->scope.arena);
    if (strcmp(a->then, "reject") == 0) {
        twiml_reject(&t, "rejected");
        return answer_document(r, twiml_finish(&t)->p);
    }
    if (a->disclosure) /* before recording starts, and outside the Gather: it cannot be talked over */
        play(r, &t, a, a->disclosure);
    if (a->record)
        twiml_start_recording(
            &t, arena_printf(r->scope.arena, "%s/webhooks/twilio/recording", cfg.public_url));
    write_then(r, &t, a);
    return answer_document(r, twiml_finish(&t)->p);
}

/* Without a key it hangs up, and the caller is ours again; the key comes to the same URL. */
enum err answer_whisper(struct req *r, const struct turn_answer *a)
{
    struct twiml t;
    bool confirm = strcmp(a->then, "listen") == 0;
    twiml_begin(&t, r->scope.arena);
    if (confirm)
        twiml_gather(&t, &(struct twiml_gather){.dtmf = true, .digits = 1, .timeout = KEY_SECONDS});
    speak(r, &t, a);
    if (confirm) {
        twiml_end_gather(&t);
        twiml_hangup(&t);
    }
    return answer_document(r, twiml_finish(&t)->p);
}

enum err answer_without_pipeline(struct req *r, bool beginning)
{
    const struct hook *h = hook_of(r);
    struct turn_answer before = {.turn = hook_query_int(h, "turn"),
                                 .seq = hook_query_int(h, "seq")};
    int n = (int)hook_query_int(h, "waited");
    metric_add("va_turns_unanswered_total", "", 1);
    if (n >= PATIENCE)
        return answer_document(r, TWIML_APOLOGY);
    struct line l = lines_find(hook_line(h));
    struct twiml t;
    twiml_begin(&t, r->scope.arena);
    if (beginning)
        twiml_say(&t, l.words->disclosure, l.voice, l.language, l.rate);
    twiml_say(&t, n == 0 ? l.words->first : l.words->again, l.voice, l.language, l.rate);
    twiml_pause(&t, 1);
    /* Any replica may answer now: the one we asked may be gone. */
    twiml_redirect(&t, turn_url(r, "more", &before, n + 1));
    return answer_document(r, twiml_finish(&t)->p);
}
