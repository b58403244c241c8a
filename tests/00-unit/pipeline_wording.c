/* Dates and prices as people say them. */
#include "../../services/ai-pipeline/wording.c"
#include <criterion/criterion.h>

static struct arena *a;

static void open_arena(void)
{
    a = arena_create(64 << 10);
}

static void close_arena(void)
{
    arena_destroy(a);
}

TestSuite(wording, .init = open_arena, .fini = close_arena, .timeout = 10);

static void expect_when(const char *language, const char *local, const char *words)
{
    cr_expect_str_eq(wording_when(a, language, local), words, "%s: %s", language,
                     wording_when(a, language, local));
}

Test(wording, a_time_is_said_in_the_agents_language)
{
    expect_when("en-US", "2026-03-31T15:30", "Tuesday, March 31 at 3:30 PM");
    expect_when("en-GB", "2026-03-31T09:00", "Tuesday, 31 March at 9 AM");
    expect_when("de-DE", "2026-03-31T15:30", "Dienstag, 31. März, um 15 Uhr 30");
    expect_when("fr-FR", "2026-08-01T10:00", "samedi 1er août à 10 heures");
    expect_when("es-US", "2026-11-24T10:30", "martes 24 de noviembre a las 10 y 30");
    expect_when("it-IT", "2026-11-24T14:00", "martedì 24 novembre alle 14");
    expect_when("nl-NL", "2026-11-24T12:00", "dinsdag 24 november om 12 uur");
    expect_when("xx-XX", "2026-11-24T12:00", "Tuesday, November 24 at 12 PM");
}

Test(wording, what_is_no_time_stays_as_it_is)
{
    expect_when("de-DE", "morgen", "morgen");
    expect_when("de-DE", "2026-13-01T10:00", "2026-13-01T10:00");
}

static void expect_price(const char *language, double amount, const char *currency,
                         const char *words)
{
    cr_expect_str_eq(wording_price(a, language, amount, currency), words, "%s: %s", language,
                     wording_price(a, language, amount, currency));
}

Test(wording, a_price_needs_no_separators_to_be_said)
{
    expect_price("en-US", 865000, "USD", "865 thousand dollars");
    expect_price("en-US", 1290000, "USD", "1 million 290 thousand dollars");
    expect_price("en-GB", 2000000, "GBP", "2 million pounds");
    expect_price("en-US", 468550, "USD", "468 thousand 550 dollars");
    expect_price("en-US", 0, "USD", "0 dollars");
    expect_price("de-DE", 2150000, "EUR", "2 Millionen 150 Tausend Euro");
    expect_price("fr-FR", 2000000, "EUR", "2 millions d'euros");
    expect_price("fr-FR", 1500, "EUR", "mille 500 euros");
    expect_price("es-ES", 1000000, "EUR", "1 millón de euros");
    expect_price("it-IT", 342000, "EUR", "342 mila euro");
    expect_price("nl-NL", 342000, "CHF", "342 duizend CHF");
}
