/*
 * For the files that say what each tool does. Arguments come by position, as checked text for a
 * statement; NULL: not given. A function sets run->result, or fails with words for the model.
 */
#pragma once
#include "tools.h"

#define TOOL_PARAMS 6

typedef enum err tool_fn(struct scope *s, struct tool_run *run, const char *const v[TOOL_PARAMS]);

/* What was found, as JSON, with dates and prices in words: the result. */
enum err tool_tell(struct scope *s, struct tool_run *run, const char *found);

tool_fn tool_search_properties, tool_property_details;
tool_fn tool_free_viewing_slots, tool_list_viewings;
tool_fn tool_schedule_viewing, tool_reschedule_viewing, tool_cancel_viewing;
