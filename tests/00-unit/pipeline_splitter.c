/* How a model's words become pieces to be spoken, whatever way they arrive. */
#include "../../services/ai-pipeline/splitter.c"
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

TestSuite(splitter, .timeout = 10);

static void on_piece_text(void *arg, const char *text, size_t n)
{
    struct buf *b = arg;
    buf_printf(b, "%s%.*s", b->n ? "|" : "", (int)n, text);
}

/* Pieces joined by "|", when the text comes in steps of so many bytes. */
static struct buf split(const char *text, size_t step)
{
    struct splitter s;
    struct buf out = BUF(20000);
    splitter_init(&s, on_piece_text, &out);
    for (size_t n = strlen(text), i = 0; i < n; i += step)
        splitter_feed(&s, text + i, n - i < step ? n - i : step);
    splitter_end(&s);
    splitter_fini(&s);
    return out;
}

static void expect_pieces(const char *text, const char *want)
{
    static const size_t steps[] = {1, 2, 3, 7, 10000};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        struct buf got = split(text, steps[i]);
        cr_expect_str_eq(got.p, want, "in steps of %zu:\n%s\nwanted\n%s", steps[i], got.p, want);
        buf_free(&got);
    }
}

Test(splitter, cuts_at_the_end_of_sentences)
{
    expect_pieces(
        "There are three houses on that street. Would you like to see one of them? It is lovely!",
        "There are three houses on that street.|Would you like to see one of them?|It is lovely!");
}

Test(splitter, may_end_the_first_piece_at_a_clause)
{
    expect_pieces("Yes, there is a lovely house in Arlington, with three bedrooms, and a garden. "
                  "It is new and quiet.",
                  "Yes, there is a lovely house in Arlington,|with three bedrooms, and a "
                  "garden.|It is new and quiet.");
}

Test(splitter, lets_short_sentences_travel_with_the_next)
{
    expect_pieces("I have found one for you. Yes. It is on Oak Street. Good.",
                  "I have found one for you.|Yes. It is on Oak Street.|Good.");
}

Test(splitter, knows_abbreviations_and_initials)
{
    static const char *const whole[] = {
        "I will tell Mr. Lee and Mrs. Kay about it.", "The house at 12 Oak St. James is free.",
        "It has e.g. a pool and i.e. water.",         "That is unit No. 5 on the left side.",
        "You can ask for J. F. Kay at the desk.",     "We are in the U.S. market for long.",
        "Come at 3 p.m. tomorrow if you like.",       "Das ist am 3. Mai und nicht am 4. Juni.",
    };
    for (size_t i = 0; i < sizeof whole / sizeof *whole; i++)
        expect_pieces(whole[i], whole[i]);
}

Test(splitter, cuts_behind_an_abbreviation_that_ends_a_sentence)
{
    expect_pieces("It is at number 145 Maple Ave. The garden is large.",
                  "It is at number 145 Maple Ave.|The garden is large.");
    expect_pieces("Come to us at 3 p.m. Would that suit you well?",
                  "Come to us at 3 p.m.|Would that suit you well?");
    expect_pieces("I am sorry to say no. There is nothing else.",
                  "I am sorry to say no.|There is nothing else.");
}

Test(splitter, keeps_numbers_and_prices_whole)
{
    expect_pieces("It costs $1,250,000.50 and has 2.5 bathrooms in all.",
                  "It costs $1,250,000.50 and has 2.5 bathrooms in all.");
}

Test(splitter, knows_other_languages)
{
    static const char *const whole[] = {
        "Es hat z. B. Balkon und Garten, d. h. viel Platz.",
        "Die Wohnung kostet ca. 1.250.000,50 Euro inkl. Garage.",
        "Er wohnt Nr. 5 bei Hrn. u. a. im Haus.",
        "Je le dirai \xc3\xa0 M. Dupont et \xc3\xa0 Mme. Martin demain.",
        "Cuesta aprox. 350.000 euros, Sr. Garc\xc3\xad"
        "a, en EE. UU. ahora.",
        "Parli con il Sig. Rossi in p.zza Dante a Roma.",
        "Vraag naar dhr. Jansen, bijv. Op dinsdag.",
    };
    for (size_t i = 0; i < sizeof whole / sizeof *whole; i++) {
        struct buf got = split(whole[i], 3);
        const char *cut = strchr(got.p, '|'), *comma = strchr(whole[i], ',');
        cr_expect(!cut || (comma && cut[-1] == ','), "%s", got.p);
        buf_free(&got);
    }
    expect_pieces("\xc2\xbfLe gustar\xc3\xad"
                  "a verla ma\xc3\xb1"
                  "ana? \xc2\xa1Qu\xc3\xa9 bien que s\xc3\xad! Adi\xc3\xb3s.",
                  "\xc2\xbfLe gustar\xc3\xad"
                  "a verla ma\xc3\xb1"
                  "ana?|\xc2\xa1Qu\xc3\xa9 bien que s\xc3\xad!|Adi\xc3\xb3s.");
}

Test(splitter, reads_an_ellipsis_by_what_follows)
{
    expect_pieces("Let me see for you... what we have in town.",
                  "Let me see for you... what we have in town.");
    expect_pieces("Let me see for you... Here it is at last.",
                  "Let me see for you...|Here it is at last.");
}

Test(splitter, keeps_several_marks_and_quotes_together)
{
    expect_pieces("Did he really say that?! \"Yes,\" he said. Then he went home.",
                  "Did he really say that?!|\"Yes,\" he said.|Then he went home.");
}

Test(splitter, takes_lines_for_sentences)
{
    expect_pieces("Here is what I have found\n\nA house in town\n",
                  "Here is what I have found|A house in town");
}

Test(splitter, bounds_the_pieces_and_never_cuts_a_character)
{
    char text[3000] = "";
    for (int i = 0; i < 1400; i++)
        strcat(text, i % 50 == 49 ? " " : "ü");
    struct buf got = split(text, 5);
    for (char *p = strtok(got.p, "|"); p; p = strtok(NULL, "|")) {
        cr_expect_leq(strlen(p), SPLITTER_PIECE_MAX);
        cr_expect_neq((unsigned char)*p & 0xc0, 0x80, "begins inside a character");
    }
    free(got.p);
}

Test(splitter, drops_what_is_beyond_its_total)
{
    char *text = malloc(20001);
    memset(text, 'a', 20000);
    text[20000] = 0;
    struct buf got = split(text, 100);
    cr_expect_leq(got.n, SPLITTER_TOTAL_MAX + SPLITTER_TOTAL_MAX / SPLITTER_PIECE_MAX);
    buf_free(&got);
    free(text);
}

Test(splitter, says_nothing_of_nothing)
{
    expect_pieces("", "");
    expect_pieces(" \n \n", "");
}
