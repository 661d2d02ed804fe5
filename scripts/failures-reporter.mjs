// A Vitest reporter that says at once what failed, and leaves all failures in the order they happened in build/failures.txt: those of
// hooks as well as of tests. The first is usually the cause of the others, so only its message is given whole.
import { appendFileSync } from 'node:fs';

const FIRST_CHARACTERS = 1200;
const OTHER_CHARACTERS = 200;

/** @typedef {import('vitest/node').TestModule | import('vitest/node').TestSuite} Group */

export default class FailuresReporter {
  #failures = 0;

  /** @param {import('vitest/node').TestCase} test */
  onTestCaseResult(test) {
    this.#tell(test.fullName, test.result().errors ?? []);
  }

  /** @param {import('vitest/node').TestSuite} suite */
  onTestSuiteResult(suite) {
    this.#tell(suite.fullName, suite.errors());
  }

  /** @param {import('vitest/node').TestModule} module */
  onTestModuleEnd(module) {
    this.#tell(module.relativeModuleId, module.errors());
  }

  /**
   * @param {string} title
   * @param {readonly { readonly message: string, readonly diff?: string | undefined }[]} errors
   */
  #tell(title, errors) {
    for (const { message: summary, diff } of errors) {
      // The summary leaves out most of an object.
      const message = diff === undefined ? summary : `${summary}\n${diff}`;
      process.stdout.write(`FAILED ${title}: ${message}\n`);
      this.#failures += 1;
      appendFileSync('build/failures.txt', `${title}: ${this.#failures === 1 ? message.slice(0, FIRST_CHARACTERS) : shortened(message)}\n`);
    }
  }
}

/** @param {string} message */
function shortened(message) {
  return (message.split('\n')[0] ?? '').slice(0, OTHER_CHARACTERS);
}
