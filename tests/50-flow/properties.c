/* What an agent sells, and who comes to see it when. */
#include "world.h"
#include <criterion/criterion.h>
#include <string.h>

TestSuite(properties, .init = world_up, .fini = world_down, .timeout = 90);

#define HOUSE "0193a000-0000-7000-8000-000000000201"
#define ALICE "0193a000-0000-7000-8000-000000000101"

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

static const char *audited(const char *action)
{
    return sql("select count(*) from audit_log where action = '%s' and actor_kind = 'agent' and "
               "address = '127.0.0.1'",
               action);
}

static struct answer add(const char *body)
{
    return ask("POST", API, agent, "/agent/properties", body);
}

Test(properties, are_kept_found_changed_and_deleted_by_their_agent_alone)
{
    sign_in();
    struct answer a = add(
        "{\"address\":\" 1 New Road \",\"city\":\"Bonn\",\"price\":1234567.89,\"currency\":\"EUR\","
        "\"type\":\"villa\",\"bedrooms\":5,\"description\":\"with a view\"}");
    cr_assert_eq(a.status, 201, "%s", a.body);
    cr_expect_str_eq(field(a.body, "address"), "1 New Road");
    cr_expect_str_eq(field(a.body, "status"), "available");
    cr_expect_not_null(strstr(a.body, "1234567.89"), "to the cent: %s", a.body);
    const char *path = text("/agent/properties/%s", field(a.body, "id"));

    a = ask("GET", API, agent, "/agent/properties?q=BONN", NULL);
    cr_expect_eq(number(a.body, "total"), 1);
    a = ask("GET", API, agent, "/agent/properties?status=under%20offer&page_size=5", NULL);
    cr_expect_str_eq(field(a.body, "items.0.address"), "6 Station Square, Apt 9");
    cr_expect_eq(number(a.body, "total"), 1);
    a = ask("PATCH", API, agent, path, "{\"status\":\"sold\",\"bedrooms\":null}");
    cr_assert_eq(a.status, 200, "%s", a.body);
    cr_expect_str_eq(field(a.body, "status"), "sold");
    cr_expect_null(field(a.body, "bedrooms"));
    cr_expect_str_eq(field(a.body, "type"), "villa", "what is absent stays");

    refused(add("{\"address\":\"x\"}"), 400, "invalid_request", "price");
    refused(add("{\"address\":\" \",\"price\":1}"), 422, "unprocessable", "address");
    refused(add("{\"address\":\"x\",\"price\":-1}"), 422, "unprocessable", "price");
    refused(add("{\"address\":\"x\",\"price\":\"1\"}"), 422, "unprocessable", "price");
    refused(add("{\"address\":\"x\",\"price\":1,\"status\":\"gone\"}"), 422, "unprocessable",
            "status");
    refused(add("{\"address\":\"x\",\"price\":1,\"bedrooms\":1.5}"), 422, "unprocessable",
            "bedrooms");
    refused(add("{\"address\":\"x\",\"price\":1,\"id\":\"x\"}"), 400, "invalid_request", "id");

    static const char *const methods[] = {"GET", "PATCH", "DELETE"};
    for (size_t i = 0; i < 3; i++) {
        const char *body = i == 1 ? "{\"price\":1}" : NULL;
        struct answer foreign = ask(methods[i], API, other, path, body);
        cr_expect_eq(foreign.status, 404, "%s", foreign.body);
        cr_expect_str_eq(foreign.body,
                         ask(methods[i], API, other, "/agent/properties/nothing", body).body);
    }
    cr_expect_eq(ask("DELETE", API, agent, path, NULL).status, 200);
    cr_expect_eq(ask("DELETE", API, agent, path, NULL).status, 404);
    cr_expect_str_eq(audited("property.add"), "1");
    cr_expect_str_eq(audited("property.update"), "1");
    cr_expect_str_eq(audited("property.delete"), "1");
}

static struct answer import(const char *query, const char *csv)
{
    const char *headers[] = {"Content-Type: text/csv", text("Authorization: Bearer %s", agent),
                             NULL};
    return post_form(API, text("/agent/properties/import%s", query), csv, headers);
}

Test(properties, are_imported_once_by_address_and_city)
{
    sign_in();
    static const char good[] = "Street Address,City,Asking Price,Beds,Type,Status\n"
                               "5 Elm Way,Bonn,\"1,250,000.50\",3,House,Under Offer\n"
                               "5 ELM WAY,bonn,1,,,\n"
                               "14 Maple Avenue,Washington,1,,,\n"
                               "14 Maple Avenue,Boston,900000,,,\n";
    struct answer a = import("", good);
    cr_assert_eq(a.status, 200, "%s", a.body);
    cr_expect_eq(number(a.body, "imported"), 2, "%s", a.body);
    cr_expect_eq(number(a.body, "duplicates"), 2);
    cr_expect_str_eq(
        sql("select concat_ws(' ', price, bedrooms, type, status) from properties where address = "
            "'5 Elm Way'"),
        "1250000.50 3 house under offer");
    a = import("", "address,price,beds\n7 Elm Way,12x,1\n8 Elm Way,\"1,00\",1\n9 Elm Way,5,2.5\n10 "
                   "Elm Way,5,2\n");
    refused(a, 422, "import_errors", "");
    cr_expect_eq(number(a.body, "errors_total"), 3);
    cr_expect_str_eq(field(a.body, "errors.0.field"), "price");
    cr_expect_str_eq(field(a.body, "errors.1.field"), "price", "a comma is for thousands");
    cr_expect_str_eq(field(a.body, "errors.2.field"), "bedrooms");
    cr_expect_str_eq(sql("select count(*) from properties where address like '%%Elm%%'"), "1");
    cr_expect_str_eq(audited("property.import"), "1");
}

/* A time in some days, in the agent's own zone. */
static const char *in_three_days(const char *local)
{
    return sql(
        "select iso(((now() at time zone timezone)::date + 3 + time '%s') at time zone timezone) "
        "from real_estate_agents where email = 'agent@demo.test'",
        local);
}

static struct answer book(const char *property, const char *starts_at, const char *more)
{
    return ask("POST", API, agent, "/agent/viewings",
               text("{\"property_id\":\"%s\",\"starts_at\":\"%s\"%s}", property, starts_at, more));
}

Test(properties, viewings_never_overlap_and_keep_the_agents_hours)
{
    sign_in();
    struct answer a = book(HOUSE, in_three_days("10:00"), ",\"contact_id\":\"" ALICE "\"");
    cr_assert_eq(a.status, 201, "%s", a.body);
    cr_expect_str_eq(field(a.body, "visitor_name"), "Alice Moreau");
    cr_expect_str_eq(field(a.body, "visitor_number"), "+12025550101");
    cr_expect_str_eq(field(a.body, "ends_at"), in_three_days("11:00"));
    cr_expect_str_eq(field(a.body, "local_start") + strlen("2026-11-22"), "T10:00");
    const char *first = text("/agent/viewings/%s", field(a.body, "id"));

    refused(book(HOUSE, in_three_days("10:59"), ""), 409, "viewing_conflict", "starts_at");
    refused(book(HOUSE, in_three_days("09:01"), ""), 409, "viewing_conflict", "starts_at");
    refused(book(HOUSE, in_three_days("08:59"), ""), 422, "outside_hours", "starts_at");
    refused(book(HOUSE, in_three_days("17:01"), ""), 422, "outside_hours", "starts_at");
    refused(book(HOUSE, "2020-06-01T15:00:00Z", ""), 422, "viewing_in_the_past", "starts_at");
    refused(book(HOUSE, "2020-06-01", ""), 422, "unprocessable", "starts_at");
    refused(book("nothing", in_three_days("12:00"), ""), 404, "not_found", "property_id");
    refused(book(HOUSE, in_three_days("12:00"), ",\"contact_id\":\"nobody\""), 404, "not_found",
            "contact_id");
    refused(book(HOUSE, in_three_days("12:00"), ",\"visitor_number\":\"12ab\""), 422, "bad_number",
            "visitor_number");
    a = book(HOUSE, in_three_days("11:00"),
             ",\"visitor_name\":\"Zoe\",\"visitor_number\":\"202-555-0144\"");
    cr_assert_eq(a.status, 201, "back to back is no conflict: %s", a.body);
    cr_expect_str_eq(field(a.body, "visitor_number"), "+12025550144");
    const char *second = text("/agent/viewings/%s", field(a.body, "id"));

    refused(
        ask("PATCH", API, agent, second, text("{\"starts_at\":\"%s\"}", in_three_days("10:30"))),
        409, "viewing_conflict", "starts_at");
    a = ask("PATCH", API, agent, second,
            text("{\"starts_at\":\"%s\",\"visitor_name\":\"Zoe K.\"}", in_three_days("11:30")));
    cr_expect_eq(a.status, 200, "a viewing does not stand in its own way: %s", a.body);
    cr_expect_str_eq(field(a.body, "ends_at"), in_three_days("12:30"));

    a = ask("GET", API, agent, text("/agent/viewings?from=%s", in_three_days("11:10")), NULL);
    cr_expect_eq(number(a.body, "total"), 1, "%s", a.body);
    cr_expect_str_eq(field(a.body, "items.0.visitor_name"), "Zoe K.");
    cr_expect_eq(number(ask("GET", API, other, "/agent/viewings", NULL).body, "total"), 0);
    cr_expect_eq(ask("GET", API, other, first, NULL).status, 404);
    cr_expect_eq(ask("DELETE", API, other, first, NULL).status, 404);

    refused(ask("DELETE", API, agent, "/agent/properties/" HOUSE, NULL), 409, "has_viewings", "");
    a = ask("DELETE", API, agent, first, NULL);
    cr_expect_str_eq(field(a.body, "status"), "cancelled", "%s", a.body);
    cr_expect_eq(ask("DELETE", API, agent, first, NULL).status, 200);
    refused(ask("PATCH", API, agent, first, "{\"visitor_name\":\"x\"}"), 409, "viewing_cancelled",
            "");
    cr_expect_eq(book(HOUSE, in_three_days("10:00"), "").status, 201, "the time is free again");
    cr_expect_str_eq(audited("viewing.add"), "3");
    cr_expect_str_eq(audited("viewing.update"), "1");
    cr_expect_str_eq(audited("viewing.cancel"), "1");
}
