/* A pause ends a turn after as long as this caller's pauses let it. */
#include "../../services/ai-pipeline/patience.c"
#include <criterion/criterion.h>

TestSuite(patience, .timeout = 20);

Test(patience, who_pauses_long_gets_more_time_and_who_does_not_gets_less)
{
    struct patience p;
    patience_init(&p, 0);
    int first = patience_ms(&p, NULL);
    for (int i = 0; i < 5; i++)
        patience_went_on(&p, 700);
    int slow = patience_ms(&p, NULL);
    for (int i = 0; i < 30; i++)
        patience_ended(&p);
    int quick = patience_ms(&p, NULL);
    cr_expect_gt(slow, 800, "%d", slow);
    cr_expect_gt(slow, first);
    cr_expect_lt(quick, first);
    cr_expect_geq(quick, PATIENCE_MIN_MS);
    for (int i = 0; i < 30; i++)
        patience_went_on(&p, 30000);
    cr_expect_eq(patience_ms(&p, NULL), PATIENCE_MAX_MS);
}

Test(patience, words_tell_whether_more_is_to_come)
{
    struct patience p;
    patience_init(&p, 0);
    int any = patience_ms(&p, "the red house");
    cr_expect_lt(patience_ms(&p, "Can I see it?"), any);
    cr_expect_gt(patience_ms(&p, "I wanted to ask,"), any);
    cr_expect_gt(patience_ms(&p, "Well..."), any);
}

Test(patience, what_the_agent_has_chosen_is_what_counts)
{
    struct patience p;
    patience_init(&p, 2);
    patience_went_on(&p, 900);
    cr_expect_eq(patience_ms(&p, "Can I see it?"), 2000);
}
