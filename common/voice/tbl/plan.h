/*
 * Numbering plans: PLAN(country, calling code, trunk prefix, least and most digits of a national
 * number without the trunk prefix). Italy and Spain have no trunk prefix: an Italian 0 is dialled always.
 */
PLAN("US", "1", "1", 10, 10)
PLAN("CA", "1", "1", 10, 10)
PLAN("GB", "44", "0", 9, 10)
PLAN("DE", "49", "0", 6, 13)
PLAN("FR", "33", "0", 9, 9)
PLAN("NL", "31", "0", 9, 9)
PLAN("ES", "34", "", 9, 9)
PLAN("IT", "39", "", 6, 11)
PLAN("AT", "43", "0", 6, 13)
PLAN("CH", "41", "0", 9, 9)
PLAN("AU", "61", "0", 9, 9)
