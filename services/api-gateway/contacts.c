/* An agent's contacts. */
#include "api.h"
#include "routes.h"
#include "sql.h"

enum err contacts_list(struct req *r)
{
    struct form q;
    struct page page;
    struct rows *contacts;
    TRY(req_query(r, &q));
    TRY(api_page(r, &q, &page));
    TRY(await_db(&r->scope, &SQL_contacts_list, &contacts, api_who(r)->id, page.number, page.size));
    return api_reply(r, 200, row(contacts, 0, "body"));
}
