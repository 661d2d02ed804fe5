/**
 * What the shell of whoever runs the tests has set is taken away before each file of tests, and from the programs they start. Tests give
 * what they need themselves; this is for what somebody forgets.
 */

/** Programs are found, temporary files have their place, and tests that are required say so. What the runner sets is its own. */
const KEPT = /^(PATH|TMPDIR|HOSTDEV_REQUIRE_LAB|NODE_ENV|VITEST.*|TEST|MODE|DEV|PROD|SSR|BASE_URL)$/;

for (const name of Object.keys(process.env).filter((each) => !KEPT.test(each))) delete process.env[name];

// Without it the home would be looked up in the list of users.
process.env['HOME'] = '/nonexistent';
