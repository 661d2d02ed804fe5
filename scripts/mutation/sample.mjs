// Which mutants are tried. All mutants of a room are listed, and those with the smallest hash of seed and place are taken: a larger sample has the
// smaller one in it, and a mutant's place in the order does not depend on the others.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { Instrumenter } from '@stryker-mutator/instrumenter';

/** @typedef {import('@stryker-mutator/api/core').Mutant} Mutant */

/** What tells a mutant from all others, whatever numbers Stryker gives them. @param {Mutant} mutant */
export function keyOf({ fileName, location: { start, end }, mutatorName, replacement }) {
  return [relative(process.cwd(), fileName), start.line, start.column, end.line, end.column, mutatorName, replacement].join(':');
}

/**
 * @param {readonly string[]} keys
 * @param {{ seed: number, count: number }} choice
 */
export function sampleOf(keys, { seed, count }) {
  /** @param {string} key */
  const rank = (key) => createHash('sha256').update(`${seed} ${key}`).digest('hex');
  const ranked = keys.map((key) => ({ key, at: rank(key) })).sort((a, b) => (a.at < b.at ? -1 : 1));
  return ranked.slice(0, count).map(({ key }) => key);
}

/** Every mutant of these files. @param {readonly string[]} files */
export async function mutantsOf(files) {
  const silent = () => undefined;
  const says = () => false;
  const logger = {
    ...{ trace: silent, debug: silent, info: silent, warn: silent, error: silent, fatal: silent },
    ...{ isTraceEnabled: says, isDebugEnabled: says, isInfoEnabled: says, isWarnEnabled: says, isErrorEnabled: says, isFatalEnabled: says },
  };
  const sources = files.map((name) => ({ name, content: readFileSync(name, 'utf8'), mutate: true }));
  const { mutants } = await new Instrumenter(logger).instrument(sources, { plugins: null, excludedMutations: [], ignorers: [] });
  return mutants;
}

/** How Stryker names the place of a mutant, with lines and columns from one and from nought. @param {Mutant} mutant */
export function rangeOf({ fileName, location: { start, end } }) {
  return `${relative(process.cwd(), fileName)}:${start.line + 1}:${start.column}-${end.line + 1}:${end.column}`;
}
