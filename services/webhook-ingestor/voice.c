#include "voice.h"
#include "answer.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"
#include "ingestor.h"
#include "io/mq.h"
#include "lines.h"
#include "loop/task.h"
#include "messages.h"
#include "voice/link.h"
#include "voice/twiml.h"
#include <stdlib.h>
#include <string.h>

#define SPEECH_MAX    4000
#define OTHERS_ASKED  4
#define OTHERS_GAP_MS 50

/*
 * Ask the replica that holds the conversation; if it is gone, any other rebuilds it from the turns. One that is about
 * to end may be the next whom this meets, and says so: what the caller has said must not be lost by that.
 */
static enum err await_answer(struct scope *s, const char *replica, const struct turn_take *take,
                             struct turn_answer *out)
{
    struct mq_out request = {.key = replica,
                             .type = TURN_TAKE,
                             .transient = true,
                             .body = turn_take_encode(s, take),
                             .trace = s->trace};
    struct mq_answer answer;
    enum err e = ERR_MISSING;
    if (replica && *replica)
        e = await_rpc(s, &request, &answer);
    request.exchange = MQ_CMD;
    for (int i = 0; e == ERR_MISSING && i < OTHERS_ASKED; i++) {
        if (i)
            await_sleep(OTHERS_GAP_MS);
        request.key = TURN_TAKE;
        e = await_rpc(s, &request, &answer);
    }
    TRY(e);
    return turn_answer_decode(s, answer.body, answer.n, out);
}

static enum err await_turn(struct req *r, const struct turn_take *take)
{
    struct turn_answer answer;
    uint64_t by = clock_ms() + (uint64_t)cfg.turn_ms;
    r->scope.deadline = by < r->scope.deadline ? by : r->scope.deadline;
    enum err e = await_answer(&r->scope, hook_query(hook_of(r), "replica"), take, &answer);
    if (!e) {
        lines_note(hook_line(hook_of(r)), &answer);
        return answer_reply(r, &answer);
    }
    log_warn(&r->scope, "turn.unanswered", "heard", take->event, "error", err_name(e), "why",
             r->scope.fault.message);
    return answer_without_pipeline(r, strcmp(take->event, "start") == 0);
}

static struct turn_take take_of(const struct hook *h, const char *event)
{
    return (struct turn_take){
        .call_sid = h->call_sid,
        .event = event,
        .from = h->from ? h->from : "",
        .to = h->to ? h->to : "",
        .direction = h->direction,
        .attempt_id = h->attempt_id,
        .arrived_at = (long long)clock_wall_ms(),
        .has_arrived_at = true,
    };
}

enum err voice_begin(struct req *r)
{
    struct turn_take take = take_of(hook_of(r), "start");
    return await_turn(r, &take);
}

/* What the caller did is in the form; the cap is the message's, and cuts no character in two. */
static void fill_heard(struct req *r, const struct hook *h, struct turn_take *take)
{
    const char *speech = hook_get(h, "SpeechResult"), *digits = hook_get(h, "Digits");
    const char *confidence = hook_get(h, "Confidence");
    if (speech && *speech) {
        size_t n = strnlen(speech, SPEECH_MAX);
        while (n && ((unsigned char)speech[n] & 0xc0) == 0x80)
            n--;
        take->event = "speech";
        take->text = arena_strndup(r->scope.arena, speech, n);
        take->confidence = confidence ? strtod(confidence, NULL) : 0;
        take->has_confidence = confidence && take->confidence >= 0 && take->confidence <= 1;
    } else if (digits && *digits && strlen(digits) <= 64) {
        take->event = "digits";
        take->digits = digits;
    } else {
        take->event = "silence";
    }
}

/* Only its SID counts, checked: whoever fetches it knows where the network keeps its recordings. */
static const char *recording_sid(const struct hook *h)
{
    const char *sid = hook_get(h, "RecordingSid"), *url = hook_get(h, "RecordingUrl");
    const char *slash = url ? strrchr(url, '/') : NULL;
    if (!sid_valid(sid, "RE"))
        sid = slash ? slash + 1 : NULL;
    return sid_valid(sid, "RE") ? sid : NULL;
}

/* A key ends a recording and is what counts then; "hangup" is no key. */
static void fill_recorded(const struct hook *h, struct turn_take *take)
{
    const char *keys = hook_get(h, "Digits");
    take->event = "silence";
    if (keys && *keys && strcmp(keys, "hangup") != 0 && strlen(keys) <= 64) {
        take->event = "digits";
        take->digits = keys;
    } else if (recording_sid(h)) {
        take->event = "recording";
        take->recording_sid = recording_sid(h);
    }
}

/* Whoever did not take the call, or hung up on the whisper, has talked to nobody. */
static const char *transfer_result(const struct hook *h)
{
    const char *bridged = hook_get(h, "DialBridged");
    return bridged && strcmp(bridged, "false") == 0 ? "no-answer" : hook_get(h, "DialCallStatus");
}

enum err voice_turn(struct req *r)
{
    const struct hook *h = hook_of(r);
    const char *event = hook_query(h, "event");
    struct turn_take take = take_of(h, "more");
    take.turn = hook_query_int(h, "turn");
    take.seq = hook_query_int(h, "seq");
    take.has_seq = true;
    if (event && strcmp(event, "heard") == 0) {
        fill_heard(r, h, &take);
    } else if (event && strcmp(event, "recorded") == 0) {
        fill_recorded(h, &take);
    } else if (event && strcmp(event, "transferred") == 0) {
        take.event = "transferred";
        take.dial_status = transfer_result(h);
    } else if (event && strcmp(event, "streamed") == 0) {
        take.event = event;
    }
    return await_turn(r, &take);
}

/*
 * The agent has answered a transferred call, and is told what it is about before the two are connected;
 * then a key is asked for, so that no mailbox takes it. The request is the callee's own call's, so the link
 * in its URL names the conversation. Whatever goes wrong, the two are connected.
 */
enum err voice_whisper(struct req *r)
{
    const struct hook *h = hook_of(r);
    const char *sid = hook_query(h, "call"), *replica = hook_query(h, "replica");
    const char *key = hook_get(h, "Digits");
    struct turn_answer connect = {.then = "more"}, answer;
    if (!sid_valid(sid, "CA") ||
        !link_check(cfg.link_secret, "whisper", hook_query(h, "token"), sid))
        return fail(&r->scope, ERR_FORBIDDEN, "bad_link", "token", "not a link of ours");
    if (key && *key)
        return answer_whisper(r, &connect);
    struct turn_take take = take_of(h, "whisper");
    take.call_sid = sid;
    enum err e = await_answer(&r->scope, replica, &take, &answer);
    if (e)
        log_warn(&r->scope, "whisper.unknown", "error", err_name(e));
    return answer_whisper(r, e ? &connect : &answer);
}

enum err voice_fallback(struct req *r)
{
    const struct hook *h = hook_of(r);
    metric_add("va_fallbacks_total", "", 1);
    log_error(&r->scope, "voice.fallback", "sid", h->call_sid, "code", hook_get(h, "ErrorCode"));
    return answer_document(r, TWIML_APOLOGY);
}
