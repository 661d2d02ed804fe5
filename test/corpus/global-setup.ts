/** Fetches libvirt's test data once before the tests; without it the tests that need it say so. */
import type { TestProject } from 'vitest/node';
import { CORPORA, type CorpusVersion, fetchCorpus } from './corpus.ts';

export interface Corpus {
  /** Root of libvirt's test data; empty when it cannot be had. */
  readonly root: string;
  /** Why not. */
  readonly reason: string;
}

declare module 'vitest' {
  export interface ProvidedContext {
    corpora: Readonly<Record<CorpusVersion, Corpus>>;
  }
}

export default async function setup(project: TestProject): Promise<void> {
  const found: [string, Corpus][] = [];
  for (const version of Object.keys(CORPORA) as CorpusVersion[]) {
    found.push([
      version,
      await fetchCorpus(version).then(
        (root) => ({ root, reason: '' }),
        (error: Error) => ({ root: '', reason: error.message }),
      ),
    ]);
  }
  project.provide('corpora', Object.fromEntries(found) as Record<CorpusVersion, Corpus>);
}
