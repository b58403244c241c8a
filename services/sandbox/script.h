/*
 * What a person does on the telephone, read from JSON:
 *
 *     {"answer": "human", "ring_ms": 3000, "hello": "Hello?",
 *      "say": ["Do you have a three-bedroom house?", {"text": "Under 500000.", "confidence": 0.4},
 *              {"keys": "1"}, {"silent": true}, "Thanks, goodbye."],
 *      "hang_up_after": 3}
 *
 * answer: human, machine, busy, no-answer, failed. One turn of `say` per time the agent listens; when
 * they are used up the person hears the answer and hangs up. Members: services/sandbox/README.md.
 */
#pragma once
#include "io/js.h"

enum answer { ANSWER_HUMAN, ANSWER_MACHINE, ANSWER_BUSY, ANSWER_NO_ANSWER, ANSWER_FAILED };

/* Done in a media stream while the agent talks, and no turn of its own. */
struct aside {
    unsigned after_ms; /* of the agent's talking */
    const char *text;  /* such as "Mhm." */
    const char *keys;
    bool cough, hang_up;
};
struct turn_script {
    const char *text;      /* NULL: says nothing */
    const char **pieces;   /* the text between its pauses; NULL behind the last */
    const char *keys;      /* pressed instead of speaking */
    double confidence;     /* < 0: none is sent */
    unsigned think_ms;     /* between the prompt's end and the first word */
    unsigned interrupt_ms; /* starts this long into the prompt; 0 = waits for its end */
    unsigned pause_ms;     /* between two pieces, in a media stream */
    struct aside *asides;  /* while the agent says what comes before this turn */
    size_t n_asides;
};
struct script {
    enum answer answer;
    unsigned ring_ms, think_ms,
        talk_ms;       /* talk_ms: how long it talks to a person it was put through to */
    const char *hello; /* said on answering; machine: the greeting before the beep */
    const char *voice;
    const char *caller_name;
    unsigned hang_up_after, hang_up_during, hang_up_delay_ms; /* counted in turns; 0 = never */
    int noise_db;       /* the line's noise: so many dB below the voice; 0 = none */
    unsigned jitter_ms; /* of a media stream's frames */
    struct turn_script *turns;
    size_t n;
};

/* Everything is copied into the arena. Problems are ERR_UNPROCESSABLE with the field. */
enum err script_read(struct scope *s, struct arena *a, const struct js *j,
                     struct script *out) MUST_CHECK;
/* The JSON text of tests/scripts/NAME.json; NULL when there is none. */
const char *script_file(struct scope *s, const char *folder, const char *name);
extern const char script_friendly[];
