import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
          globalSetup: ['test/corpus/global-setup.ts'],
          testTimeout: 30_000,
        },
      },
      { test: { name: 'lab', include: ['lab/**/*.test.ts'], testTimeout: 15 * 60_000, hookTimeout: 15 * 60_000, fileParallelism: false } },
    ],
  },
});
