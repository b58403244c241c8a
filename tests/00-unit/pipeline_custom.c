/* The agent's own commands. */
#include "../../services/ai-pipeline/custom.c"
#include "base/scope.h"
#include <criterion/criterion.h>

static struct scope s;
static const struct custom *list;
static size_t n;
static const char *hints;

static void read_them(void)
{
    static const char *const lines[] = {
        "opening hours | When are you open? => We are open from nine to five.",
        "speak to sales=>Transfer",
        "key 5 => Our office is at 12 Main Street.",
        "# => message",
        "show properties",
        "nothing behind it =>",
        "=> nothing before it",
        "9 => you cannot take this key",
    };
    scope_init(&s, 1000);
    struct js *j = js_array(&s);
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        js_push_text(j, lines[i]);
    list = custom_read(s.arena, j, &n, &hints);
}

static void end(void)
{
    scope_fini(&s);
}

TestSuite(custom, .init = read_them, .fini = end, .timeout = 10);

Test(custom, a_phrase_or_one_of_its_alternatives_is_answered)
{
    const struct custom *x = custom_heard(list, n, "What are your opening hours, please?", "en-US");
    cr_assert(x);
    cr_expect_eq(x->command, COMMAND_NONE);
    cr_expect_str_eq(x->answer, "We are open from nine to five.");
    cr_expect_eq(custom_heard(list, n, "When are you open?", "en-US")->answer, x->answer);
    cr_expect_null(custom_heard(list, n, "I do not need your opening hours", "en-US"));
    cr_expect_null(custom_heard(
        list, n, "Do the opening hours of the pool in the garden matter to the neighbours?",
        "en-US"));
}

Test(custom, an_action_is_known_by_its_name)
{
    const struct custom *x = custom_heard(list, n, "Can I speak to sales?", "en-US");
    cr_assert(x);
    cr_expect_eq(x->command, COMMAND_PERSON);
    cr_expect_eq(custom_pressed(list, n, '#')->command, COMMAND_MESSAGE);
}

Test(custom, a_key_is_answered)
{
    cr_expect_str_eq(custom_pressed(list, n, '5')->answer, "Our office is at 12 Main Street.");
    cr_expect_null(custom_pressed(list, n, '6'));
    cr_expect_null(custom_pressed(list, n, '9'), "that key always means the same");
}

Test(custom, a_line_without_an_arrow_is_a_hint_for_the_model)
{
    cr_expect_str_eq(hints, "show properties\n");
    cr_expect_null(custom_heard(list, n, "show properties", "en-US"));
}

Test(custom, none_at_all_is_fine)
{
    cr_expect_not_null(custom_read(s.arena, NULL, &n, &hints));
    cr_expect_eq(n, 0);
    cr_expect_null(hints);
}
