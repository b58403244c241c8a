/*
 * A voice agent as a conversation needs it, read from the row that answers a call. Shared by the
 * conversations of one line and kept for 15 minutes, so that a caller is greeted with the database
 * down; dropped when agent.changed says so.
 *
 *     struct agent *a = agent_read(scope, line, rows);    ERR_BUG: the row makes no sense
 *     struct agent *a = agent_remembered(line);           NULL: not known, or too old
 *     agent_drop(a);                                      both are references, yours
 */
#pragma once
#include "base/scope.h"
#include "custom.h"
#include "phrases.h"
#include "speech.h"
#include <stdbool.h>

struct rows;

/* How the caller is listened to. */
struct listening {
    bool barge_in, whisper;   /* whisper: words come by recording and our own transcription */
    const char *speech_model; /* NULL: the network's default */
    int speech_timeout_s;     /* 0: the network knows */
    int silence_timeout_s;
};

struct agent {
    int refs;
    struct arena *arena;
    const char *tenant; /* real_estate_agent_id */
    bool active, recorded;
    bool streams;     /* settings.mode: over a media socket, not turn by turn */
    struct names who; /* contact is the call's, here NULL */
    struct voice voice;
    const char *language;
    const char *say_voice; /* Twilio's, for when our speech is down */
    const char *say_rate;  /* NULL: as it is */
    const char *greeting;  /* NULL: the default one */
    const char *prompt;    /* NULL: a default one */
    const char *template;  /* which default one, as prompt.h names it */
    const char *commands;  /* hints of the custom commands, one a line; NULL: none */
    const struct custom *custom;
    size_t customs;
    const char *hints;       /* for speech recognition; NULL: none */
    const char *transfer_to; /* E.164; NULL: nobody can be put through */
    bool transfer_confirm;   /* who takes it presses a key: a mailbox does not */
    int utc_offset_s;
    struct listening listening;
};

enum err agent_read(struct scope *s, const char *line, const struct rows *call,
                    struct agent **out) MUST_CHECK;
struct agent *agent_remembered(const char *line);
void agent_drop(struct agent *a); /* NULL is fine */
void agent_forget(const char *tenant);
void agent_close(void);

double agent_speed(const char *word); /* "slow", "normal", "fast" */
/* What a greeting that was configured means: NULL, when nobody chose it, or it is of another language. */
const char *agent_greeting(const char *configured, const char *language);
