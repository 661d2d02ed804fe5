// A Vitest reporter for the laboratory: a line for each test when it ends, with its seconds, and every 30 seconds the names of those that run.

const EVERY_MS = 30_000;

/** @typedef {import('vitest/node').TestCase} TestCase */

export default class LinesReporter {
  /** @type {Map<string, { readonly title: string, readonly since: number }>} */
  #running = new Map();
  /** @type {NodeJS.Timeout | undefined} */
  #timer;

  onTestRunStart() {
    this.#timer = setInterval(() => this.#tellRunning(), EVERY_MS).unref();
  }

  onTestRunEnd() {
    clearInterval(this.#timer);
  }

  // What is set up for all tests of a file runs before any of them is ready.
  /** @param {import('vitest/node').ReportedHookContext} hook */
  onHookStart({ name, entity }) {
    if (entity.type !== 'test') this.#begin(`${entity.id} ${name}`, `${titleOf(entity)}: ${name}`);
  }

  /** @param {import('vitest/node').ReportedHookContext} hook */
  onHookEnd({ name, entity }) {
    if (entity.type === 'test') return;
    const seconds = this.#end(`${entity.id} ${name}`);
    if (seconds >= 1) say(`        ${titleOf(entity)}: ${name}  ${seconds.toFixed(1)} s`);
  }

  // The end of a hook that fails is not reported.
  /** @param {import('vitest/node').TestModule} module */
  onTestModuleEnd({ id }) {
    for (const key of this.#running.keys()) if (key.startsWith(id)) this.#running.delete(key);
  }

  /** @param {TestCase} test */
  onTestCaseReady(test) {
    this.#begin(test.id, titleOf(test));
  }

  /** @param {TestCase} test */
  onTestCaseResult(test) {
    const { state } = test.result();
    this.#end(test.id);
    const seconds = (test.diagnostic()?.duration ?? 0) / 1000;
    const mark = { passed: 'ok    ', failed: 'FAILED', skipped: 'skip  ', pending: '      ' }[state];
    say(`${mark}  ${titleOf(test)}${state === 'skipped' ? '' : `  ${seconds.toFixed(1)} s`}`);
  }

  /**
   * @param {string} id
   * @param {string} title
   */
  #begin(id, title) {
    this.#running.set(id, { title, since: Date.now() });
  }

  /**
   * Seconds since it began.
   *
   * @param {string} id
   */
  #end(id) {
    const { since = Date.now() } = this.#running.get(id) ?? {};
    this.#running.delete(id);
    return (Date.now() - since) / 1000;
  }

  #tellRunning() {
    for (const { title, since } of this.#running.values()) say(`…       ${title}  ${((Date.now() - since) / 1000).toFixed(0)} s`);
  }
}

/**
 * File and titles of what stands around it.
 *
 * @param {TestCase | import('vitest/node').TestSuite | import('vitest/node').TestModule} entity
 */
function titleOf(entity) {
  const file = (entity.type === 'module' ? entity : entity.module).relativeModuleId.replace(/^lab\/(.*)\.test\.ts$/, '$1');
  return entity.type === 'module' ? file : `${file}: ${entity.fullName}`;
}

/** @param {string} line */
function say(line) {
  process.stdout.write(`${line}\n`);
}
