/* The people an agent may call: kept one by one or imported, and what is on record about calling them. */
#include "base/buf.h"
#include "world.h"
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

TestSuite(contacts, .init = world_up, .fini = world_down, .timeout = 90);

#define DEMO(n) "0193a000-0000-7000-8000-00000000010" #n

static const char *agent, *other;

static void sign_in(void)
{
    agent = login("agent@demo.test");
    other = login("agent2@demo.test");
}

static void refused(struct answer a, int status, const char *code, const char *where)
{
    const char *at = field(a.body, "error.field");
    cr_expect_eq(a.status, status, "%s", a.body);
    cr_expect_str_eq(field(a.body, "error.code"), code, "%s", a.body);
    cr_expect_str_eq(at ? at : "", where, "%s", a.body);
}

static struct answer add(const char *body)
{
    return ask("POST", API, agent, "/agent/contacts", body);
}

/* A file as it is sent: text/csv, and a header more if there is one. */
static struct answer import(const char *query, const char *csv, const char *more)
{
    const char *headers[] = {"Content-Type: text/csv; charset=utf-8",
                             text("Authorization: Bearer %s", agent), more, NULL};
    return post_form(API, text("/agent/contacts/import%s", query), csv, headers);
}

static const char *consent_of(const char *number)
{
    return sql("select string_agg(kind || ' ' || source, ', ' order by id) from consents "
               "where phone_number = '%s'",
               number);
}

static const char *audited(const char *action)
{
    return sql("select count(*) from audit_log where action = '%s' and actor_kind = 'agent' and "
               "address = '127.0.0.1'",
               action);
}

Test(contacts, are_kept_found_changed_and_deleted_by_their_agent_alone)
{
    sign_in();
    struct answer a =
        add("{\"name\":\" Gina Ruiz \",\"phone_number\":\"(202) 555-0111\",\"email\":\"gina@"
            "example.com\",\"timezone\":\"Europe/Paris\",\"notes\":\"two\\nlines\"}");
    cr_assert_eq(a.status, 201, "%s", a.body);
    cr_expect_str_eq(field(a.body, "name"), "Gina Ruiz");
    cr_expect_str_eq(field(a.body, "phone_number"), "+12025550111",
                     "read as a number of the agent's country");
    cr_expect_str_eq(field(a.body, "timezone"), "Europe/Paris");
    cr_expect_str_eq(field(a.body, "notes"), "two\nlines");
    const char *path = text("/agent/contacts/%s", field(a.body, "id"));

    static const char *const searches[] = {"gina", "RUIZ", "gina%40exam", "(202)%20555-0111",
                                           "5550111"};
    for (size_t i = 0; i < sizeof searches / sizeof *searches; i++) {
        a = ask("GET", API, agent, text("/agent/contacts?q=%s", searches[i]), NULL);
        cr_expect_eq(number(a.body, "total"), 1, "%s: %s", searches[i], a.body);
    }
    a = ask("GET", API, agent, "/agent/contacts?page=2&page_size=3", NULL);
    cr_expect_eq(length(a.body, "items"), 3);
    cr_expect_eq(number(a.body, "total"), 7);
    cr_expect_eq(number(a.body, "page"), 2);
    cr_expect_str_eq(field(a.body, "items.0.name"), "Dana Whitfield", "by name");

    a = ask("PATCH", API, agent, path, "{\"email\":null,\"phone_number\":\"202.555.0112\"}");
    cr_assert_eq(a.status, 200, "%s", a.body);
    cr_expect_str_eq(field(a.body, "phone_number"), "+12025550112");
    cr_expect_null(field(a.body, "email"));
    cr_expect_str_eq(field(a.body, "name"), "Gina Ruiz", "what is absent stays");

    cr_expect_eq(number(ask("GET", API, other, "/agent/contacts", NULL).body, "total"), 0);
    static const char *const methods[] = {"GET", "PATCH", "DELETE"};
    for (size_t i = 0; i < 3; i++) {
        const char *body = i == 1 ? "{\"name\":\"Mine\"}" : NULL;
        struct answer foreign = ask(methods[i], API, other, path, body);
        struct answer missing = ask(methods[i], API, other, "/agent/contacts/nothing", body);
        cr_expect_eq(foreign.status, 404, "%s", foreign.body);
        cr_expect_str_eq(foreign.body, missing.body, "foreign and missing look alike");
        cr_expect_eq(ask(methods[i], API, login("admin@demo.test"), path, body).status, 403);
    }
    cr_expect_eq(ask("DELETE", API, agent, path, NULL).status, 200);
    cr_expect_eq(ask("GET", API, agent, path, NULL).status, 404);
    cr_expect_str_eq(audited("contact.add"), "1");
    cr_expect_str_eq(audited("contact.update"), "1");
    cr_expect_str_eq(audited("contact.delete"), "1");
}

Test(contacts, what_cannot_be_kept_is_refused_by_the_name_of_its_field)
{
    sign_in();
    static const struct {
        const char *body, *code, *where;
        int status;
    } bad[] = {
        {"{\"phone_number\":\"+12025550111\"}", "invalid_request", "name", 400},
        {"{\"name\":\"  \",\"phone_number\":\"+12025550111\"}", "unprocessable", "name", 422},
        {"{\"name\":\"a\\u202eb\",\"phone_number\":\"+12025550111\"}", "unprocessable", "name",
         422},
        {"{\"name\":\"A\",\"phone_number\":\"555\"}", "bad_number", "phone_number", 422},
        {"{\"name\":\"A\",\"phone_number\":\"911\"}", "number_not_allowed", "phone_number", 422},
        {"{\"name\":\"A\",\"phone_number\":\"+19005550111\"}", "number_not_allowed", "phone_number",
         422},
        {"{\"name\":\"A\",\"phone_number\":\"+12025550101\"}", "duplicate_contact", "phone_number",
         409},
        {"{\"name\":\"A\",\"phone_number\":\"+12025550111\",\"email\":\"a b@c\"}", "unprocessable",
         "email", 422},
        {"{\"name\":\"A\",\"phone_number\":\"+12025550111\",\"timezone\":\"Mars/Base\"}",
         "unknown_timezone", "timezone", 422},
        {"{\"name\":\"A\",\"phone_number\":\"+12025550111\",\"consent\":\"no\"}", "unprocessable",
         "consent", 422},
        {"{\"name\":\"A\",\"phone_number\":\"+12025550111\",\"id\":\"x\"}", "invalid_request", "id",
         400},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        refused(add(bad[i].body), bad[i].status, bad[i].code, bad[i].where);
    cr_expect_str_eq(sql("select count(*) from contacts"), "6");
    cr_expect_str_eq(sql("select count(*) from consents"), "0");
    cr_expect_str_eq(audited("contact.add"), "0");

    const char *second = "/agent/contacts/" DEMO(2);
    refused(ask("PATCH", API, agent, second, "{\"phone_number\":\"+12025550101\"}"), 409,
            "duplicate_contact", "phone_number");
    refused(ask("PATCH", API, agent, second, "{\"timezone\":\"Mars\"}"), 422, "unknown_timezone",
            "timezone");
    refused(ask("PATCH", API, agent, second, "{\"name\":null}"), 422, "unprocessable", "name");
    cr_expect_str_eq(sql("select name || phone_number from contacts where id = '" DEMO(2) "'"),
                     "Ben Castellano+12025550102");
}

static struct answer call(const char *contact)
{
    return ask("POST", API, agent, "/agent/calls/initiate",
               text("{\"contact_id\":\"%s\"}", contact));
}

Test(contacts, a_refusal_denies_calls_until_the_agent_says_otherwise_and_silence_never_does)
{
    active_voice_agent();
    sign_in();
    struct answer a = add("{\"name\":\"Noa\",\"phone_number\":\"+12025550113\",\"consent\":false,"
                          "\"timezone\":\"UTC\"}");
    cr_assert_eq(a.status, 201, "%s", a.body);
    cr_expect_str_eq(field(a.body, "consent"), "refused");
    const char *id = field(a.body, "id"), *path = text("/agent/contacts/%s", id);
    sql("update contacts set timezone = (select timezone from contacts where id = '" DEMO(
            1) "') where id = '%s'",
        id);
    refused(call(id), 409, "no_consent", "");

    cr_expect_eq(ask("DELETE", API, agent, path, NULL).status, 200);
    a = add("{\"name\":\"Noa\",\"phone_number\":\"+12025550113\"}");
    cr_expect_str_eq(field(a.body, "consent"), "refused",
                     "keeping the number again attests nothing");
    a = import("", "name,phone\nNoa,+12025550113\n", NULL);
    cr_expect_str_eq(consent_of("+12025550113"), "refused contact");

    id = field(add("{\"name\":\"Olu\",\"phone_number\":\"+12025550114\"}").body, "id");
    cr_expect_str_eq(consent_of("+12025550114"), "attested contact");
    cr_expect_str_eq(sql("select count(*) from consents where by_account = real_estate_agent_id"),
                     "2");
    path = text("/agent/contacts/%s", id);
    ask("PATCH", API, agent, path, "{\"notes\":\"says no\",\"consent\":false}");
    a = ask("PATCH", API, agent, path, "{\"notes\":\"called back\"}");
    cr_expect_str_eq(field(a.body, "consent"), "refused");
    a = ask("PATCH", API, agent, path, "{\"consent\":true}");
    cr_expect_str_eq(field(a.body, "consent"), "attested");
    cr_expect_str_eq(consent_of("+12025550114"),
                     "attested contact, refused contact, attested contact");

    sql("insert into consents (real_estate_agent_id, phone_number, kind, source) select "
        "real_estate_agent_id, "
        "phone_number, 'written', 'contact' from contacts where id = '%s'",
        id);
    a = ask("PATCH", API, agent, path, "{\"consent\":true}");
    cr_expect_str_eq(field(a.body, "consent"), "written", "attesting does not make it less");
}

Test(contacts, deleting_one_keeps_what_was_said_and_agreed)
{
    active_voice_agent();
    sign_in();
    struct answer a = call(DEMO(1));
    cr_assert_eq(a.status, 201, "%s", a.body);
    const char *id = field(a.body, "call_id");
    EVENTUALLY(!strcmp(sql("select status from calls where id = '%s'", id), "completed"));
    cr_expect_eq(ask("DELETE", API, agent, "/agent/contacts/" DEMO(1), NULL).status, 200);
    a = ask("GET", API, agent, text("/agent/calls/%s", id), NULL);
    cr_assert_eq(a.status, 200, "%s", a.body);
    cr_expect_null(field(a.body, "contact_id"));
    cr_expect_str_eq(field(a.body, "to_number"), "+12025550101");
    cr_expect_str_eq(consent_of("+12025550101"), "attested dial");
    cr_expect_neq(atoi(sql("select count(*) from call_turns where call_id = '%s'", id)), 0);
}

Test(contacts, a_number_on_the_do_not_call_list_is_not_called_until_it_is_lifted)
{
    active_voice_agent();
    sign_in();
    static const char path[] = "/agent/suppressions";
    struct answer a = ask("POST", API, agent, path,
                          "{\"phone_number\":\"(202) 555-0101\",\"reason\":\"by mail\"}");
    cr_assert_eq(a.status, 201, "%s", a.body);
    const char *id = field(a.body, "id"), *lift = text("%s/%s", path, id);
    cr_expect_str_eq(field(a.body, "source"), "agent");
    a = ask("POST", API, agent, path, "{\"phone_number\":\"+12025550101\"}");
    cr_expect_eq(a.status, 200, "it is there already");
    cr_expect_str_eq(field(a.body, "id"), id);
    refused(call(DEMO(1)), 409, "do_not_call", "");
    a = ask("GET", API, agent, "/agent/contacts/" DEMO(1), NULL);
    cr_expect_str_eq(field(a.body, "do_not_call"), "true");

    cr_expect_eq(ask("DELETE", API, other, lift, NULL).status, 404);
    cr_expect_eq(number(ask("GET", API, other, path, NULL).body, "total"), 0);
    a = ask("DELETE", API, agent, lift, NULL);
    cr_expect_not_null(field(a.body, "lifted_at"), "%s", a.body);
    struct answer again = ask("DELETE", API, agent, lift, NULL);
    cr_expect_str_eq(field(again.body, "lifted_at"), field(a.body, "lifted_at"));
    cr_expect_str_eq(audited("suppression.lift"), "1");
    cr_expect_eq(number(ask("GET", API, agent, path, NULL).body, "total"), 0);
    cr_expect_eq(
        number(ask("GET", API, agent, "/agent/suppressions?status=all&q=0101", NULL).body, "total"),
        1);
    cr_expect_eq(call(DEMO(1)).status, 201);

    sql("insert into suppressions (phone_number, source) values ('+12025550102', 'admin')");
    a = ask("GET", API, agent, path, NULL);
    cr_expect_str_eq(field(a.body, "items.0.for"), "everybody");
    cr_expect_eq(
        ask("DELETE", API, agent, text("%s/%s", path, field(a.body, "items.0.id")), NULL).status,
        404, "that one is not the agent's to lift");
}

Test(contacts, are_imported_as_spreadsheets_write_them)
{
    sign_in();
    static const char file[] =
        "\xef\xbb\xbf"
        "E-Mail;Mobile Phone;Full Name;Time Zone;Consent;Shoe size\r\n"
        "jan@example.com;(202) 555-0121;\"M\xc3\xbcller; Jan\";Europe/Berlin;yes;44\r\n"
        "\r\n"
        ";202.555.0121;Jan again;;;\r\n"
        ";+12025550101;Alice is known;;no;\r\n"
        ";0012025550122;Kim;;no;\r\n"
        ";+12025550123;Lee;;;\r\n"
        ";+1 202 555 0123;Lee says no;;No;\r\n";
    struct answer a = import("?dry_run=1", file, NULL);
    cr_assert_eq(a.status, 200, "%s", a.body);
    cr_expect_eq(number(a.body, "importable"), 3);
    cr_expect_eq(number(a.body, "imported"), 0);
    cr_expect_str_eq(sql("select count(*) from contacts"), "6");

    a = import("", file, "Idempotency-Key: file-1");
    struct answer again = import("", file, "Idempotency-Key: file-1");
    cr_assert_eq(a.status, 200, "%s", a.body);
    cr_expect_str_eq(a.body, again.body);
    cr_expect_eq(number(a.body, "rows"), 6);
    cr_expect_eq(number(a.body, "imported"), 3, "%s", a.body);
    cr_expect_eq(number(a.body, "duplicates"), 3);
    cr_expect_eq(length(a.body, "errors"), 0);
    cr_expect_str_eq(
        sql("select name || ' ' || email || ' ' || timezone from contacts where phone_number = "
            "'+12025550121'"),
        "M\xc3\xbcller; Jan jan@example.com Europe/Berlin");
    cr_expect_str_eq(consent_of("+12025550121"), "attested import");
    cr_expect_str_eq(consent_of("+12025550122"), "refused import");
    cr_expect_str_eq(consent_of("+12025550101"), "refused import",
                     "a no counts for whom we know already");
    cr_expect_str_eq(consent_of("+12025550123"), "refused import", "and once is enough");
    cr_expect_str_eq(audited("contact.import"), "1");
    cr_expect_eq(number(import("", file, NULL).body, "imported"), 0,
                 "a second time brings nothing new");
}

Test(contacts, one_bad_row_stops_an_import_unless_told_to_skip_it)
{
    sign_in();
    static const char file[] = "name,phone,timezone,email\n"
                               "Ann,+12025550131,Mars/Base,\n"
                               ",+12025550132,,\n"
                               "Bob,+12025550133,UTC,bob@example.com\n"
                               "Cy,911,,\n"
                               "Di,+12025550134,,nowhere\n";
    static const char *const fields[] = {"timezone", "name", "phone_number", "email"};
    static const char *const rows[] = {"2", "3", "5", "6"};
    struct answer a = import("", file, "Idempotency-Key: file-2");
    refused(a, 422, "import_errors", "");
    cr_expect_eq(number(a.body, "errors_total"), 4);
    for (int i = 0; i < 4; i++) {
        cr_expect_str_eq(field(a.body, text("errors.%d.field", i)), fields[i], "%s", a.body);
        cr_expect_str_eq(field(a.body, text("errors.%d.row", i)), rows[i]);
        cr_expect_not_null(field(a.body, text("errors.%d.code", i)));
        cr_expect_not_null(field(a.body, text("errors.%d.message", i)));
    }
    cr_expect_str_eq(sql("select count(*) from contacts"), "6");
    cr_expect_str_eq(audited("contact.import"), "0");
    a = import("?skip_errors=1", file, "Idempotency-Key: file-2");
    cr_expect_eq(a.status, 200, "the key of what was refused is free: %s", a.body);
    cr_expect_eq(number(a.body, "imported"), 1);
    cr_expect_str_eq(sql("select name from contacts where phone_number = '+12025550133'"), "Bob");

    refused(import("", "nme,phone\nAnn,+12025550131\n", NULL), 422, "missing_column", "name");
    refused(import("", "name,phone\n\"Ann,+12025550131\n", NULL), 400, "bad_csv", "");
    refused(import("", "name,phone\nAnn\xe9,+12025550131\n", NULL), 400, "bad_csv", "");
    refused(import("?skip_errors=yes", file, NULL), 400, "invalid_request", "skip_errors");
    refused(ask("POST", API, agent, "/agent/contacts/import", "{}"), 415, "unsupported_media_type",
            "");
}

/* A file larger than a request's arena, with a key: everything about it is bounded, nothing is held up. */
Test(contacts, a_large_file_is_imported_at_once_and_one_too_large_is_refused)
{
    sign_in();
    struct buf file = BUF(8u << 20);
    buf_puts(&file, "name,phone,notes\n");
    for (int i = 0; i < 4000; i++)
        buf_printf(&file, "Person %d,+1202%d,\"%0300d\"\n", i, 2000000 + i, i);
    struct answer a = import("", file.p, "Idempotency-Key: large");
    cr_assert_eq(a.status, 200, "%s", a.body);
    cr_expect_eq(number(a.body, "imported"), 4000, "%s", a.body);
    cr_expect_str_eq(import("", file.p, "Idempotency-Key: large").body, a.body);
    cr_expect_str_eq(sql("select count(*) from contacts"), "4006");
    cr_expect_str_eq(
        sql("select count(*) from consents where kind = 'attested' and source = 'import'"), "4000");

    for (int i = 4000; i < 10001; i++)
        buf_puts(&file, "x,1\n");
    refused(import("", file.p, NULL), 413, "too_many_rows", "");
    buf_reset(&file);
    buf_puts(&file, "name,phone\n");
    for (int i = 0; i < 10000; i++)
        buf_puts(&file, "x,1\n");
    a = import("", file.p, NULL);
    cr_expect_eq(number(a.body, "errors_total"), 10000);
    cr_expect_eq(length(a.body, "errors"), 500);
    char *huge = malloc((4u << 20) + 2);
    memset(huge, 'x', (4u << 20) + 1);
    huge[(4u << 20) + 1] = 0;
    refused(import("", huge, NULL), 413, "too_big", "");
    free(huge);
    buf_free(&file);
}
