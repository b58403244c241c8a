/* Nods are no wish to speak; whatever else is said, is. */
#include "../../services/ai-pipeline/words.c"
#include "../../services/ai-pipeline/backchannel.c"
#include <criterion/criterion.h>

TestSuite(backchannel, .timeout = 20);

Test(backchannel, nods_are_known_in_each_language)
{
    static const char *const said[][2] = {
        {"Uh-huh.", "en-US"},
        {"Mm-hmm", "en-US"},
        {"Yeah, okay. Right.", "en-GB"},
        {"I see.", "en-US"},
        {"Mhm.", "de-DE"},
        {"Ja, genau.", "de-DE"},
        {"Alles klar", "de-DE"},
        {"D'accord.", "fr-FR"},
        {"Oui, oui.", "fr-FR"},
        {"Vale, de acuerdo", "es-ES"},
        {"Va bene, capisco.", "it-IT"},
        {"Ja, prima.", "nl-NL"},
    };
    for (size_t i = 0; i < sizeof said / sizeof *said; i++)
        cr_expect(backchannel_heard(said[i][0], said[i][1]), "%s", said[i][0]);
}

Test(backchannel, what_wants_an_answer_is_none)
{
    static const char *const words[][2] = {
        {"No.", "en-US"},
        {"Stop.", "en-US"},
        {"Wait a moment", "en-US"},
        {"Yes, but how much is it?", "en-US"},
        {"I see it differently.", "en-US"},
        {"Good. Good. Good. Good. Good.", "en-US"},
        {"Ja, aber nicht heute", "de-DE"},
        {"Genau", "en-US"},
        {"", "en-US"},
        {"...", "en-US"},
        {"Hello?", "en-US"},
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        cr_expect_not(backchannel_heard(words[i][0], words[i][1]), "%s", words[i][0]);
}

Test(backchannel, greetings_are_nods_to_who_is_announcing_himself)
{
    cr_expect(backchannel_greeting("Hello? Yes?", "en-US"));
    cr_expect(backchannel_greeting("Guten Tag", "de-DE"));
    cr_expect_not(backchannel_greeting("Hello, who told you my number?", "en-US"));
}
