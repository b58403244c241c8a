/* An agent's properties: what the assistant can offer. */
#include "api.h"
#include "import.h"
#include "messages.h"
#include "routes.h"
#include "sql.h"

static const char *const STATUSES[] = {"available", "under offer", "sold",
                                       "rented",    "withdrawn",   NULL};

enum err properties_list(struct req *r)
{
    struct form q;
    struct page page;
    const char *text, *status;
    struct rows *properties;
    TRY(req_query(r, &q));
    TRY(api_page(r, &q, &page));
    TRY(api_text(r, &q, "q", &text));
    TRY(api_word(r, &q, "status", STATUSES, &status));
    TRY(await_db(&r->scope, &SQL_properties_list, &properties, api_who(r)->id, page.number,
                 page.size, text, status));
    return api_reply(r, 200, row(properties, 0, "body"));
}

enum err properties_get(struct req *r)
{
    const char *id;
    struct rows *property;
    TRY(api_id(r, "property_id", &id));
    TRY(await_db(&r->scope, &SQL_property_get, &property, api_who(r)->id, id));
    if (!property->n)
        return api_missing(r, "property");
    return api_reply(r, 200, row(property, 0, "body"));
}

/* The statements read the body as it came: decoding is its check. */
enum err properties_add(struct req *r)
{
    struct property_add in;
    struct rows *property;
    TRY(property_add_decode(&r->scope, r->body, r->body_n, &in));
    TRY(api_not_blank(&r->scope, "address", in.address));
    TRY(api_not_blank(&r->scope, "type", in.type));
    TRY(await_db(&r->scope, &SQL_property_add, &property, api_who(r)->id, r->body, r->client));
    return api_reply(r, 201, row(property, 0, "body"));
}

enum err properties_update(struct req *r)
{
    const char *id;
    struct property_update in;
    struct rows *property;
    TRY(api_id(r, "property_id", &id));
    TRY(property_update_decode(&r->scope, r->body, r->body_n, &in));
    TRY(api_not_blank(&r->scope, "address", in.address));
    TRY(api_not_blank(&r->scope, "type", in.type));
    TRY(await_db(&r->scope, &SQL_property_update, &property, api_who(r)->id, id, r->body,
                 r->client));
    if (!property->n)
        return api_missing(r, "property");
    return api_reply(r, 200, row(property, 0, "body"));
}

enum err properties_delete(struct req *r)
{
    const char *id;
    struct rows *gone;
    TRY(api_id(r, "property_id", &id));
    TRY(await_db(&r->scope, &SQL_property_delete, &gone, api_who(r)->id, id, r->client));
    if (!gone->n)
        return api_missing(r, "property");
    if (!row(gone, 0, "body"))
        return fail(&r->scope, ERR_CONFLICT, "has_viewings", NULL,
                    "viewings of it are booked; cancel them first");
    return api_reply(r, 200, row(gone, 0, "body"));
}

/* ---- import ---- */

static enum err check_row(struct scope *s, const void *basis, struct js *j)
{
    (void)basis;
    struct property_add in;
    return property_add_decode(s, js_dump(s, j), 0, &in);
}

static const struct import_column COLUMNS[] = {
    {"address", IMPORT_TEXT, "address street street_address location", true},
    {"city", IMPORT_TEXT, "city town"},
    {"type", IMPORT_WORD, "type property_type kind"},
    {"status", IMPORT_WORD, "status state"},
    {"price", IMPORT_NUMBER, "price list_price asking_price amount", true},
    {"currency", IMPORT_TEXT, "currency"},
    {"bedrooms", IMPORT_NUMBER, "bedrooms beds bedroom"},
    {"bathrooms", IMPORT_NUMBER, "bathrooms baths bathroom"},
    {"area_sqm", IMPORT_NUMBER, "area_sqm area sqm square_meters square_metres living_area"},
    {"description", IMPORT_TEXT, "description details notes remarks"},
    {0},
};

enum err properties_import(struct req *r)
{
    static const struct import import = {COLUMNS, check_row, &SQL_properties_import};
    return await_import(r, &import, NULL);
}
