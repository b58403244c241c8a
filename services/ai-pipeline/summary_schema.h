/* What the model is held to, where the server can: response_format json_schema. check() of summary.c is what counts. */
#pragma once

static const char summary_schema[] =
    "{\"name\":\"call_summary\",\"strict\":true,\"schema\":{\"type\":\"object\",\"additionalProper"
    "ties\":false,\"required\":[\"summary\",\"outcome\",\"name\",\"intent\",\"budget\","
    "\"property\","
    "\"viewing\",\"callback\"],\"properties\":{\"summary\":{\"type\":\"string\"},\"outcome\":{"
    "\"type"
    "\":\"string\",\"enum\":[\"callback_requested\",\"information_given\",\"not_interested\",\"vi"
    "ewing_booked\",\"message_taken\",\"transferred\",\"opted_out\",\"no_conversation\",\"other"
    "\"]},\"name\":{\"$ref\":\"#/$defs/said\"},\"intent\":{\"$ref\":\"#/$defs/"
    "said\"},\"budget\":{\"$"
    "ref\":\"#/$defs/said\"},\"property\":{\"$ref\":\"#/$defs/said\"},\"viewing\":{\"$ref\":\"#/$de"
    "fs/said\"},\"callback\":{\"$ref\":\"#/$defs/"
    "said\"}},\"$defs\":{\"said\":{\"anyOf\":[{\"type\":"
    "\"object\",\"additionalProperties\":false,\"required\":[\"value\",\"quote\"],\"properties\":"
    "{\"value\":{\"type\":\"string\"},\"quote\":{\"type\":\"string\"}}},{\"type\":\"null\"}]}}}}";
