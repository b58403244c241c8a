/*
 * How long a pause is before the caller's turn is over: as short as this caller lets it be. Who pauses amid
 * a sentence is given more time, who never does less; words that are known already tell, too: "the house
 * on" is not over, "Can I see it?" is.
 *
 *     struct patience p;
 *     patience_init(&p, agent->listening.speech_timeout_s);
 *     if (quiet_ms >= patience_ms(&p, words)) ...           words NULL: not known
 *     patience_went_on(&p, ms);                             so long a pause was none of the end
 *     patience_ended(&p);
 */
#pragma once

#define PATIENCE_MIN_MS 400
#define PATIENCE_MAX_MS 1600

struct patience {
    int fixed_ms; /* chosen by the agent; 0: by itself */
    float pause;  /* ms: what this caller's longer pauses are */
};

void patience_init(struct patience *p, int fixed_s);
int patience_ms(const struct patience *p, const char *words);
void patience_went_on(struct patience *p, int pause_ms);
void patience_ended(struct patience *p);
