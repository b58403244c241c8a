/* What the assistant can do for a caller, as the caller and the agent see it. */
#include "truth.h"
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static void quick(void)
{
    world_set("SANDBOX_SPEED", "60");
    world_up();
}

TestSuite(tools, .init = quick, .fini = world_down, .timeout = 240);

#define CALLER "+14155550177" /* who rings in ring() */

static const char *talk(const char *line, const char *script)
{
    const char *over = call_over(ring(line, script));
    cr_expect_eq(bad_documents(over), 0, "%s", over);
    cr_expect_eq(lines_of(over, "network"), 0, "%s", over);
    return over;
}

static bool was_said(const char *call, const char *words)
{
    bool found = false;
    for (int i = 0; i < length(call, "transcript") && !found; i++)
        found = strstr(field(call, text("transcript.%d.text", i)), words) != NULL;
    return found;
}

#define EXPECT_SAID(call, words) cr_expect(was_said(call, words), "\"%s\" in %s", words, call)

static void settings(const char *json)
{
    struct answer a = ask("PATCH", API, login("agent@demo.test"), "/agent/voice-agent",
                          text("{\"settings\":%s}", json));
    cr_assert_eq(a.status, 200, "%s", a.body);
}

static void model(const char *manner)
{
    struct answer a =
        ask("PUT", TELEPHONE, NULL, "/sandbox/model", text("{\"manner\":\"%s\"}", manner));
    cr_assert_eq(a.status, 200, "%s", a.body);
}

/* ---- viewings ---- */

Test(tools, a_viewing_is_booked_only_after_it_was_read_back_and_agreed_to)
{
    const char *line = active_voice_agent();
    talk(line, "{\"say\":[\"I am looking for a house with three bedrooms.\", \"Can I see it on "
               "Tuesday at ten in "
               "the morning?\", \"My name is Anna Weber.\", \"No, I have to think about it.\", "
               "\"Goodbye.\"]}");
    cr_expect_str_eq(sql("select count(*) from viewings"), "0", "the caller has said no");

    const char *over = talk(line, "buyer");
    EXPECT_SAID(over, "Is that right?");
    EXPECT_SAID(over, "You are booked, Anna Weber");
    cr_expect_str_eq(
        sql("select visitor_name || ' ' || visitor_number || ' ' || "
            "to_char(starts_at at time zone 'America/New_York', 'FMDay HH24:MI') from viewings"),
        "Anna Weber " CALLER " Tuesday 10:00");
    EVENTUALLY(
        strcmp(sql("select count(*) from call_turns t where role = 'tool' and tool ->> 'name' = "
                   "'schedule_viewing' and tool -> 'result' ? 'done' and exists (select from "
                   "call_turns c, "
                   "call_turns r where c.call_id = t.call_id and c.role = 'caller' and c.seq < "
                   "t.seq and r.call_id "
                   "= t.call_id and r.tool -> 'result' ? 'read_back' and r.seq < c.seq)"),
               "1") == 0);
}

static const char *viewing(const char *number, const char *day_and_hour)
{
    return sql("insert into viewings (real_estate_agent_id, property_id, visitor_number, "
               "starts_at, ends_at) select "
               "real_estate_agent_id, id, '%s', t, t + interval '1 hour' from properties, (select "
               "(current_date + "
               "interval '%s') at time zone 'America/New_York' as t) x where address = '14 Maple "
               "Avenue' returning id",
               number, day_and_hour);
}

static const char *viewing_status(const char *id)
{
    return sql("select status from viewings where id = '%s'", id);
}

/* The free hours of a day in this zone, as the model is told of them. */
static const char *free_hours(const char *line, int days_ahead, const char *zone)
{
    const char *day = sql("select to_char(current_date + %d, 'YYYY-MM-DD')", days_ahead);
    sql("update real_estate_agents set timezone = '%s' where email = 'agent@demo.test'", zone);
    talk(line,
         text("{\"say\":[\"use free_viewing_slots with {\\\"day\\\":\\\"%s\\\"}\", \"Goodbye.\"]}",
              day));
    const char *hours = "";
    EVENTUALLY(*(hours = sql("select string_agg(right(x ->> 'starts_at', 5), ' ') from call_turns, "
                             "jsonb_array_elements(tool -> 'result' -> 'slots') x where tool -> "
                             "'arguments' ->> 'day' = '%s' group by call_id, seq limit 1",
                             day)));
    return hours;
}

Test(tools, a_caller_hears_moves_and_cancels_his_own_viewing_and_no_other)
{
    const char *line = active_voice_agent(), *mine = viewing(CALLER, "8 days 10 hours"),
               *others = viewing("+14155550999", "8 days 12 hours");
    const char *over = talk(
        line, "{\"say\":[\"When is my viewing?\", \"Please move my viewing to Friday at two in the "
              "afternoon.\", "
              "\"Yes, that's right.\", \"When is the agent free?\", \"Thank you, goodbye.\"]}");
    EXPECT_SAID(over, "You have a viewing of 14 Maple Avenue");
    EXPECT_SAID(over, "Your viewing is moved");
    EXPECT_SAID(over, "is free");
    cr_expect_str_eq(sql("select to_char(starts_at at time zone 'America/New_York', 'FMDay "
                         "HH24:MI') from viewings "
                         "where id = '%s'",
                         mine),
                     "Friday 14:00");

    over = talk(
        line, "{\"say\":[\"I have to cancel my viewing.\", \"Yes, that's right.\", \"Goodbye.\"]}");
    EXPECT_SAID(over, "Your viewing is cancelled");
    cr_expect_str_eq(viewing_status(mine), "cancelled");
    over = talk(
        line, "{\"say\":[\"I have to cancel my viewing.\", \"Yes, that's right.\", \"Goodbye.\"]}");
    EXPECT_SAID(over, "there is no coming viewing under the number");
    model("obedient");
    talk(line, text("{\"say\":[\"Cancel it: use cancel_viewing with "
                    "{\\\"viewing_id\\\":\\\"%s\\\"}\", \"Yes: use "
                    "cancel_viewing with {\\\"viewing_id\\\":\\\"%s\\\"}\", \"Goodbye.\"]}",
                    others, others));
    cr_expect_str_eq(viewing_status(others), "booked", "it is somebody else's");

    cr_expect_str_eq(free_hours(line, 8, "America/New_York"), "09:00 10:00 11:00 13:00 14:00 15:00",
                     "there is a viewing at noon");
}

/* Zones as POSIX writes them, whose clocks change by day, which no real one does. */
Test(tools, an_hour_that_a_clock_change_skips_is_not_offered_and_one_it_repeats_once)
{
    const char *line = active_voice_agent();
    int day = atoi(sql("select extract(doy from current_date + 8)")) - 1;
    model("obedient");
    cr_expect_str_eq(
        free_hours(line, 8, text("EST5EDT,%d/10,%d/2", day, day > 300 ? day - 60 : day + 60)),
        "09:00 11:00 12:00 13:00 14:00 15:00");
    day++;
    cr_expect_str_eq(
        free_hours(line, 9, text("EST5EDT,%d/2,%d/12", day < 60 ? day + 60 : day - 60, day)),
        "09:00 10:00 11:00 12:00 13:00 14:00");
}

/* ---- people ---- */

static const char *leg_of(const char *sid)
{
    struct answer a = ask("GET", TELEPHONE, NULL, "/sandbox/calls", NULL);
    for (int i = 0; i < length(a.body, "calls"); i++) {
        const char *parent = field(a.body, text("calls.%d.parent_call_sid", i));
        if (parent && strcmp(parent, sid) == 0)
            return network_call(field(a.body, text("calls.%d.sid", i)));
    }
    cr_assert_fail("no leg of %s in %s", sid, a.body);
    return NULL;
}

Test(tools, the_agent_hears_what_a_transfer_is_about_and_the_caller_does_not)
{
    const char *line = active_voice_agent();
    const char *sid = ring(
        line, "{\"say\":[\"Do you have a house with three bedrooms?\", \"I want to speak with the "
              "owner of it, transfer me to a human being who knows the roof.\"]}");
    const char *over = call_over(sid), *leg = leg_of(sid);
    EXPECT_SAID(leg, "Your assistant is putting a call through from 1 4 1 5");
    EXPECT_SAID(leg, "It is about: ");
    EXPECT_SAID(leg, "who knows the roof");
    EXPECT_SAID(leg, "Press any key to take the call.");
    EXPECT_SAID(leg, "(keys 1)");
    EXPECT_SAID(over, "has put me through");
    cr_expect_not(was_said(over, "putting a call through from"), "%s", over);
    cr_expect_eq(bad_documents(over), 0, "%s", over);
    cr_expect_str_eq(field(over, "status"), "completed");
}

#define ASKS_FOR_A_PERSON                                                                          \
    "{\"say\":[\"I want to speak to a person.\", \"Please tell her that the roof leaks.\", "       \
    "\"Goodbye.\"]}"

Test(tools, a_mailbox_does_not_take_a_transfer)
{
    const char *line = active_voice_agent();
    callee("+12025550190", "{\"answer\":\"machine\"}");
    const char *over = talk(line, ASKS_FOR_A_PERSON);
    EXPECT_SAID(over, "can't come to the phone right now");
    cr_expect_not(was_said(over, "leave a message after the tone"), "%s", over);
    EVENTUALLY(*sql("select 1 from messages where message like '%%the roof leaks%%'"));

    settings("{\"transfer_confirm\":false}");
    const char *sid = ring(line, ASKS_FOR_A_PERSON);
    over = call_over(sid);
    cr_expect_not(was_said(leg_of(sid), "Press any key"), "%s", leg_of(sid));
    EXPECT_SAID(over, "leave a message after the tone");
}

Test(tools, nobody_else_hears_what_a_transfer_is_about)
{
    const char *form =
        "AccountSid=" ACCOUNT_SID "&CallSid=CA00000000000000000000000000000002&From=%2B14155550177&"
        "To=%2B12025550190";
    const char *path =
        "/webhooks/twilio/whisper?call=CA00000000000000000000000000000001&replica=&token=";
    cr_expect_eq(post_signed(path, form).status, 403, "no token");
    cr_expect_eq(
        post_signed(text("%s0.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", path), form).status,
        403, "a forged token");
    cr_expect_eq(post_form(HOOKS, path, form, NULL).status, 403, "no signature");
}

Test(tools, an_agent_who_is_busy_gets_the_message_instead)
{
    const char *line = active_voice_agent();
    callee("+12025550190", "busy");
    const char *over = talk(line, ASKS_FOR_A_PERSON);
    EXPECT_SAID(over, "can't come to the phone right now");
    EVENTUALLY(*sql("select 1 from messages where from_number = '" CALLER
                    "' and message like '%%the roof leaks%%'"));

    const char *agent = login("agent@demo.test"), *open = "/agent/messages?status=open";
    struct answer a = ask("GET", API, agent, open, NULL);
    cr_assert_eq(number(a.body, "total"), 1, "%s", a.body);
    cr_expect_str_eq(field(a.body, "items.0.from_number"), CALLER);
    cr_expect(strstr(field(a.body, "items.0.message"), "the roof leaks"), "%s", a.body);
    const char *path = text("/agent/messages/%s", field(a.body, "items.0.id"));
    cr_expect_eq(ask("PATCH", API, login("agent2@demo.test"), path, "{\"status\":\"done\"}").status,
                 404);
    a = ask("PATCH", API, agent, path, "{\"status\":\"done\"}");
    cr_expect_str_eq(field(a.body, "status"), "done", "%s", a.body);
    cr_expect_eq(number(ask("GET", API, agent, open, NULL).body, "total"), 0);
}

/* ---- without the model ---- */

Test(tools, the_agents_own_commands_work_with_the_model_down)
{
    const char *line = active_voice_agent();
    settings("{\"custom_commands\":[\"opening hours => We are open from nine to five.\", \"5 => "
             "You find us at 12 Main "
             "Street.\", \"take a note => message\", \"that is all => goodbye\"]}");
    ask("POST", TELEPHONE, NULL, "/sandbox/faults",
        "{\"api\":\"openai.chat\",\"kind\":\"status\",\"status\":500,\"times\":0}");
    const char *over = talk(
        line,
        "{\"say\":[\"What are your opening hours?\", {\"keys\":\"5\"}, {\"keys\":\"*\"}, \"Take a "
        "note, please.\", \"The roof leaks.\"]}");
    EXPECT_SAID(over, "We are open from nine to five.");
    EXPECT_SAID(over, "You find us at 12 Main Street.");
    EXPECT_SAID(over, "What message may I pass on");
    EXPECT_SAID(over, "I have noted your message");
    EVENTUALLY(*sql("select 1 from messages where message = 'The roof leaks.'"));
    over = talk(line, "{\"say\":[\"Thanks, that is all.\"]}");
    EXPECT_SAID(over, "Thank you for your time. Goodbye.");
}

/* ---- languages ---- */

static const struct language {
    const char *code, *disclosure, *person, *when, *gone, *stop, *stopped;
} languages[] = {
    {"en-US", "You are speaking with an AI", "I would like to talk to a human.", "PM",
     "can't come to the phone", "Please don't call me again.", "we won't call you again"},
    {"de-DE", "Sie sprechen mit einem KI-Assistenten", "Ich möchte mit einem Menschen sprechen.",
     " Uhr", "nicht erreichbar", "Bitte rufen Sie mich nicht mehr an.",
     "wir rufen Sie nicht mehr an"},
    {"fr-FR", "Vous parlez avec un assistant IA", "Je voudrais parler à une personne.", " heures",
     "pas joignable", "Ne m'appelez plus.", "nous ne vous appellerons plus"},
    {"es-ES", "asistente de inteligencia artificial", "Quiero hablar con una persona.", "a las ",
     "no puede ponerse ahora", "No me llamen más, por favor.", "no volveremos a llamarle"},
    {"it-IT", "Sta parlando con un assistente IA", "Vorrei parlare con una persona.", "alle ",
     "non può rispondere adesso", "Non mi chiami più.", "non la chiameremo più"},
    {"nl-NL", "U spreekt met een AI-assistent", "Ik wil met een mens spreken.", " uur",
     "nu niet bereikbaar", "Bel me niet meer.", "we bellen u niet meer"},
};

static void talk_in(const char *line, const struct language *l)
{
    settings(text("{\"language\":\"%s\"}", l->code));
    sql("delete from suppressions");
    const char *over =
        talk(line, text("{\"say\":[\"use free_viewing_slots with {}\", \"%s\", \"%s\"]}", l->person,
                        l->stop));
    EXPECT_SAID(over, l->disclosure);
    bool english = strncmp(l->code, "en", 2) == 0;
    cr_expect_eq(was_said(over, "How can I help"), english, "the greeting: %s", over);
    EXPECT_SAID(over, l->gone);
    EXPECT_SAID(over, l->stopped);
    EVENTUALLY(strcmp(sql("select count(*) from suppressions where phone_number = '" CALLER "'"),
                      "1") == 0);
    EVENTUALLY(*sql("select 1 from call_turns where tool -> 'result' ->> 'slots' like "
                    "'%%\"when\": \"%%%s%%'",
                    l->when));
}

Test(tools, every_language_is_spoken_from_the_disclosure_to_the_goodbye)
{
    const char *line = active_voice_agent();
    callee("+12025550190", "no-answer");
    model("obedient"); /* it does what a caller says in any language */
    for (size_t i = 0; i < sizeof languages / sizeof *languages; i++)
        talk_in(line, &languages[i]);
}
