/* What is for sale. */
#include "io/db.h"
#include "io/js.h"
#include "sql.h"
#include "tool.h"
#include "wording.h"

static enum err tell(struct scope *s, struct tool_run *run, const char *found)
{
    struct js *j;
    TRY(js_parse(s, found, 0, &j));
    run->result = js_dump(s, wording_added(s, run->language, j));
    return OK;
}

enum err tool_search_properties(struct scope *s, struct tool_run *run, const char *const v[])
{
    struct rows *found;
    TRY(await_db(s, &SQL_properties_search, &found, run->tenant, v[0], v[1], v[2], v[3], v[4]));
    return tell(s, run, row(found, 0, "properties"));
}

enum err tool_property_details(struct scope *s, struct tool_run *run, const char *const v[])
{
    struct rows *found;
    TRY(await_db(s, &SQL_property_details, &found, run->tenant, v[0]));
    if (found->n == 0)
        return fail(s, ERR_MISSING, NULL, NULL, "property_id: no such property; search first");
    return tell(s, run, row(found, 0, "property"));
}
