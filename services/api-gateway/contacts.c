/* An agent's contacts: the people there are to call, and the consent to do so. */
#include "api.h"
#include "import.h"
#include "messages.h"
#include "numbers.h"
#include "routes.h"
#include "sql.h"
#include <string.h>

enum err contacts_list(struct req *r)
{
    struct form q;
    struct page page;
    const char *text;
    struct rows *contacts;
    TRY(req_query(r, &q));
    TRY(api_page(r, &q, &page));
    TRY(api_text(r, &q, "q", &text));
    TRY(await_db(&r->scope, &SQL_contacts_list, &contacts, api_who(r)->id, page.number, page.size,
                 text));
    return api_reply(r, 200, row(contacts, 0, "body"));
}

enum err contacts_get(struct req *r)
{
    const char *id;
    struct rows *contact;
    TRY(api_id(r, "contact_id", &id));
    TRY(await_db(&r->scope, &SQL_contact_get, &contact, api_who(r)->id, id));
    if (!contact->n)
        return api_missing(r, "contact");
    return api_reply(r, 200, row(contact, 0, "body"));
}

/* ---- writing ---- */

static enum err unknown_zone(struct scope *s)
{
    return fail(s, ERR_UNPROCESSABLE, "unknown_timezone", "timezone",
                "is not a time zone such as America/New_York");
}

/* The statement's own word for it is "already exists". */
static enum err stored(struct req *r, enum err e)
{
    if (e != ERR_CONFLICT)
        return e;
    r->scope.fault = (struct fault){0};
    return fail(&r->scope, ERR_CONFLICT, "duplicate_contact", "phone_number",
                "belongs to a contact already");
}

/* The statements read the body as it came, but for its number: decoding is its check. */
enum err contacts_add(struct req *r)
{
    struct contact_add in;
    const char *country, *number;
    struct rows *contact;
    TRY(contact_add_decode(&r->scope, r->body, r->body_n, &in));
    TRY(api_not_blank(&r->scope, "name", in.name));
    TRY(await_country(r, &country));
    TRY(number_to_call(&r->scope, "phone_number", in.phone_number, country, &number));
    TRY(stored(r, await_db(&r->scope, &SQL_contact_add, &contact, api_who(r)->id, r->body, number,
                           r->client)));
    if (!row(contact, 0, "body"))
        return unknown_zone(&r->scope);
    return api_reply(r, 201, row(contact, 0, "body"));
}

enum err contacts_update(struct req *r)
{
    struct contact_update in;
    const char *id, *country, *number = NULL;
    struct rows *contact;
    TRY(api_id(r, "contact_id", &id));
    TRY(contact_update_decode(&r->scope, r->body, r->body_n, &in));
    TRY(api_not_blank(&r->scope, "name", in.name));
    if (in.phone_number) {
        TRY(await_country(r, &country));
        TRY(number_to_call(&r->scope, "phone_number", in.phone_number, country, &number));
    }
    TRY(stored(r, await_db(&r->scope, &SQL_contact_update, &contact, api_who(r)->id, id, r->body,
                           number, r->client)));
    if (!contact->n)
        return api_missing(r, "contact");
    if (!row(contact, 0, "body"))
        return unknown_zone(&r->scope);
    return api_reply(r, 200, row(contact, 0, "body"));
}

enum err contacts_delete(struct req *r)
{
    const char *id;
    struct rows *gone;
    TRY(api_id(r, "contact_id", &id));
    TRY(await_db(&r->scope, &SQL_contact_delete, &gone, api_who(r)->id, id, r->client));
    if (!gone->n)
        return api_missing(r, "contact");
    return api_reply(r, 200, row(gone, 0, "body"));
}

/* ---- import ---- */

struct basis { /* what the rows are checked against */
    const char *country;
    const struct rows *zones; /* sorted */
};

static bool known_zone(const struct rows *zones, const char *name)
{
    for (int low = 0, high = zones->n; low < high;) {
        int middle = (low + high) / 2, order = strcmp(name, row(zones, middle, "name"));
        if (!order)
            return true;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return false;
}

static enum err check_row(struct scope *s, const void *basis, struct js *j)
{
    const struct basis *b = basis;
    struct contact_add in;
    const char *number;
    TRY(contact_add_decode(s, js_dump(s, j), 0, &in));
    TRY(number_to_call(s, "phone_number", in.phone_number, b->country, &number));
    if (in.timezone && !known_zone(b->zones, in.timezone))
        return unknown_zone(s);
    js_set_text(j, "phone_number", number);
    return OK;
}

static const struct import_column COLUMNS[] = {
    {"name", IMPORT_TEXT, "name full_name contact contact_name", true},
    {"phone_number", IMPORT_TEXT,
     "phone_number phone mobile mobile_phone cell number telephone tel phone_1_value", true},
    {"email", IMPORT_TEXT, "email e_mail email_address e_mail_address mail e_mail_1_value"},
    {"timezone", IMPORT_TEXT, "timezone time_zone tz"},
    {"notes", IMPORT_TEXT, "notes note comment comments remarks"},
    {"consent", IMPORT_YES_NO, "consent consented may_call opt_in"},
    {0},
};

enum err contacts_import(struct req *r)
{
    static const struct import import = {COLUMNS, check_row, &SQL_contacts_import};
    struct basis basis;
    struct rows *zones;
    TRY(await_country(r, &basis.country));
    TRY(await_db_params(&r->scope, &SQL_timezones_list, &zones, 0, NULL));
    basis.zones = zones;
    return await_import(r, &import, &basis);
}
