/* The small half of `./dev bench ears`: what is decided about callers of seven languages on bad lines stays right. */
#include "../bench/corpus/corpus.c"
#include "../bench/corpus/sounds.c"
#include <criterion/criterion.h>

TestSuite(corpus, .timeout = 300);

/* Of the lines on which a person would understand every word. */
static bool is_fair(const struct counts *c)
{
    return strncmp(c->name, "babble", 6) != 0 && strcmp(c->name, "hiss 5 dB") != 0;
}

/* Measured with all callers: see HACKING.md. The bounds leave room for other versions of the voices. */
Test(corpus, decisions_about_callers_are_right)
{
    static struct tally t;
    sounds_open();
    corpus_run(SCENES_FEW, &t);
    int pauses = 0, cut = 0, over = 0, barged = 0;
    for (int i = 0; i < t.n; i++) {
        const struct counts *c = &t.by[i];
        cr_expect_geq(c->noises_right, c->noises - 1, "%s: noise interrupts us: %d of %d", c->name,
                      c->noises - c->noises_right, c->noises);
        if (!is_fair(c))
            continue;
        cr_expect_geq(c->turns_right * 10, c->turns * 9, "%s: %d of %d turns told", c->name,
                      c->turns_right, c->turns);
        cr_expect_eq(c->nods_right, c->nods, "%s: a nod interrupts us", c->name);
        over += c->over;
        barged += c->over_right;
    }
    cr_expect_geq(barged * 10, over * 9, "%d of %d barge-ins", barged, over);
    for (int i = 0; i < PAUSES; i++) {
        pauses += t.pauses[i];
        cut += t.cut[i];
    }
    cr_expect_leq(cut * 5, pauses, "%d of %d pauses are taken for the end", cut, pauses);
    cr_expect_leq(figures_at(&t.voice_ms, 0.5), 200);
    cr_expect_leq(figures_at(&t.endpoint_ms[0], 0.5), 1000);
}
