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
