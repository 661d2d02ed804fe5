import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './lab/sequence.ts';

const source = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Examples in comments and documents import the package by its name. */
export const alias = [
  { find: /^hostdev$/, replacement: source('./src/index.ts') },
  { find: /^hostdev\/xml$/, replacement: source('./src/xml/index.ts') },
  { find: /^hostdev\/host$/, replacement: source('./src/host/index.ts') },
  { find: /^hostdev\/libvirt$/, replacement: source('./src/libvirt/index.ts') },
  { find: /^hostdev\/testing$/, replacement: source('./src/testing/index.ts') },
];

/** Of what is waited for nothing takes long, but a busy machine may. */
const fast = { setupFiles: ['test/clean-environment.ts'], testTimeout: 30_000, expect: { poll: { timeout: 15_000 } } };

/** What every unit test needs; `npm run mutate` takes some of them with it. */
export const unit = { globalSetup: ['test/temporary-files.ts', 'test/corpus/global-setup.ts'], ...fast };

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        resolve: { alias },
        test: {
          name: 'unit',
          include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
          exclude: ['test/node-versions/**'],
          // Modules are loaded once for all files of a worker: none keeps what a test could see, and a third of the time is theirs.
          isolate: false,
          ...unit,
        },
      },
      {
        test: {
          name: 'nodes',
          include: ['test/node-versions/*.test.ts'],
          globalSetup: ['test/temporary-files.ts', 'test/node-versions/global-setup.ts'],
          ...fast,
        },
      },
      { test: { name: 'soak', include: ['lab/soak/*.test.ts'], testTimeout: 45 * 60_000, hookTimeout: 20 * 60_000 } },
      { test: { name: 'lab', include: ['lab/*.test.ts'], testTimeout: 20 * 60_000, hookTimeout: 20 * 60_000 } },
    ],
  },
});
