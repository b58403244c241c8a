/* What a caller can always say or press. */
#include "../../services/ai-pipeline/commands.c"
#include <criterion/criterion.h>

TestSuite(commands, .timeout = 10);

static void expect_command(const char *text, const char *language, enum command want)
{
    cr_expect_eq(command_heard(text, language), want, "\"%s\" is %d, not %d", text,
                 command_heard(text, language), want);
}

Test(commands, knows_who_wants_a_person)
{
    expect_command("Hello, can I speak to a real person, please?", "en-US", COMMAND_PERSON);
    expect_command("Agent, please!", "en-US", COMMAND_PERSON);
    expect_command("I would like to talk to a human.", "en-GB", COMMAND_PERSON);
    expect_command("Ich möchte mit jemandem sprechen.", "de-DE", COMMAND_PERSON);
    expect_command("Je voudrais parler \xc3\xa0 quelqu\xe2\x80\x99un", "fr-FR", COMMAND_PERSON);
}

Test(commands, leaves_to_the_model_what_says_more)
{
    expect_command("Can I speak to someone about the house on Elm Street?", "en-US", COMMAND_NONE);
    expect_command("Do you have an operator manual for the heating of that house?", "en-US",
                   COMMAND_NONE);
    expect_command("My agent pleases everybody", "en-US", COMMAND_NONE);
    expect_command("", "en-US", COMMAND_NONE);
}

Test(commands, knows_who_wants_no_more_calls)
{
    expect_command("Stop calling me!", "en-US", COMMAND_OPT_OUT);
    expect_command("Please don't call me again.", "en-US", COMMAND_OPT_OUT);
    expect_command("I told you last week to take me off your list.", "en-US", COMMAND_OPT_OUT);
    expect_command("No me llamen m\xc3\xa1s, por favor", "es-ES", COMMAND_OPT_OUT);
    expect_command("Please don't stop calling me", "en-US", COMMAND_NONE);
}

Test(commands, knows_who_wants_it_again)
{
    expect_command("Could you repeat that, please?", "en-US", COMMAND_REPEAT);
    expect_command("Pardon?", "en-US", COMMAND_REPEAT);
    expect_command("Is it a repeat sale?", "en-US", COMMAND_NONE);
}

Test(commands, are_understood_in_every_language)
{
    static const struct {
        const char *language, *text;
        enum command want;
    } cases[] = {
        {"en-US", "No, please stop calling me.", COMMAND_OPT_OUT},
        {"en-US", "Can you put me through, please?", COMMAND_PERSON},
        {"en-GB", "Take me off your list.", COMMAND_OPT_OUT},
        {"en-US", "I don't want to speak to a person.", COMMAND_NONE},
        {"en-US", "Don't put me through yet.", COMMAND_NONE},
        {"en-US", "You can call me again tomorrow.", COMMAND_NONE},
        {"en-US", "You don't need to repeat that.", COMMAND_NONE},
        {"de-DE", "Bitte rufen Sie mich nicht mehr an!", COMMAND_OPT_OUT},
        {"de-DE", "Hören Sie auf, mich anzurufen.", COMMAND_OPT_OUT},
        {"de-DE", "Ich möchte nicht mehr angerufen werden.", COMMAND_OPT_OUT},
        {"de-DE", "Können Sie das bitte wiederholen?", COMMAND_REPEAT},
        {"de-DE", "Verbinden Sie mich bitte.", COMMAND_PERSON},
        {"de-DE", "Verbinden Sie mich nicht.", COMMAND_NONE},
        {"de-DE", "Ich will nicht mit einer Person sprechen.", COMMAND_NONE},
        {"de-DE", "Rufen Sie mich morgen an.", COMMAND_NONE},
        {"de-DE", "Kann ich mit jemandem über die Wohnung in der Lindenstraße sprechen?",
         COMMAND_NONE},
        {"fr-FR",
         "Ne m\xe2\x80\x99"
         "appelez plus, s'il vous plaît.",
         COMMAND_OPT_OUT},
        {"fr-FR", "Arrêtez de m'appeler !", COMMAND_OPT_OUT},
        {"fr-FR", "Pouvez-vous répéter, s'il vous plaît ?", COMMAND_REPEAT},
        {"fr-FR", "Ne me transférez pas, transférez-moi plus tard", COMMAND_NONE},
        {"fr-FR", "Je ne veux pas parler à une personne.", COMMAND_NONE},
        {"fr-FR", "N'arrêtez pas de m'appeler.", COMMAND_NONE},
        {"fr-FR", "Rappelez-moi demain.", COMMAND_NONE},
        {"es-ES", "No me llamen más.", COMMAND_OPT_OUT},
        {"es-US", "No, deje de llamarme.", COMMAND_OPT_OUT},
        {"es-ES", "No deje de llamarme.", COMMAND_NONE},
        {"es-ES", "¿Puedo hablar con una persona, por favor?", COMMAND_PERSON},
        {"es-ES", "No quiero hablar con una persona.", COMMAND_NONE},
        {"es-ES", "¿Puede repetir, por favor?", COMMAND_REPEAT},
        {"es-ES", "Llámeme mañana.", COMMAND_NONE},
        {"it-IT", "Non mi chiami più!", COMMAND_OPT_OUT},
        {"it-IT", "Vorrei parlare con una persona.", COMMAND_PERSON},
        {"it-IT", "Non voglio parlare con una persona.", COMMAND_NONE},
        {"it-IT", "Può ripetere, per favore?", COMMAND_REPEAT},
        {"it-IT", "Mi chiami domani.", COMMAND_NONE},
        {"nl-NL", "Bel me niet meer!", COMMAND_OPT_OUT},
        {"nl-NL", "Ik wil graag met iemand spreken.", COMMAND_PERSON},
        {"nl-NL", "Ik wil niet met iemand spreken.", COMMAND_NONE},
        {"nl-NL", "Kunt u dat herhalen?", COMMAND_REPEAT},
        {"nl-NL", "Bel me morgen.", COMMAND_NONE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect_command(cases[i].text, cases[i].language, cases[i].want);
}

Test(commands, know_a_no_from_a_yes)
{
    static const char *const no[][2] = {{"en-US", "No, not that one."},
                                        {"en-US", "Don't book it"},
                                        {"de-DE", "Nein, lieber Freitag"},
                                        {"fr-FR", "Non !"},
                                        {"es-ES", "No"},
                                        {"it-IT", "No, grazie"},
                                        {"nl-NL", "Nee hoor"},
                                        {"en-GB", "Nope."}};
    static const char *const yes[][2] = {{"en-US", "Yes, no problem"},
                                         {"en-US", "Northern road is right"},
                                         {"de-DE", "Ja, nicht wahr"},
                                         {"fr-FR", "Oui"},
                                         {"es-ES", "Sí, no hay problema"},
                                         {"it-IT", "Sì"},
                                         {"nl-NL", "Ja graag"},
                                         {"en-US", ""}};
    for (size_t i = 0; i < sizeof no / sizeof *no; i++)
        cr_expect(command_is_no(no[i][1], no[i][0]), "%s", no[i][1]);
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
        cr_expect_not(command_is_no(yes[i][1], yes[i][0]), "%s", yes[i][1]);
}

Test(commands, are_those_of_the_agents_language)
{
    expect_command("stop calling me", "de-DE", COMMAND_NONE);
}

Test(commands, are_not_looked_for_in_a_speech)
{
    char text[4001];
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = 0;
    expect_command(text, "en-US", COMMAND_NONE);
}

Test(commands, can_be_pressed)
{
    cr_expect_eq(command_pressed('0'), COMMAND_PERSON);
    cr_expect_eq(command_pressed('9'), COMMAND_OPT_OUT);
    cr_expect_eq(command_pressed('*'), COMMAND_REPEAT);
    cr_expect_eq(command_pressed('5'), COMMAND_NONE);
}
