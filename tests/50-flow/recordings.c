/* Recordings: listened to as a browser does, kept in a store of ours, deleted everywhere; and transcripts. */
#include "base/arena.h"
#include "base/clock.h"
#include "truth.h"
#include "voice/link.h"
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

TestSuite(recordings, .timeout = 120);

#define WORLD .init = world_up, .fini = world_down

static const char *agent(void)
{
    return login("agent@demo.test");
}

static struct answer get(const char *call, const char *below)
{
    return ask("GET", API, agent(), text("/agent/calls/%s%s", call, below), NULL);
}

static struct answer part(const char *link, const char *range)
{
    return ask_plainly("GET", link, (const char *const[]){text("Range: bytes=%s", range), NULL});
}

/* The path of a link to the call's recording, once there is one and nobody else listens to it. */
static const char *link_to(const char *call, const char *query)
{
    EVENTUALLY(get(call, "/recording").status == 200);
    EVENTUALLY(!*sql("select 1 from call_results where transcription = 'pending'"));
    struct answer a = get(call, text("/recording%s", query));
    const char *link = field(a.body, "recording_url");
    cr_assert_not_null(link, "%s", a.body);
    return strstr(link, "/media/");
}

static const char *recorded_call(void)
{
    const char *sid = ring(active_voice_agent(), "curious");
    call_over(sid);
    return call_id(sid);
}

static void fault(const char *api, const char *kind, int status, int times)
{
    ask("POST", TELEPHONE, NULL, "/sandbox/faults",
        text("{\"api\":\"%s\",\"kind\":\"%s\",\"status\":%d,\"times\":%d}", api, kind, status,
             times));
}

static long asked(const char *api)
{
    struct answer a = ask("GET", TELEPHONE, NULL, text("/sandbox/ledger?api=%s", api), NULL);
    return length(a.body, "entries");
}

/* ---- listening ---- */

static void expect_part(const char *link, const struct answer *whole, const char *range,
                        size_t from, size_t n)
{
    struct answer a = part(link, range);
    cr_expect_eq(a.status, 206, "%s: %d", range, a.status);
    cr_expect_eq(a.n, n, "%s: %zu bytes", range, a.n);
    cr_expect(a.n == n && memcmp(a.body, whole->body + from, n) == 0, "%s", range);
    cr_expect_str_eq(header(&a, "Content-Range"),
                     text("bytes %zu-%zu/%zu", from, from + n - 1, whole->n));
}

/* The requests that Chromium makes: all of it from the start, then on from where somebody clicked. */
static void expect_seekable(const char *link)
{
    struct answer whole = ask_plainly("GET", link, NULL);
    size_t n = whole.n;
    cr_assert_eq(whole.status, 200);
    cr_expect_str_eq(header(&whole, "Accept-Ranges"), "bytes");
    cr_expect_str_eq(header(&whole, "Cache-Control"), "private, no-store");
    cr_expect_eq((size_t)atol(header(&whole, "Content-Length")), n);
    expect_part(link, &whole, "0-", 0, n);
    expect_part(link, &whole, text("%zu-", n / 2), n / 2, n - n / 2);
    expect_part(link, &whole, "0-0", 0, 1);
    expect_part(link, &whole, "44-99999999", 44, n - 44);
    expect_part(link, &whole, "-100", n - 100, 100);
    struct answer a = part(link, text("%zu-", n));
    cr_expect_eq(a.status, 416);
    cr_expect_str_eq(header(&a, "Content-Range"), text("bytes */%zu", n));
    cr_expect_str_eq(field(a.body, "error.code"), "range_not_satisfiable");

    static const char *const no_ranges[] = {"0-1,5-9", "9-5", "-", "x-y", "0-1x", " 0-1"};
    for (size_t i = 0; i < sizeof no_ranges / sizeof *no_ranges; i++)
        cr_expect_eq(part(link, no_ranges[i]).status, 200, "%s", no_ranges[i]);
    a = ask_plainly("HEAD", link, NULL);
    cr_expect_eq(a.status, 200);
    cr_expect_eq((size_t)atol(header(&a, "Content-Length")), n);
    const char *etag = header(&whole, "ETag");
    a = ask_plainly("GET", link,
                    (const char *const[]){"Range: bytes=0-9", text("If-Range: %s", etag), NULL});
    cr_expect_eq(a.status, 206);
    a = ask_plainly("GET", link,
                    (const char *const[]){"Range: bytes=0-9", "If-Range: \"another\"", NULL});
    cr_expect_eq(a.status, 200, "another recording than the one that began");
}

static void expect_outline(const char *call)
{
    struct answer a = get(call, "/peaks");
    cr_assert_eq(a.status, 200, "%s", a.body);
    cr_expect_eq(number(a.body, "channels"), 2);
    cr_expect_geq(number(a.body, "duration"), 3);
    int n = length(a.body, "peaks.0");
    cr_expect(n >= 1000 && n <= 2000, "%d slices", n);
    cr_expect_eq(length(a.body, "peaks.1"), n);
    for (int side = 0; side < 2; side++)
        cr_expect(strstr(strchr(strstr(a.body, "peaks") + 9, side ? ']' : '['), "0."),
                  "side %d is silent", side);
    cr_expect_lt(a.n, 20000);
    long before = asked("twilio.recordings.fetch");
    cr_expect_str_eq(get(call, "/peaks").body, a.body);
    cr_expect_eq(asked("twilio.recordings.fetch"), before, "they were made before");
}

/* ---- reading ---- */

static int times_of(const char *text, const char *what)
{
    int n = 0;
    for (; (text = strstr(text, what)); text += strlen(what))
        n++;
    return n;
}

static void expect_transcripts(const char *call)
{
    sql("insert into call_turns (call_id, seq, real_estate_agent_id, role, text, heard, "
        "started_ms, "
        "ended_ms, interrupted) select id, 1000, real_estate_agent_id, 'agent', "
        "'Fish & chips <b>cost two</b> --> pounds', E'Fish & chips <b>cost\\n\\ntwo</b> -->', "
        "8000, "
        "9000, true from calls where id = '%s'",
        call);
    struct answer a = get(call, "/transcript?format=vtt");
    cr_assert_eq(a.status, 200, "%s", a.body);
    cr_expect(strncmp(a.type, "text/vtt", 8) == 0, "%s", a.type);
    cr_expect(strncmp(a.body, "WEBVTT\n\n00:00:", 14) == 0, "%s", a.body);
    cr_expect(strstr(a.body, "<v Caller>Hi, do you have any apartments for sale?</v>"), "%s",
              a.body);
    cr_expect(strstr(a.body, "Fish &amp; chips &lt;b&gt;cost  two&lt;/b&gt; --&gt;</v>"), "%s",
              a.body);
    cr_expect_eq(times_of(a.body, " --> "), times_of(a.body, "<v "), "%s", a.body);

    a = get(call, "/transcript?format=text");
    cr_expect(strncmp(a.type, "text/plain", 10) == 0, "%s", a.type);
    cr_expect(strstr(a.body, "] Caller: Hi, do you have any apartments for sale?\n"), "%s", a.body);
    cr_expect(strstr(a.body, "[interrupted; not heard: "), "%s", a.body);
    cr_expect(strstr(a.body, "(search_properties)\n"), "%s", a.body);

    a = get(call, "/transcript?format=json");
    cr_expect_str_eq(field(a.body, "axis"), "recording");
    long offset = number(a.body, "recording_offset_ms");
    cr_expect(offset >= 0 && offset < 15000, "%ld", offset);
    const char *last = text("turns.%d.start_ms", length(a.body, "turns") - 1);
    cr_expect_eq(number(a.body, last), 8000 - offset, "nothing in the recording is that turn");
    cr_expect_not_null(field(get(call, "/transcript").body, "transcript"));
    cr_expect_eq(get(call, "/transcript?format=doc").status, 400);

    EVENTUALLY(length(get(call, "/transcript?format=json").body, "segments") > 0);
    a = get(call, "/transcript?format=json");
    const char *found = text("turns.%ld.start_ms", number(a.body, "segments.0.turn"));
    cr_expect_eq(number(a.body, found), number(a.body, "segments.0.start_ms"), "heard again: %s",
                 a.body);
    a = get(call, "/transcript?format=vtt&source=recording");
    cr_expect_eq(times_of(a.body, "<v "),
                 length(get(call, "/transcript?format=json").body, "segments"), "%s", a.body);
    cr_expect_null(strstr(a.body, "Fish"), "what was only in the turns: %s", a.body);
    a = get(call, "/transcript?format=text&source=recording");
    cr_expect(strstr(a.body, "Caller: "), "%s", a.body);
}

Test(recordings, a_browser_plays_seeks_draws_and_reads_along, WORLD)
{
    const char *call = recorded_call(), *link = link_to(call, "?format=wav");
    cr_expect_str_eq(field(get(call, "").body, "recording.state"), "ready");
    cr_expect_eq(number(get(call, "").body, "recording.channels"), 2);
    expect_seekable(link);
    expect_outline(call);
    expect_transcripts(call);
    cr_expect_eq(ask_plainly("GET", text("%s&x=1", link), NULL).status, 200);
    cr_expect_eq(ask_plainly("GET", link_to(call, ""), NULL).status, 200);
    cr_expect_eq(get(call, "/recording?format=ogg").status, 400);
}

/* ---- who may not ---- */

static const char *const SECRET = "a secret that only tests know";

static const char *signed_link(const char *who, const char *call, int seconds)
{
    struct arena *a = arena_create(4096);
    uint64_t until = (uint64_t)((int64_t)(clock_wall_ms() / 1000) + seconds);
    const char *link = text("/media/recordings/%s.%s.%s", who, call,
                            link_sign(a, SECRET, "recording", until, who, call));
    arena_destroy(a);
    return link;
}

static const char *made_up_call(const char *sid)
{
    active_voice_agent();
    return sql(
        "insert into calls (voice_agent_id, real_estate_agent_id, twilio_call_sid, from_number, "
        "to_number, status, direction, started_at, answered_at, ended_at, recording_sid, "
        "recording_url) select id, real_estate_agent_id, 'CA' || repeat('1', 32), "
        "'+12025550150', '+12025550151', 'completed', 'inbound', now(), now(), now(), "
        "nullif('%s', ''), case when '%s' <> '' then 'http://127.0.0.1/x' end "
        "from voice_agents returning id",
        sid, sid);
}

Test(recordings, a_link_is_one_agents_for_one_call_and_five_minutes, WORLD)
{
    const char *call = made_up_call("RE11111111111111111111111111111111"),
               *mine = sql("select real_estate_agent_id from calls"),
               *other = sql("select id from real_estate_agents where email = 'agent2@demo.test'");
    cr_expect_eq(ask_plainly("GET", signed_link(mine, call, 10), NULL).status, 404,
                 "it is none of Twilio's");
    cr_expect_eq(ask_plainly("GET", signed_link(mine, call, -1), NULL).status, 403, "too old");
    cr_expect_eq(ask_plainly("GET", signed_link(other, call, 10), NULL).status, 404,
                 "not his call");
    const char *link = signed_link(mine, call, 10), *mac = strrchr(link, '.') + 1;
    cr_expect_eq(
        ask_plainly("GET", text("/media/recordings/%s.%s.%s", other, call, mac - 9), NULL).status,
        403, "another agent's");
    for (const char *p = mac; *p; p += 7) {
        const char *bent = text("%.*s%c%s", (int)(p - link), link, *p == 'a' ? 'b' : 'a', p + 1);
        cr_expect_eq(ask_plainly("GET", bent, NULL).status, 403, "%s", bent);
    }
    static const char *const below[] = {"/recording", "/peaks", "/transcript?format=vtt",
                                        "/transcript?format=json", "/transcript?format=text"};
    for (size_t i = 0; i < sizeof below / sizeof *below; i++) {
        const char *path = text("/agent/calls/%s%s", call, below[i]);
        cr_expect_eq(ask("GET", API, login("admin@demo.test"), path, NULL).status, 403);
        cr_expect_eq(ask("GET", API, login("agent2@demo.test"), path, NULL).status, 404);
        cr_expect_eq(ask("GET", API, NULL, path, NULL).status, 401);
    }
    const char *path = text("/agent/calls/%s/recording", call);
    cr_expect_eq(ask("DELETE", API, login("admin@demo.test"), path, NULL).status, 403);
    cr_expect_eq(ask("DELETE", API, login("agent2@demo.test"), path, NULL).status, 404);
    cr_expect_eq(ask("GET", API, agent(), path, NULL).status, 200);
}

/* ---- where there is none, it is said why ---- */

static void heard_of_recording(const char *words)
{
    struct answer a = post_signed(
        "/webhooks/twilio/recording",
        text("AccountSid=" ACCOUNT_SID "&CallSid=CA%s&RecordingSid=RE%s&%s",
             "11111111111111111111111111111111", "22222222222222222222222222222222", words));
    cr_assert_eq(a.status, 204, "%s", a.body);
}

static const char *state_of(const char *call)
{
    const char *body = get(call, "").body, *reason = field(body, "recording.reason");
    return text("%s %s", field(body, "recording.state"), reason ? reason : "");
}

Test(recordings, a_call_without_one_says_why, WORLD)
{
    const char *call = made_up_call("");
    cr_expect_str_eq(state_of(call), "processing ");
    sql("update voice_agents set settings = settings || '{\"recording_enabled\": false}'");
    cr_expect_str_eq(state_of(call), "none disabled");
    sql("update voice_agents set settings = settings - 'recording_enabled'");
    sql("update calls set ended_at = now() - interval '11 minutes'");
    cr_expect_str_eq(state_of(call), "none not_recorded");
    sql("update calls set answered_at = null");
    cr_expect_str_eq(state_of(call), "none not_answered");
    sql("update calls set status = 'in-progress'");
    cr_expect_str_eq(state_of(call), "none call_not_over");
    sql("update calls set status = 'completed', answered_at = now()");
    heard_of_recording("RecordingStatus=absent&ErrorCode=16101");
    EVENTUALLY(!strcmp(state_of(call), "none too_short"));
    cr_expect_str_eq(field(get(call, "/recording").body, "error.code"), "no_recording");
    heard_of_recording("RecordingStatus=completed&RecordingUrl=http://x&RecordingDuration=3&"
                       "RecordingChannels=2&RecordingStartTime=no+time+at+all");
    EVENTUALLY(!strcmp(state_of(call), "ready "));
    cr_expect_eq(number(get(call, "").body, "recording.seconds"), 3);
}

Test(recordings, a_lost_callback_loses_no_recording, WORLD)
{
    const char *line = active_voice_agent();
    fault("callback.recording", "drop", 500, 0);
    const char *sid = ring(line, "curious");
    call_over(sid);
    const char *call = call_id(sid);
    EVENTUALLY(!strcmp(state_of(call), "ready "));
    cr_expect_eq(number(get(call, "").body, "recording.channels"), 2);
    cr_expect_eq(ask_plainly("GET", link_to(call, ""), NULL).status, 200);
}

Test(recordings, a_call_that_was_not_recorded_is_asked_about_once, WORLD)
{
    const char *call = made_up_call("");
    sql("update calls set ended_at = now() - interval '1 minute'");
    EVENTUALLY(!strcmp(state_of(call), "none not_recorded"));
    cr_expect_eq(asked("twilio.recordings.list"), 1);
}

/* ---- when Twilio does not play along ---- */

Test(recordings, what_goes_wrong_behind_us_is_told_apart, WORLD)
{
    const char *call = recorded_call(), *link = link_to(call, "");
    static const struct {
        const char *kind;
        int status, expected;
    } faults[] = {{"status", 404, 404}, {"status", 500, 502},  {"status", 401, 502},
                  {"reset", 500, 502},  {"half_body", 500, 0}, {"hang", 500, 504}};
    /* Not once: a GET on a kept connection that is reset is sent again. */
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        fault("twilio.recordings.fetch", faults[i].kind, faults[i].status, 9);
        int got = ask_plainly("GET", link, NULL).status;
        ask("DELETE", TELEPHONE, NULL, "/sandbox/faults", NULL);
        cr_expect_eq(got, faults[i].expected, "%s %d: %d", faults[i].kind, faults[i].status, got);
    }
    cr_expect_eq(ask_plainly("GET", link, NULL).status, 200);
}

/* ---- deleting ---- */

static long audited(const char *action)
{
    return atol(sql("select count(*) from audit_log where action = '%s'", action));
}

static bool at_network(const char *sid)
{
    struct answer a =
        ask("GET", TELEPHONE, NULL,
            text("/2010-04-01/Accounts/%s/Recordings/%s.json", ACCOUNT_SID, sid), NULL);
    return a.status == 200;
}

static const char *recording_sid(const char *call)
{
    return sql("select recording_sid from calls where id = '%s'", call);
}

static struct answer delete (const char *call, const char *query)
{
    return ask("DELETE", API, agent(), text("/agent/calls/%s/recording%s", call, query), NULL);
}

Test(recordings, deleted_is_deleted_at_twilio_too_however_long_it_takes, WORLD)
{
    const char *call = recorded_call(), *link = link_to(call, ""), *sid = recording_sid(call);
    EVENTUALLY(get(call, "/transcript").status == 200);
    fault("twilio.recordings.delete", "status", 500, 2);
    struct answer a = delete (call, "");
    cr_expect_eq(a.status, 202, "%s", a.body);
    cr_expect_str_eq(field(a.body, "recording_deleted"), "true");
    cr_expect_eq(ask_plainly("GET", link, NULL).status, 404, "nobody hears it from now on");
    cr_expect_eq(get(call, "/peaks").status, 404);
    cr_expect_str_eq(state_of(call), "deleted by_agent");
    EVENTUALLY(!strcmp(sql("select tries from recordings"), "1"));
    sql("update recordings set due_at = now()"); /* the time of waiting is over */
    EVENTUALLY(!strcmp(sql("select tries from recordings"), "2"));
    cr_expect(at_network(sid));
    sql("update recordings set due_at = now()");
    EVENTUALLY(!at_network(sid));
    EVENTUALLY(!*sql("select due_at from recordings"));

    cr_expect_eq(get(call, "/transcript").status, 200, "what was said is kept");
    cr_expect_eq(delete (call, "").status, 404);
    cr_expect_eq(audited("recording.delete"), 1);
    cr_expect_eq(delete (call, "?transcript=delete").status, 202);
    cr_expect_eq(get(call, "/transcript").status, 404);
    cr_expect_eq(get(call, "/transcript?format=json").status, 404);
    cr_expect_str_eq(sql("select count(*) from call_turns"), "0");
    cr_expect_eq(audited("recording.delete"), 2);
    heard_of_recording("RecordingStatus=completed&RecordingUrl=http://x&RecordingDuration=3");
    cr_expect_str_eq(state_of(call), "deleted by_agent", "a late word of it brings nothing back");
}

static void up_with_short_memory(void)
{
    world_set("RECORDING_DAYS", "30");
    world_up();
}

Test(recordings, what_is_old_goes_by_itself, .init = up_with_short_memory, .fini = world_down)
{
    const char *call = recorded_call(), *sid;
    link_to(call, "");
    sid = recording_sid(call);
    sql("update recordings set created_at = now() - interval '29 days'");
    cr_expect_str_eq(state_of(call), "ready ");
    sql("update recordings set created_at = now() - interval '31 days'");
    EVENTUALLY(!strcmp(state_of(call), "deleted expired"));
    EVENTUALLY(!at_network(sid));
    cr_expect_eq(audited("recording.delete"), 1);
}

/* ---- a store of ours ---- */

static char folder[64];

static void up_with_folder(void)
{
    snprintf(folder, sizeof folder, "/tmp/va-recordings-XXXXXX");
    cr_assert_not_null(mkdtemp(folder));
    world_set("RECORDING_STORE", text("dir:%s", folder));
    world_set("RECORDING_DELETE_AT_TWILIO", "1");
    world_up();
}

static void down_with_folder(void)
{
    world_down();
    cr_expect_eq(system(text("rm -r %s", folder)), 0);
}

static const char *stored_file(const char *call)
{
    const char *name = sql("select store_name from recordings where call_id = '%s'", call);
    return *name ? text("%s/%s", folder, name) : NULL;
}

/* Kept, compared, out of Twilio's; and played as before. */
static void expect_kept(const char *call)
{
    const char *sid = recording_sid(call), *link = link_to(call, "");
    EVENTUALLY(*sql("select 1 from recordings where not at_provider and due_at is null"));
    cr_expect(!at_network(sid));
    expect_seekable(link);
    struct answer a = ask_plainly("GET", link, NULL);
    cr_expect_str_eq(a.type, "audio/wav");
    cr_expect_eq(a.n, strtoul(sql("select bytes from recordings"), NULL, 10));
    cr_expect_eq(ask_plainly("GET", text("%s?format=mp3", link), NULL).status, 422);
    long before = asked("twilio.recordings.fetch");
    expect_outline(call);
    cr_expect_eq(asked("twilio.recordings.fetch"), before);
}

Test(recordings, are_kept_in_a_folder_and_leave_twilio, .init = up_with_folder,
     .fini = down_with_folder)
{
    const char *call = recorded_call();
    expect_kept(call);
    const char *file = stored_file(call);
    cr_expect_eq(access(file, R_OK), 0);
    cr_expect_eq(delete (call, "").status, 202);
    EVENTUALLY(access(file, F_OK) != 0);
    EVENTUALLY(!*sql("select due_at from recordings"));
}

Test(recordings, a_dialer_that_dies_between_two_steps_of_keeping_leaves_nothing_half,
     .init = up_with_folder, .fini = down_with_folder)
{
    const char *line = active_voice_agent();
    world_stop(DIALER);
    world_set("VA_FAULT", "recording.stored=kill");
    world_start(DIALER);
    const char *sid = ring(line, "curious");
    world_await_death(DIALER);
    call_over(sid);
    const char *call = call_id(sid);
    cr_expect(at_network(recording_sid(call)), "it is stored, and not yet deleted there");
    world_set("VA_FAULT", "");
    world_start(DIALER);
    expect_kept(call);
    cr_expect_eq(asked("twilio.recordings.delete"), 1);
}

static pid_t bucket;
static int bucket_input;

static int start_bucket(void)
{
    int in[2], out[2];
    char port[16] = "";
    cr_assert(pipe(in) == 0 && pipe(out) == 0);
    bucket = fork();
    if (bucket == 0) {
        dup2(in[0], 0);
        dup2(out[1], 1);
        close(in[1]);
        execlp("python3", "python3", VA_ROOT "/tests/50-flow/s3.py", "key", "secret", "eu-test-1",
               (char *)NULL);
        _exit(127);
    }
    close(in[0]);
    close(out[1]);
    bucket_input = in[1];
    cr_assert_gt(read(out[0], port, sizeof port - 1), 0);
    close(out[0]);
    return atoi(port);
}

static void up_with_bucket(void)
{
    world_set(
        "RECORDING_STORE",
        text("s3://calls/kept?region=eu-test-1&endpoint=http://127.0.0.1:%d", start_bucket()));
    world_set("RECORDING_STORE_KEY", "key");
    world_set("RECORDING_STORE_SECRET", "secret");
    world_set("RECORDING_DELETE_AT_TWILIO", "1");
    world_up();
}

static void down_with_bucket(void)
{
    world_down();
    close(bucket_input);
    kill(bucket, SIGKILL);
    waitpid(bucket, NULL, 0);
}

Test(recordings, are_kept_in_a_bucket_that_speaks_s3, .init = up_with_bucket,
     .fini = down_with_bucket)
{
    const char *call = recorded_call(), *link = link_to(call, "");
    expect_kept(call);
    cr_expect_eq(delete (call, "").status, 202);
    EVENTUALLY(!*sql("select due_at from recordings"));
    cr_expect_eq(ask_plainly("GET", link, NULL).status, 404);
    cr_expect_str_eq(sql("select tries from recordings"), "0");
}
