/** The unit tests of one room, the nearest first, for Stryker: its runner takes a configuration without projects. */
import { matchesGlob, relative } from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { alias, unit } from '../../vitest.config.ts';
import { roomName, roomNamed } from './rooms.mjs';

const { tests } = roomNamed(roomName());

class NearestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => tests.findIndex((pattern) => matchesGlob(relative(process.cwd(), moduleId), pattern));
    return [...files].sort((a, b) => rank(a) - rank(b) || a.moduleId.localeCompare(b.moduleId));
  }
}

export default defineConfig({
  resolve: { alias },
  // Code with mutants in it is slow on a busy machine.
  test: { ...unit, testTimeout: 180_000, include: [...tests], sequence: { sequencer: NearestFirst } },
});
