// Stryker for one room and its sample, which scripts/mutate.mjs has chosen.
import { readFileSync } from 'node:fs';
import { roomName, sampleFileOf, sandboxOf } from './rooms.mjs';

/** @type {import('@stryker-mutator/api/core').PartialStrykerOptions} */
export default {
  mutate: JSON.parse(readFileSync(sampleFileOf(roomName()), 'utf8')).ranges,
  testRunner: 'vitest',
  vitest: { configFile: 'scripts/mutation/vitest.config.ts', related: false },
  plugins: ['@stryker-mutator/vitest-runner', './scripts/mutation/plugins.mjs'],
  checkers: ['sample'],
  reporters: ['results', 'progress-append-only'],
  coverageAnalysis: 'perTest',
  // One worker for the tests while mutants are sorted out, then a second.
  concurrency: 1,
  // Types are taken away, not checked, when tests run; tests read some sources as text.
  disableTypeChecks: false,
  timeoutMS: 30_000,
  dryRunTimeoutMinutes: 10,
  tempDirName: sandboxOf(roomName()),
  // A second configuration of Biome below the first would stop it.
  ignorePatterns: ['build', 'dist', 'coverage', 'biome.json'],
  allowConsoleColors: false,
};
