/** Fetches the releases of Node once before the tests: here the environment is still that of whoever runs them, with its cache and registry. */
import type { TestProject } from 'vitest/node';
import { type NodeBinary, nodeBinaries } from './node-binary.ts';
import { NODE_RELEASES } from './releases.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Programs of the releases; one that cannot be had has its reason instead. */
    nodeBinaries: readonly NodeBinary[];
  }
}

export default async function setup(project: TestProject): Promise<void> {
  project.provide('nodeBinaries', await nodeBinaries(NODE_RELEASES));
}
