/* What is for sale. */
#include "io/db.h"
#include "sql.h"
#include "tool.h"

enum err tool_search_properties(struct scope *s, struct tool_run *run, const char *const v[])
{
    struct rows *found;
    TRY(await_db(s, &SQL_properties_search, &found, run->tenant, v[0], v[1], v[2], v[3], v[4]));
    return tool_tell(s, run, row(found, 0, "properties"));
}

enum err tool_property_details(struct scope *s, struct tool_run *run, const char *const v[])
{
    struct rows *found;
    TRY(await_db(s, &SQL_property_details, &found, run->tenant, v[0]));
    if (found->n == 0)
        return fail(s, ERR_MISSING, NULL, NULL, "property_id: no such property; search first");
    return tool_tell(s, run, row(found, 0, "property"));
}
