/* What of a reply was heard when the caller talks over it: its sounds come from a server, as always. */
#include "../../services/ai-pipeline/provider.c"
#include "../../services/ai-pipeline/speech.c"
#include "../../services/ai-pipeline/telephone.c"
#include "../../services/ai-pipeline/reply.c"
#include "loop/mailbox.h"
#include "world_peer.h"
#include <criterion/criterion.h>
#include <unistd.h>

TestSuite(reply, .timeout = 20);

struct config cfg = {.tts_model = "tts-1",
                     .tts_female = "nova",
                     .tts_male = "onyx",
                     .tts_voices = "",
                     .tts_ms = 5000,
                     .tts_cache_mb = 8};

static const char *const sentences[] = {"Yes, I have one.", "It is on Oak Street and costs a lot.",
                                        "Would you like to see it?"};
#define SENTENCES ((int)(sizeof sentences / sizeof *sentences))
#define SOUND_MS  1000
#define RATE      8000

/* Each is spoken for a second. */
static void serve_speech(int fd)
{
    static const struct wav_format format = {WAV_PCM, RATE, 1, 16};
    static char sound[WAV_HEADER_SIZE + 2 * RATE * SOUND_MS / 1000];
    char head[128];
    wav_header(&format, sizeof sound - WAV_HEADER_SIZE, (uint8_t *)sound);
    if (!peer_request(fd))
        return;
    snprintf(head, sizeof head,
             "HTTP/1.1 200 OK\r\nContent-Type: audio/wav\r\nConnection: close\r\n"
             "Content-Length: %zu\r\n\r\n",
             sizeof sound);
    cr_expect(peer_put(fd, head) && write(fd, sound, sizeof sound) == sizeof sound);
}

static struct mailbox mail;
static struct reply reply;
static struct arena *arena;
static void (*what_is_tried)(void);

static void await_reply(void *arg)
{
    (void)arg;
    static const struct voice voice = {.speed = 1, .language = "en-US"};
    mailbox_init(&mail, 16);
    for (int i = 0; i < SENTENCES; i++)
        cr_assert(reply_add(&reply, &voice, sentences[i], &mail, 1));
    for (int i = 0; i < SENTENCES; i++)
        while (piece_state(&reply.pieces[i]) == CLIP_MAKING) {
            struct event *ev = await_event(&mail, clock_ms() + 10000);
            cr_assert_not_null(ev, "no sound");
            event_free(ev);
        }
    for (int i = 0; i < SENTENCES; i++)
        cr_assert_eq(clip_ms(reply.pieces[i].clip), SOUND_MS, "clip %d: %u ms", i,
                     clip_ms(reply.pieces[i].clip));
    reply.given = SENTENCES; /* to the front */
    arena = arena_create(1 << 16);
    what_is_tried();
    arena_destroy(arena);
    reply_clear(&reply);
    mailbox_fini(&mail);
    speech_close();
}

static void with_three_sentences(void (*what)(void))
{
    static char url[64];
    what_is_tried = what;
    peer_start(serve_speech);
    snprintf(url, sizeof url, "http://127.0.0.1:%d/v1", peer_port);
    providers[ROLE_TTS][0] = (struct provider){
        .name = "tts", .at = {url, ""}, .model = cfg.tts_model, .voices = "female=nova"};
    speech_open();
    peer_run(await_reply);
    peer_stop();
}

static void expect_heard(int pieces, unsigned ms, const char *words)
{
    for (int i = 0; i < SENTENCES; i++)
        reply.pieces[i].heard_n = 0;
    reply_heard(&reply, pieces, ms);
    cr_expect_str_eq(reply_text(arena, &reply, 0, reply.n, true), words);
}

static void cut_anywhere(void)
{
    expect_heard(0, 0, "");
    expect_heard(0, 10, "");
    expect_heard(1, 0, "Yes, I have one.");
    expect_heard(1, 560, "Yes, I have one. It is on Oak Street");
    expect_heard(1, 5000, "Yes, I have one. It is on Oak Street and costs a lot.");
    expect_heard(3, 0,
                 "Yes, I have one. It is on Oak Street and costs a lot. Would you like to see it?");
    expect_heard(9, 0,
                 "Yes, I have one. It is on Oak Street and costs a lot. Would you like to see it?");
}

Test(reply, was_heard_to_the_word_at_which_the_caller_spoke)
{
    with_three_sentences(cut_anywhere);
}

static void given_in_part(void)
{
    reply.given = 1;
    expect_heard(3, 1000, "Yes, I have one.");
}

Test(reply, that_was_not_given_was_not_heard)
{
    with_three_sentences(given_in_part);
}

static void cut_by_rule(void)
{
    reply.pieces[0].disclosure = true;
    cr_expect(!reply_may_be_cut(&reply, 0), "the disclosure");
    cr_expect(reply_may_be_cut(&reply, 1));
    reply.complete = true;
    reply.then = THEN_HANG_UP;
    cr_expect(!reply_may_be_cut(&reply, 1), "a goodbye");
    reply.then = THEN_LISTEN;
    reply_cut(&reply);
    cr_expect(!reply_add(&reply, NULL, "More.", NULL, 0), "says no more");
}

Test(reply, may_be_cut_behind_the_disclosure_and_before_last_words)
{
    with_three_sentences(cut_by_rule);
}
