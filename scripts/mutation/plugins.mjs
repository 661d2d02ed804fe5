// What Stryker lacks: a part of the mutants instead of all, and results on disk as they come, for runs that are ended.
import { appendFileSync, readFileSync } from 'node:fs';
import { resultsFileOf, roomName, sampleFileOf } from './rooms.mjs';
import { keyOf } from './sample.mjs';

/**
 * Lets through what is in the sample. Places of mutants lie within one another, so a place cannot name a single one. A checker can only say
 * "does not compile", so that is what Stryker counts the others as; nothing else is called so here.
 *
 * @type {import('@stryker-mutator/api/check').Checker}
 */
const sample = {
  init: async () => undefined,
  check: async (mutants) => {
    const chosen = new Set(JSON.parse(readFileSync(sampleFileOf(roomName()), 'utf8')).keys);
    return Object.fromEntries(
      mutants.map((mutant) => [mutant.id, chosen.has(keyOf(mutant)) ? { status: PASSED } : { status: NOT_CHOSEN, reason: 'not in the sample' }]),
    );
  },
  group: async (mutants) => [mutants.map(({ id }) => id)],
};

const PASSED = /** @type {import('@stryker-mutator/api/check').CheckStatus.Passed} */ ('passed');
const NOT_CHOSEN = /** @type {import('@stryker-mutator/api/check').CheckStatus.CompileError} */ ('compileError');

/** @type {import('@stryker-mutator/api/report').Reporter} */
const results = {
  onMutantTested: ({ fileName, location, mutatorName, replacement, status, static: atLoading, killedBy }) => {
    if (status === 'CompileError') return;
    appendFileSync(resultsFileOf(roomName()), `${JSON.stringify({ fileName, location, mutatorName, replacement, status, atLoading, killedBy })}\n`);
  },
};

export const strykerPlugins = [
  { kind: 'Checker', name: 'sample', value: sample },
  { kind: 'Reporter', name: 'results', value: results },
];
