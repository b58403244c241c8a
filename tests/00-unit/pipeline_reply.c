/* What of a reply was heard, when the caller talks over it. Its sounds are as long as the tests say. */
#include "../../services/ai-pipeline/reply.c"
#include <criterion/criterion.h>

TestSuite(reply, .timeout = 10);

static unsigned sound_ms = 1000;

struct clip *clip_create(const struct voice *v, const char *text, struct mailbox *mail, int event)
{
    (void)v, (void)text, (void)mail, (void)event;
    return (struct clip *)&sound_ms;
}

void clip_destroy(struct clip *c)
{
    (void)c;
}

enum clip_state clip_state(const struct clip *c)
{
    (void)c;
    return CLIP_READY;
}

unsigned clip_ms(const struct clip *c)
{
    return *(const unsigned *)c;
}

/* All three were given to the front. */
static struct reply reply_of_three(void)
{
    struct reply r = {0};
    struct voice v = {0};
    reply_add(&r, &v, "Yes, I have one.", NULL, 0);
    reply_add(&r, &v, "It is on Oak Street and costs a lot.", NULL, 0);
    reply_add(&r, &v, "Would you like to see it?", NULL, 0);
    r.given = 3;
    return r;
}

static void expect_heard(int pieces, unsigned ms, const char *words)
{
    struct reply r = reply_of_three();
    struct arena *a = arena_create(1 << 16);
    reply_heard(&r, pieces, ms);
    cr_expect_str_eq(reply_text(a, &r, 0, r.n, true), words);
    arena_destroy(a);
    reply_clear(&r);
}

Test(reply, was_heard_to_the_word_at_which_the_caller_spoke)
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

Test(reply, that_was_not_given_was_not_heard)
{
    struct reply r = reply_of_three();
    struct arena *a = arena_create(1 << 16);
    r.given = 1;
    reply_heard(&r, 3, 1000);
    cr_expect_str_eq(reply_text(a, &r, 0, r.n, true), "Yes, I have one.");
    arena_destroy(a);
    reply_clear(&r);
}

Test(reply, may_be_cut_behind_the_disclosure_and_before_last_words)
{
    struct reply r = reply_of_three();
    r.pieces[0].disclosure = true;
    cr_expect(!reply_may_be_cut(&r, 0), "the disclosure");
    cr_expect(reply_may_be_cut(&r, 1));
    r.complete = true;
    r.then = THEN_HANG_UP;
    cr_expect(!reply_may_be_cut(&r, 1), "a goodbye");
    r.then = THEN_LISTEN;
    reply_cut(&r);
    cr_expect(!reply_add(&r, NULL, "More.", NULL, 0), "says no more");
    reply_clear(&r);
}
