#include "voice/phone.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

TestSuite(phone, .timeout = 10);

/* What phone_read() and then phone_may_call() make of it: the number, or the fault's code. */
static const char *verdict(const char *text, const char *country)
{
    static char out[64];
    char e164[PHONE_TEXT];
    struct scope s;
    scope_init(&s, 1000);
    enum err e = phone_read(&s, "to", text, country, e164);
    if (!e)
        e = phone_may_call(&s, "to", e164);
    snprintf(out, sizeof out, "%s", e ? s.fault.code : e164);
    cr_expect(!e || (e == ERR_UNPROCESSABLE && !strcmp(s.fault.field, "to") && s.fault.message[0]),
              "%s", text);
    cr_expect(!e || strlen(text) < 3 || !strstr(s.fault.message, text), "%s is quoted", text);
    scope_fini(&s);
    return out;
}

struct row {
    const char *text, *country, *expected;
};

#define BAD    "bad_number"
#define BARRED "number_not_allowed"

static void check(const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const char *got = verdict(rows[i].text, rows[i].country);
        cr_expect(!strcmp(got, rows[i].expected), "%s in %s is %s, not %s", rows[i].text,
                  rows[i].country ? rows[i].country : "E.164", got, rows[i].expected);
    }
}

#define CHECK_ROWS(rows) check(rows, sizeof(rows) / sizeof *(rows))

Test(phone, e164_is_taken_as_it_is)
{
    static const struct row rows[] = {
        {"+14155550123", NULL, "+14155550123"},     {"+442079460018", NULL, "+442079460018"},
        {"+4915112345678", NULL, "+4915112345678"}, {"+33612345678", NULL, "+33612345678"},
        {"+390612345678", NULL, "+390612345678"},   {"+34612345678", NULL, "+34612345678"},
        {"+18765550123", NULL, "+18765550123"},     {"+61412345678", NULL, "+61412345678"},
        {"+81312345678", NULL, "+81312345678"},     {"+6421123456", NULL, "+6421123456"},
        {"+18005550199", NULL, "+18005550199"},     {"+43123456", NULL, "+43123456"},
    };
    CHECK_ROWS(rows);
}

Test(phone, B52_anything_but_e164_is_refused_where_no_country_is_given)
{
    static const struct row rows[] = {
        {"", NULL, BAD},
        {"+", NULL, BAD},
        {"14155550123", NULL, BAD},
        {"4155550123", NULL, BAD},
        {"0014155550123", NULL, BAD},
        {"+1 415 555 0123", NULL, BAD},
        {"+1-415-555-0123", NULL, BAD},
        {"+1415555CALL", NULL, BAD},
        {"+1415555012a", NULL, BAD},
        {"+123", NULL, BAD},
        {"+1234567890123456", NULL, BAD},
        {"+01234567890", NULL, BAD},
        {"+0", NULL, BAD},
        {"+441", NULL, BAD},
        {"+999999999999999999999999999999999999999999", NULL, BAD},
        {"+\xef\xbc\x91\xef\xbc\x94\xef\xbc\x91\xef\xbc\x95", NULL, BAD},
        {"+1415555012\xef\xbc\x93", NULL, BAD},
        {"++14155550123", NULL, BAD},
        {"+1415+5550123", NULL, BAD},
        {" +14155550123", NULL, BAD},
        {"+14155550123 ", NULL, BAD},
        {"+14155550123\n", NULL, BAD},
        {"+14155550123;ext=1", NULL, BAD},
        {"tel:+14155550123", NULL, BAD},
        {"anonymous", NULL, BAD},
        {"client:joe", NULL, BAD},
        {"+1415555012", NULL, BAD},
        {"+141555501234", NULL, BAD},
        {"+10155550123", NULL, BAD},
        {"+14150550123", NULL, BAD},
        {"+4402079460018", NULL, BAD},
        {"+3361234567", NULL, BAD},
        {"+336123456789", NULL, BAD},
        {"+49030123456", NULL, BAD},
        {"+1;DROP", NULL, BAD},
    };
    CHECK_ROWS(rows);
}

Test(phone, what_people_write_becomes_e164)
{
    static const struct row rows[] = {
        {"(415) 555-0123", "US", "+14155550123"},
        {"415.555.0123", "US", "+14155550123"},
        {"1-415-555-0123", "US", "+14155550123"},
        {"4155550123", "CA", "+14155550123"},
        {"+1 (415) 555-0123", "DE", "+14155550123"},
        {"00 1 415 555 0123", "DE", "+14155550123"},
        {"020 7946 0018", "GB", "+442079460018"},
        {"07700 900123", "GB", "+447700900123"},
        {"+44 (0)20 7946 0018", "US", "+442079460018"},
        {"0044 (0) 20 7946 0018", "DE", "+442079460018"},
        {"0800 1111 11", "GB", "+44800111111"},
        {"030 1234567", "DE", "+49301234567"},
        {"0151 12345678", "DE", "+4915112345678"},
        {"089 123456", "DE", "+4989123456"},
        {"06 12 34 56 78", "FR", "+33612345678"},
        {"01.23.45.67.89", "FR", "+33123456789"},
        {"06-12345678", "NL", "+31612345678"},
        {"020 1234567", "NL", "+31201234567"},
        {"612 345 678", "ES", "+34612345678"},
        {"912 345 678", "ES", "+34912345678"},
        {"06 1234 5678", "IT", "+390612345678"},
        {"333 123 4567", "IT", "+393331234567"},
        {"01 5123456", "AT", "+4315123456"},
        {"0664 1234567", "AT", "+436641234567"},
        {"044 123 45 67", "CH", "+41441234567"},
        {"079 123 45 67", "CH", "+41791234567"},
        {"(02) 5550 1234", "AU", "+61255501234"},
        {"0491 570 156", "AU", "+61491570156"},
    };
    CHECK_ROWS(rows);
}

Test(phone, what_is_no_number_in_that_country_is_refused)
{
    static const struct row rows[] = {
        {"555-0123", "US", BAD},
        {"415 555 012", "US", BAD},
        {"415 555 01234", "US", BAD},
        {"0415 555 0123", "US", BAD},
        {"115 555 0123", "US", BAD},
        {"415 155 0123", "US", BAD},
        {"7946 0018", "GB", BAD},
        {"20 7946 0018", "GB", BAD},
        {"020 7946 00189", "GB", BAD},
        {"612345678", "FR", BAD},
        {"06 12 34 56 7", "FR", BAD},
        {"1234567", "DE", BAD},
        {"0", "DE", BAD},
        {"00", "DE", BAD},
        {"000000000", "DE", BAD},
        {"+39 (0)6 1234 5678 9012", "IT", BAD},
        {"030/1234567", "DE", BAD},
        {"030 1234567 ext 5", "DE", BAD},
        {"1-800-FLOWERS", "US", BAD},
        {"415 555\t0123", "US", BAD},
        {"415\xc2\xa0"
         "555 0123",
         "US", BAD},
        {"-", "US", BAD},
        {"090 1234 5678", "JP", BAD},
        {"(", "US", BAD},
        {"+", "US", BAD},
    };
    CHECK_ROWS(rows);
}

Test(phone, an_italian_zero_is_never_dropped)
{
    cr_expect_str_eq(verdict("+39 (0)6 1234 5678", "US"), "+390612345678");
}

Test(phone, B53_emergency_and_service_numbers_are_not_called)
{
    static const struct row rows[] = {
        {"911", NULL, BARRED},          {"112", NULL, BARRED},
        {"999", "GB", BARRED},          {"000", "AU", BARRED},
        {"110", "DE", BARRED},          {"911", "US", BARRED},
        {"9-1-1", "US", BARRED},        {"411", "US", BARRED},
        {"211", "US", BARRED},          {"811", "CA", BARRED},
        {"988", "US", BARRED},          {"+911", NULL, BARRED},
        {"+1911", NULL, BARRED},        {"+44999", NULL, BARRED},
        {"+49112", NULL, BARRED},       {"0049 110", "DE", BARRED},
        {"+3315", NULL, BARRED},        {"+61000", NULL, BARRED},
        {"+19115550123", NULL, BARRED}, {"+14159115550", NULL, BARRED},
        {"+14114155550", NULL, BARRED},
    };
    CHECK_ROWS(rows);
}

Test(phone, B53_premium_and_satellite_numbers_are_not_called)
{
    static const struct row rows[] = {
        {"+19005550123", NULL, BARRED},  {"900 555 0123", "US", BARRED},
        {"+14159765550", NULL, BARRED},  {"+19765550123", NULL, BARRED},
        {"+881612345678", NULL, BARRED}, {"+88216123456", NULL, BARRED},
        {"+883510012345", NULL, BARRED}, {"+870773123456", NULL, BARRED},
        {"+979123456789", NULL, BARRED}, {"+449012345678", NULL, BARRED},
        {"0906 123 4567", "GB", BARRED}, {"070 1234 5678", "GB", BARRED},
        {"0845 123 4567", "GB", BARRED}, {"0871 123 4567", "GB", BARRED},
        {"0900 1234567", "DE", BARRED},  {"0137 1234567", "DE", BARRED},
        {"0180 5123456", "DE", BARRED},  {"0899 12 34 56", "FR", BARRED},
        {"0825 12 34 56", "FR", BARRED}, {"0836 65 12 34", "FR", BARRED},
        {"0900 12345", "NL", BAD},       {"0906 123 456", "NL", BARRED},
        {"803 123 456", "ES", BARRED},   {"905 123 456", "ES", BARRED},
        {"899 123456", "IT", BARRED},    {"848 123456", "IT", BARRED},
        {"0930 123456", "AT", BARRED},   {"0900 123456", "AT", BARRED},
        {"0900 123 456", "CH", BARRED},  {"0848 123 456", "CH", BARRED},
        {"+61190123456", NULL, BARRED},
    };
    CHECK_ROWS(rows);
}

Test(phone, neighbours_of_barred_prefixes_may_be_called)
{
    static const struct row rows[] = {
        {"+18765550123", NULL, "+18765550123"},   {"0118 496 0123", "GB", "+441184960123"},
        {"0808 157 0192", "GB", "+448081570192"}, {"0182 123456", "NL", "+31182123456"},
        {"0800 123456", "DE", "+49800123456"},    {"0805 12 34 56", "FR", "+33805123456"},
        {"900 123 456", "ES", "+34900123456"},    {"800 123456", "IT", "+39800123456"},
        {"0912 345678", "DE", "+49912345678"},    {"+14155559765", NULL, "+14155559765"},
        {"+14155550911", NULL, "+14155550911"},
    };
    CHECK_ROWS(rows);
}

Test(phone, the_country_is_the_longest_prefix_that_is_known)
{
    static const char *const rows[][2] = {
        {"+12125550123", "US"},
        {"+19075550123", "US"},
        {"+18085550123", "US"},
        {"+18005550123", "US"},
        {"+14165550123", "CA"},
        {"+16045550123", "CA"},
        {"+18675550123", "CA"},
        {"+15145550123", "CA"},
        {"+18765550123", "JM"},
        {"+16585550123", "JM"},
        {"+18095550123", "DO"},
        {"+12425550123", "BS"},
        {"+17875550123", "PR"},
        {"+16715550123", "GU"},
        {"+14415550123", "BM"},
        {"+442079460018", "GB"},
        {"+441481123456", "GG"},
        {"+441534123456", "JE"},
        {"+447624123456", "IM"},
        {"+390612345678", "IT"},
        {"+390669812345", "VA"},
        {"+4930123456", "DE"},
        {"+33612345678", "FR"},
        {"+31612345678", "NL"},
        {"+34612345678", "ES"},
        {"+43123456", "AT"},
        {"+41441234567", "CH"},
        {"+61412345678", "AU"},
        {"+61891621234", "CC"},
        {"+12225550123", ""},
        {"+15005550006", ""},
        {"+81312345678", ""},
        {"", ""},
        {"+", ""},
        {"+1", ""},
        {"anonymous", ""},
        {"14155550123", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        cr_expect_str_eq(phone_country(rows[i][0]), rows[i][1], "%s", rows[i][0]);
}

static const char *zones_of(const char *e164)
{
    static char out[300];
    out[0] = 0;
    for (const char *const *z = phone_zones(e164); z && *z; z++)
        snprintf(out + strlen(out), sizeof out - strlen(out), "%s%s", *out ? " " : "", *z);
    return out;
}

Test(phone, zones_are_all_the_owner_may_be_in)
{
    static const char *const rows[][2] = {
        {"+12125550123", "America/New_York"},
        {"+14155550123", "America/Los_Angeles"},
        {"+16025550123", "America/Phoenix"},
        {"+18505550123", "America/New_York America/Chicago"},
        {"+12085550123", "America/Denver America/Los_Angeles"},
        {"+17015550123", "America/Chicago America/Denver"},
        {"+19075550123", "America/Anchorage America/Adak"},
        {"+18085550123", "Pacific/Honolulu"},
        {"+17095550123", "America/St_Johns America/Halifax"},
        {"+442079460018", "Europe/London"},
        {"+34922123456", "Atlantic/Canary"},
        {"+34912345678", "Europe/Madrid"},
        {"+34612345678", "Europe/Madrid Atlantic/Canary"},
        {"+61255501234", "Australia/Sydney Australia/Lord_Howe"},
        {"+61891234567", "Australia/Perth Australia/Eucla"},
        {"+61889991234", "Australia/Darwin"},
        {"+81312345678", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        cr_expect_str_eq(zones_of(rows[i][0]), rows[i][1], "%s", rows[i][0]);
    cr_expect_null(phone_zones("+81312345678"));
}

Test(phone, the_area_table_is_sorted_and_its_zones_exist)
{
    static const struct {
        const char *prefix, *country, *zone;
    } rows[] = {
#define AREA(prefix, country, zone, ...) {prefix, country, zone},
#include "voice/tbl/area.h"
#undef AREA
    };
    bool have = access("/usr/share/zoneinfo/Europe/London", R_OK) == 0;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char path[100];
        snprintf(path, sizeof path, "/usr/share/zoneinfo/%s", rows[i].zone);
        cr_expect(!have || access(path, R_OK) == 0, "%s", path);
        cr_expect(i == 0 || strcmp(rows[i - 1].prefix, rows[i].prefix) < 0, "%s", rows[i].prefix);
        cr_expect_eq(strlen(rows[i].country), 2);
    }
}

Test(phone, knows_the_countries_it_can_read)
{
    cr_expect(phone_knows_country("US"));
    cr_expect(phone_knows_country("AU"));
    cr_expect_not(phone_knows_country("JP"));
    cr_expect_not(phone_knows_country("us"));
    cr_expect_not(phone_knows_country(""));
}

Test(phone, reads_a_list_of_countries)
{
    static const char *const wrong[] = {"", "us", "US,", ",US", "US, CA", "USA", "US,C"};
    char array[PHONE_COUNTRIES_TEXT], many[PHONE_COUNTRIES_TEXT + 2];
    cr_expect(phone_countries("US", array));
    cr_expect_str_eq(array, "{US}");
    cr_expect(phone_countries("US,CA,GB", array));
    cr_expect_str_eq(array, "{US,CA,GB}");
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        cr_expect_not(phone_countries(wrong[i], array), "%s", wrong[i]);
    for (size_t i = 0; i < sizeof many; i++)
        many[i] = "US,"[i % 3];
    many[sizeof many / 3 * 3 - 1] = 0;
    cr_expect_not(phone_countries(many, array), "longer than the room");
}
