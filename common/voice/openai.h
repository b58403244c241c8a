/*
 * A client of OpenAI's HTTP API and of servers that look alike: streamed chat and speech, and, for
 * a task that waits: a whole chat answer, transcription, the list of models.
 *
 *     struct openai ai = {cfg.base_url, cfg.key};
 *     struct openai_stream *x = openai_chat(&s, &ai, &ask, &handlers, self);
 *     ... on_text()* on_tool()* on_end() ...        on the loop's stack; post to a mailbox
 *     openai_cancel(x);                             from anywhere; nothing comes after it
 *
 * on_end comes exactly once and last, never before the starting call has returned. A stream that stops
 * without its end mark is ERR_UPSTREAM: what came before is partial. Tool calls are handed on whole,
 * in order of their index, only when the stream was complete; their arguments are text that the
 * model made up: parse and check them.
 *
 * Errors: ERR_LIMITED (429), ERR_FORBIDDEN (401, 403, and 429 insufficient_quota: a person must act),
 * ERR_UNPROCESSABLE (400, 404, 413, 422), ERR_BUSY (408, 409, 503), ERR_UPSTREAM, ERR_TIMEOUT, ERR_TOO_BIG.
 */
#pragma once
#include "base/scope.h"
#include <stdbool.h>
#include <stddef.h>

struct js;

struct openai {
    const char *base_url; /* "https://api.openai.com/v1" */
    const char *api_key;  /* NULL or "": none is sent */
    /* NULL = "max_completion_tokens"; older look-alikes know "max_tokens". */
    const char *max_tokens_field;
    const char *tool_choice; /* sent along with tools; NULL or "": left out, which means auto */
};

struct openai_end {
    enum err err;
    int status;         /* of HTTP; 0 when there was no answer */
    const char *finish; /* "stop", "length", "tool_calls", ...; "" when none came. Borrowed */
    char code[48];      /* the server's error code, "" when it named none */
    char message[160];  /* for the log; may repeat parts of the request: not for callers */
    unsigned retry_after_s;
    long long prompt_tokens, completion_tokens; /* 0 when not told */
};

struct openai_stream;
void openai_cancel(struct openai_stream *x);

/* ---- chat ---- */

struct chat_ask {
    const char *model;
    const struct js *messages, *tools; /* borrowed for the call; tools NULL = none */
    const char *temperature;           /* "0.7"; NULL = left out (reasoning models refuse it) */
    unsigned max_tokens;               /* 0 = left out */
    const struct js *response_format;  /* borrowed for the call; NULL = text */
    bool usage;                        /* ask for token counts */
    unsigned total_ms, idle_ms;        /* 0: 60 s, 10 s */
};
struct chat_h {
    void (*on_text)(void *arg, const char *text, size_t n);
    void (*on_tool)(void *arg, const char *id, const char *name, const char *arguments);
    void (*on_end)(void *arg, const struct openai_end *end);
};
/* The scope is only needed during the call. */
struct openai_stream *openai_chat(struct scope *s, const struct openai *ai,
                                  const struct chat_ask *ask, const struct chat_h *h, void *arg);

/* ---- speech ---- */

struct wav_format;
struct speech_ask {
    const char *model, *voice, *input; /* input: at most 4096 characters */
    const char *instructions;          /* NULL = left out */
    double speed;                      /* 0 = left out */
    unsigned total_ms, idle_ms;        /* 0: 30 s, 10 s */
};
struct speech_h {
    void (*on_format)(void *arg, const struct wav_format *f); /* once, before any audio */
    void (*on_audio)(void *arg, const char *data, size_t n);  /* whole frames; at most 16 MiB */
    void (*on_end)(void *arg, const struct openai_end *end);  /* no audio at all is ERR_UPSTREAM */
};
struct openai_stream *openai_speech(struct scope *s, const struct openai *ai,
                                    const struct speech_ask *ask, const struct speech_h *h,
                                    void *arg);

/* ---- whole answers: the scope's deadline holds, what is returned is its arena's ---- */

/* `end` is filled in either case; of an error scope->fault has the message too. */
enum err await_chat(struct scope *s, const struct openai *ai, const struct chat_ask *ask,
                    const char **text, struct openai_end *end) MUST_CHECK;

struct transcribe_ask {
    const char *model;
    const char *wav;      /* a whole file, PCM16 mono */
    size_t wav_n;         /* at most TRANSCRIBE_MAX */
    const char *language; /* "en-US" or "en"; NULL = the server guesses */
    const char *hints;    /* words that may come, in that language; NULL = none */
    bool verbose;         /* with segments; the gpt-4o models refuse it */
};
#define TRANSCRIBE_MAX (25u << 20)

struct transcript_segment {
    int start_ms, end_ms;
    const char *text;
    double no_speech, logprob; /* 0 when not told */
};
struct transcript {
    const char *text; /* may be "": silence */
    struct transcript_segment *segments;
    size_t n; /* 0 when not told */
};
enum err await_transcribe(struct scope *s, const struct openai *ai,
                          const struct transcribe_ask *ask, struct transcript *out,
                          struct openai_end *end) MUST_CHECK;

/* Is `model` on the server's list? ERR_MISSING: it is not; `known` counts the list's models. */
enum err await_models(struct scope *s, const struct openai *ai, const char *model, size_t *known,
                      struct openai_end *end) MUST_CHECK;
