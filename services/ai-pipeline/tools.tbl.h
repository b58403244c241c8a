/*
 * TOOL(name, what it is for) PARAM(name, kind, most, required, what it is)* END
 *
 * kinds: WORDS (at most `most` characters), ID (of one of our rows), AMOUNT and COUNT (whole numbers of
 * 0 to `most`), DAY (YYYY-MM-DD), TIME (local, YYYY-MM-DDTHH:MM). At most TOOL_PARAMS each; their order
 * is the order in which the function gets them. No kind is a telephone number.
 */
TOOL(search_properties, "Find properties that are for sale. Leave out what the caller did not ask for.")
    PARAM("query", WORDS, 100, false, "words of the address, city or description")
    PARAM("min_price", AMOUNT, 1000000000, false, "lowest price")
    PARAM("max_price", AMOUNT, 1000000000, false, "highest price")
    PARAM("bedrooms", COUNT, 50, false, "at least so many bedrooms")
    PARAM("type", WORDS, 30, false, "house, apartment, condo, townhouse, land")
END
TOOL(property_details, "Everything that is on record about one property.")
    PARAM("property_id", ID, 64, true, "id from search_properties")
END
TOOL(free_viewing_slots, "When the agent is free for a viewing: on a day, in a span of days, else in the coming week.")
    PARAM("day", DAY, 10, false, "local day, like 2026-03-31")
    PARAM("until", DAY, 10, false, "last day of a span that begins with day")
END
TOOL(list_viewings, "The coming viewings of this caller.")
END
TOOL(schedule_viewing, "Book a viewing of a property. The first time it only tells what to read back to the caller; "
     "used again with the same arguments, after the caller has agreed, it books.")
    PARAM("property_id", ID, 64, true, "id from search_properties")
    PARAM("starts_at", TIME, 16, true, "local start, like 2026-03-31T15:00")
    PARAM("name", WORDS, 100, false, "name of the visitor")
END
TOOL(reschedule_viewing, "Move a viewing of this caller. The first time it only tells what to read back; used again "
     "with the same arguments, after the caller has agreed, it moves it.")
    PARAM("starts_at", TIME, 16, true, "new local start, like 2026-03-31T15:00")
    PARAM("viewing_id", ID, 64, false, "which, from list_viewings; not needed when there is one")
END
TOOL(cancel_viewing, "Cancel a viewing of this caller. The first time it only tells what to read back; used again "
     "with the same arguments, after the caller has agreed, it cancels.")
    PARAM("viewing_id", ID, 64, false, "which, from list_viewings; not needed when there is one")
END
TOOL(take_message, "Note a message for the agent.")
    PARAM("message", WORDS, 2000, true, "the message, in the caller's words")
    PARAM("name", WORDS, 100, false, "who left it")
END
TOOL(transfer_to_agent, "Put the caller through to the agent. Do not announce it: that happens by itself.")
    PARAM("reason", WORDS, 300, false, "what it is about, in a few words: the agent hears them first")
END
TOOL(opt_out, "The caller does not want to be called again.")
END
TOOL(end_call, "End the call, after goodbye has been said.")
    PARAM("reason", WORDS, 300, false, "why, in a few words")
END
