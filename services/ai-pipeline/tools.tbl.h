/*
 * TOOL(name, what it is for) PARAM(name, kind, most, required, what it is)* END
 *
 * kinds: WORDS (at most `most` characters), AMOUNT and COUNT (whole numbers of 0 to `most`), TIME (local, YYYY-MM-DDTHH:MM). At
 * most TOOL_PARAMS each; their order is the order in which the function gets them.
 */
TOOL(search_properties, "Find properties that are for sale. Leave out what the caller did not ask for.")
    PARAM("query", WORDS, 100, false, "words of the address, city or description")
    PARAM("min_price", AMOUNT, 1000000000, false, "lowest price")
    PARAM("max_price", AMOUNT, 1000000000, false, "highest price")
    PARAM("bedrooms", COUNT, 50, false, "at least so many bedrooms")
    PARAM("type", WORDS, 30, false, "house, apartment, condo, townhouse, land")
END
TOOL(schedule_viewing, "Book a viewing of a property, after the caller has confirmed address, day and time.")
    PARAM("property_id", WORDS, 64, true, "id from search_properties")
    PARAM("starts_at", TIME, 16, true, "local start, like 2026-03-31T15:00")
    PARAM("name", WORDS, 100, false, "name of the visitor")
END
TOOL(take_message, "Note a message for the agent.")
    PARAM("message", WORDS, 2000, true, "the message, in the caller's words")
    PARAM("name", WORDS, 100, false, "who left it")
END
TOOL(transfer_to_agent, "Put the caller through to the agent. Do not announce it: that happens by itself.")
    PARAM("reason", WORDS, 300, false, "why, in a few words")
END
TOOL(opt_out, "The caller does not want to be called again.")
END
TOOL(end_call, "End the call, after goodbye has been said.")
    PARAM("reason", WORDS, 300, false, "why, in a few words")
END
