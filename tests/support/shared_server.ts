/** How `deno task test` tells the test files of the server that it started for them. */

/** Holds the superuser's URL of the server for all test files. */
export const sharedServerVariable = "OPSDECK_TEST_POSTGRES";

/** Holds the folder of that server's programs. */
export const sharedBinariesVariable = "OPSDECK_TEST_POSTGRES_BINARIES";
