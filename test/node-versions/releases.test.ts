/** The package as others run it, on every line of Node that it is for. */
import { readFileSync } from 'node:fs';
import { describe, expect, inject, it } from 'vitest';
import { describeProcesses } from './package-processes.ts';
import { NODE_RELEASES } from './releases.ts';

const PACKAGE = JSON.parse(readFileSync('package.json', 'utf8')) as { readonly engines: { readonly node: string } };

describe('the releases of Node', () => {
  it('begin with the oldest that package.json promises', () => {
    expect(`>=${NODE_RELEASES[0]?.version}`).toBe(PACKAGE.engines.node);
  });
});

for (const binary of inject('nodeBinaries')) describeProcesses(`Node ${binary.version}`, binary);
