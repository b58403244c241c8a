/*
 * What is never called, by its first digits (E.164 without the plus): BARRED(prefixes, why). National
 * prefixes are those the countries of tbl/plan.h use for premium, shared-cost and personal numbers.
 * Free-phone numbers are not here; directory services (118...) are too short to be E.164.
 */
BARRED("870 881 882 883", "satellite")
BARRED("878 979", "international premium rate")
BARRED("1900", "premium rate")
BARRED("449 4470 4484 4487", "premium rate") /* GB 09, 070, 084, 087 */
BARRED("49900 49137 49138 4918 4919 49700", "premium rate") /* DE; 018 and 019 are old */
BARRED("3381 3382 3383 3384 3385 3386 3387 3388 3389", "premium rate") /* FR 08, but 080 */
BARRED("31900 31906 31909 3184 3187", "premium rate") /* NL */
BARRED("34803 34806 34807 34901 34902 34904 34905 34907 3470", "premium rate") /* ES */
BARRED("3989 3984 39144 39163 39164 39166 39178 39199", "premium rate") /* IT */
BARRED("43900 43901 43930 43931 43939 43810 43820 43821 43828 4386 4389", "premium rate") /* AT */
BARRED("41900 41901 41906 41840 41842 41844 41848 41878", "premium rate") /* CH */
BARRED("6113 6119", "premium rate") /* AU 13, 1300, 190 */
