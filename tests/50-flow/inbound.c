/* From the wish for a voice agent to the figures of the first calls. */
#include "truth.h"
#include <criterion/criterion.h>
#include <string.h>

TestSuite(inbound, .init = world_up, .fini = world_down, .timeout = 90);

/* The number as the network knows it. */
static const char *wiring(const char *number)
{
    struct answer a = ask("GET", TELEPHONE, NULL,
                          text("/2010-04-01/Accounts/%s/IncomingPhoneNumbers.json?PhoneNumber=%s",
                               ACCOUNT_SID, escaped(number)),
                          NULL);
    cr_assert_eq(length(a.body, "incoming_phone_numbers"), 1, "%d %s", a.status, a.body);
    return text("%s %s %s", field(a.body, "incoming_phone_numbers.0.voice_url"),
                field(a.body, "incoming_phone_numbers.0.voice_fallback_url"),
                field(a.body, "incoming_phone_numbers.0.status_callback"));
}

static const char *expected_wiring(void)
{
    return text("%s %s %s", url_of(HOOKS, "/webhooks/twilio/voice"),
                url_of(HOOKS, "/webhooks/twilio/fallback"),
                url_of(HOOKS, "/webhooks/twilio/status"));
}

static long network_count(const char *api)
{
    struct answer a = ask("GET", TELEPHONE, NULL, text("/sandbox/ledger?api=%s", api), NULL);
    return length(a.body, "entries");
}

Test(inbound, an_approved_agent_gets_a_number_that_is_bought_and_wired)
{
    const char *agent = login("agent@demo.test");
    cr_expect_eq(ask("GET", API, agent, "/agent/voice-agent", NULL).status, 404);
    const char *number = active_voice_agent();
    cr_expect_str_eq(wiring(number), expected_wiring());
    cr_expect_eq(network_count("twilio.numbers.buy"), 1);

    struct answer a = ask("GET", API, agent, "/agent/voice-agent", NULL);
    cr_expect_eq(a.status, 200, "%s", a.body);
    cr_expect_str_eq(field(a.body, "phone_number"), number);
    cr_expect_str_eq(field(a.body, "status"), "active");
    a = ask("GET", API, agent, "/agent/voice-agent/status", NULL);
    cr_expect_str_eq(field(a.body, "status"), "approved");
    a = ask("POST", API, agent, "/agent/voice-agent/request", "{}");
    cr_expect_eq(a.status, 409, "a second request: %d %s", a.status, a.body);
}

Test(inbound, the_pool_is_used_before_anything_is_bought)
{
    struct answer a =
        ask("POST", TELEPHONE, NULL, "/sandbox/numbers", "{\"phone_number\":\"+12025550142\"}");
    cr_assert_eq(a.status, 201, "%s", a.body);
    a = ask("POST", API, login("admin@demo.test"), "/admin/phone-numbers",
            "{\"phone_number\":\"+12025550142\"}");
    cr_assert_eq(a.status, 201, "%s", a.body);
    cr_expect_str_eq(active_voice_agent(), "+12025550142");
    cr_expect_str_eq(wiring("+12025550142"), expected_wiring());
    cr_expect_eq(network_count("twilio.numbers.buy"), 0);
}

/* ---- a conversation ---- */

static const char *path_of_link(const char *link)
{
    const char *origin = url_of(API, "");
    cr_assert(strncmp(link, origin, strlen(origin)) == 0, "%s", link);
    return link + strlen(origin);
}

static void expect_recording(const char *call)
{
    const char *agent = login("agent@demo.test"), *path = text("/agent/calls/%s/recording", call);
    EVENTUALLY(ask("GET", API, agent, path, NULL).status == 200);
    struct answer a = ask("GET", API, agent, path, NULL);
    const char *link = path_of_link(field(a.body, "recording_url"));
    struct answer sound = ask("GET", API, NULL, link, NULL);
    cr_expect_eq(sound.status, 200);
    cr_expect(strncmp(sound.type, "audio/", 6) == 0, "type %s", sound.type);
    cr_expect(sound.n > 10000 && memcmp(sound.body, "RIFF", 4) == 0, "%zu bytes", sound.n);

    cr_expect_eq(ask("GET", API, login("agent2@demo.test"), path, NULL).status, 404);
    cr_expect_eq(ask("GET", API, login("admin@demo.test"), path, NULL).status, 403);
    cr_expect_eq(ask("GET", API, NULL, text("%.*sx", (int)strlen(link) - 1, link), NULL).status,
                 403);
    EVENTUALLY(
        *sql("select 1 from audit_log where action = 'recording.read' and object_id = '%s'", call));
}

static void expect_listed(const char *sid, const char *call)
{
    struct answer a = ask("GET", API, login("agent@demo.test"),
                          "/agent/calls?page=1&page_size=20&status=completed", NULL);
    cr_expect_eq(number(a.body, "total"), 1, "%s", a.body);
    cr_expect_str_eq(field(a.body, "items.0.id"), call);
    cr_expect_str_eq(field(a.body, "items.0.twilio_call_sid"), sid);
    cr_expect_str_eq(field(a.body, "items.0.direction"), "inbound");
    cr_expect_eq(number(a.body, "items.0.duration_seconds"), number(call_over(sid), "duration"));
}

Test(inbound, a_caller_rings_talks_and_all_of_it_is_on_record)
{
    const char *sid = ring(active_voice_agent(), "buyer"), *over = call_over(sid),
               *call = call_id(sid);
    cr_expect_str_eq(field(over, "status"), "completed", "%s", over);
    cr_expect_eq(bad_documents(over), 0, "%s", over);
    cr_expect_geq(lines_of(over, "caller"), 3, "%s", over);
    cr_expect_eq(lines_of(over, "network"), 0, "%s", over);
    cr_expect(strstr(field(over, "transcript.0.text"), "AI assistant"), "%s", over);
    cr_expect(strstr(field(over, "transcript.0.text"), "recorded"), "%s", over);
    expect_true_call(sid);
    expect_true_transcript(sid);
    expect_listed(sid, call);
    expect_recording(call);
    expect_true_statistics();

    const char *path = text("/agent/calls/%s/transcript", call), *agent = login("agent@demo.test");
    EVENTUALLY(ask("GET", API, agent, path, NULL).status == 200);
    const char *transcript = field(ask("GET", API, agent, path, NULL).body, "transcript");
    cr_expect(strstr(transcript, "three-bedroom house"), "%s", transcript);
}

/* Two callers at once: their conversations do not mix. */
Test(inbound, calls_at_the_same_time_stay_apart)
{
    const char *line = active_voice_agent(),
               *sids[] = {ring(line, "buyer"), ring(line, "curious"), ring(line, "mumbler")};
    for (size_t i = 0; i < 3; i++) {
        expect_true_call(sids[i]);
        expect_true_transcript(sids[i]);
    }
    expect_true_statistics();
}

static const char *first_document(const char *line, const char *sid)
{
    struct answer a = post_signed("/webhooks/twilio/voice",
                                  text("AccountSid=" ACCOUNT_SID
                                       "&CallSid=%s&CallStatus=ringing&Direction=inbound&"
                                       "From=%%2B14155550177&To=%s",
                                       sid, escaped(line)));
    cr_assert_eq(a.status, 200, "%s", a.body);
    cr_assert(strncmp(a.type, "text/xml", 8) == 0, "%s", a.type);
    return a.body;
}

Test(inbound, the_disclosure_is_heard_before_the_recording_starts)
{
    const char *twiml = first_document(active_voice_agent(), "CA00000000000000000000000000000001");
    const char *spoken = strstr(twiml, "<Response><Play>"),
               *recording = strstr(twiml, "<Start><Recording");
    const char *further =
        strstr(twiml, "<Gather") ? strstr(twiml, "<Gather") : strstr(twiml, "<Redirect");
    cr_assert(spoken && recording && further, "%s", twiml);
    cr_expect(spoken < recording, "%s", twiml);
    cr_expect(recording < further, "the disclosure could be talked over: %s", twiml);
}

/* ---- callers who are no customers ---- */

Test(inbound, a_number_that_is_nobodys_is_rejected)
{
    active_voice_agent();
    ask("POST", TELEPHONE, NULL, "/sandbox/numbers",
        text("{\"phone_number\":\"+12025550143\",\"voice_url\":\"%s\"}",
             url_of(HOOKS, "/webhooks/twilio/voice")));
    const char *over = call_over(ring("+12025550143", "buyer"));
    cr_expect_str_eq(field(over, "status"), "no-answer", "%s", over);
    cr_expect_eq(lines_of(over, "caller") + lines_of(over, "agent"), 0, "%s", over);
    cr_expect_eq(bad_documents(over), 0, "%s", over);
    cr_expect_str_eq(sql("select count(*) from calls"), "0");
}

Test(inbound, a_caller_of_an_inactive_agent_hears_a_polite_sentence)
{
    const char *line = active_voice_agent();
    struct answer a = ask("POST", API, login("agent@demo.test"), "/agent/voice-agent/toggle-status",
                          "{\"status\":\"inactive\"}");
    cr_assert_eq(a.status, 200, "%s", a.body);
    const char *sid = ring(line, "buyer"), *over = call_over(sid);
    cr_expect_str_eq(field(over, "status"), "completed", "%s", over);
    cr_expect_geq(lines_of(over, "agent"), 1, "%s", over);
    cr_expect_eq(lines_of(over, "network") + bad_documents(over), 0, "%s", over);
    expect_true_call(sid);
}

Test(inbound, a_caller_hangs_up_in_mid_turn)
{
    const char *sid = ring(active_voice_agent(), "hangs-up-mid-turn");
    expect_true_call(sid);
    cr_expect_eq(bad_documents(call_over(sid)), 0, "%s", call_over(sid));
    cr_expect_str_eq(sql("select text from call_turns where role = 'caller' order by seq limit 1"),
                     "Do you have a house with three bedrooms?");
    expect_true_statistics();
}

Test(inbound, silence_is_asked_about_and_then_ends_the_call_politely)
{
    const char *sid = ring(active_voice_agent(), "silent"), *over = call_over(sid);
    cr_expect_str_eq(field(over, "status"), "completed", "%s", over);
    cr_expect_geq(lines_of(over, "agent"), 4, "greeting, twice asked, goodbye: %s", over);
    cr_expect_eq(lines_of(over, "network") + bad_documents(over), 0, "%s", over);
    expect_true_call(sid);
}
