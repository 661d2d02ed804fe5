// Which rooms are mutated, and with which tests. The nearest come first: what kills a mutant ends its run. Tests that start programs,
// draw what commands print or wait for time are left out, so that a mutant costs about a second.

import { readdirSync } from 'node:fs';

/**
 * @typedef {object} Room
 * @property {string} source directory whose files are mutated
 * @property {readonly string[]} tests patterns of test files, in the order in which they run
 */

/** @type {Readonly<Record<string, Room>>} */
export const ROOMS = {
  addressing: {
    source: 'src/addressing',
    tests: ['src/addressing/**/*.test.ts', 'src/cli/libvirt-versions.test.ts', 'test/corpus/goldens.test.ts', 'test/corpus/new-xml.test.ts'],
  },
  xml: {
    source: 'src/xml',
    tests: ['src/xml/**/*.test.ts', 'src/domain/**/*.test.ts', 'test/corpus/files.test.ts'],
  },
  state: {
    source: 'src/state',
    tests: [
      'src/state/**/*.test.ts',
      'src/plan/**/*.test.ts',
      'src/host/usage/*.test.ts',
      'src/host/inventory.test.ts',
      'src/app/{prepare,persistent}.test.ts',
      'src/cli/commands/list.test.ts',
      'test/verdicts/*.test.ts',
    ],
  },
  plan: {
    source: 'src/plan',
    tests: [
      'src/plan/**/*.test.ts',
      'src/app/guests/{places,ports,swap-in-guest,attach-to-guest,detach-from-guest,attach-to-monitor,detach-from-monitor}.test.ts',
      'src/app/{prepare,persistent}.test.ts',
      'test/executor/host.test.ts',
    ],
  },
  journal: {
    source: 'src/execute/journal',
    tests: ['src/execute/journal/**/*.test.ts', 'src/app/{status,recover-changes}.test.ts', 'test/executor/records.test.ts', 'test/journals-of-0.1.0.test.ts'],
  },
};

/** Where everything of a run is kept; not in the repository. */
export const DIRECTORY = 'build/mutation';

/** Copies of the project with mutants of a room in them, while Stryker runs. @param {string} name */
export const sandboxOf = (name) => `${DIRECTORY}/${name}.sandbox`;

/** The sample of a room, for Stryker. @param {string} name */
export const sampleFileOf = (name) => `${DIRECTORY}/${name}.sample.json`;

/** What became of each mutant, a line of JSON each. @param {string} name */
export const resultsFileOf = (name) => `${DIRECTORY}/${name}.results.jsonl`;

/** Stryker's processes are told by the environment which room they are in. */
export const ROOM_VARIABLE = 'HOSTDEV_MUTATED_ROOM';

export const roomName = () => process.env[ROOM_VARIABLE] ?? '';

/** @param {string} name */
export function roomNamed(name) {
  const room = ROOMS[name];
  if (room === undefined) throw new Error(`there is no room '${name}' here; there are ${Object.keys(ROOMS).join(', ')}`);
  return room;
}

/** The files of a room, without its tests and without what only gives types. @param {string} name */
export function filesOf(name) {
  const { source } = roomNamed(name);
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' });
  return files
    .filter((file) => file.endsWith('.ts') && !/\.(test|d)\.ts$/.test(file))
    .map((file) => `${source}/${file}`)
    .sort();
}
