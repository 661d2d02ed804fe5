/** Fetches the corpus once before the tests; without it the tests that need it say so. */
import type { TestProject } from 'vitest/node';
import { fetchCorpus } from './corpus.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Root of libvirt's test data; empty when it cannot be had. */
    corpus: string;
    corpusReason: string;
  }
}

export default async function setup(project: TestProject): Promise<void> {
  try {
    project.provide('corpus', await fetchCorpus());
    project.provide('corpusReason', '');
  } catch (error) {
    project.provide('corpus', '');
    project.provide('corpusReason', (error as Error).message);
  }
}
