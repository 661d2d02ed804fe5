/** A short part of `npm run fleet:rounds`: processes that are killed and stopped, and histories on disk. */
import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { describeUnless } from '../test/skip.ts';
import { PLANTED_IN_ROUNDS, type PlantedInRounds } from './fleet/actors/planted.ts';
import { play, type Play } from './fleet/rounds/play.ts';
import { labReason } from './reason.ts';

const SCENE: Play = {
  program: 'build/lab/fleet-worker.mjs',
  rounds: 2,
  seed: 100,
  claimers: 60,
  turns: 2,
  planted: undefined,
  store: 'directory',
  hasMounts: false,
  tell: () => undefined,
};

describe('rounds of claimers and hosts in processes', () => {
  it('keep the promise, whoever is killed or stopped', async () => {
    const { broken, granted, attached, killed, stopped, unclear } = await play(SCENE);
    expect(broken).toEqual([]);
    // What is judged has to have happened.
    expect(Math.min(granted, attached, killed, stopped, unclear)).toBeGreaterThan(0);
  });

  it.each(Object.entries(PLANTED_IN_ROUNDS) as [PlantedInRounds, string][])('are convicted of "%s", by name: %s', async (planted, rule) => {
    const { broken } = await play({ ...SCENE, rounds: 5, planted });
    expect(broken.join('\n')).toContain(`(${rule})`);
    rmSync(dirname(broken[0]?.replace(/^histories: /, '') ?? ''), { recursive: true });
  });
});

describeUnless(await labReason('etcd'), 'rounds over an etcd of three members', () => {
  it('keep the promise, whatever happens to a member', async () => {
    const { broken, granted, attached, disturbed } = await play({ ...SCENE, rounds: 1, store: 'etcd' });
    expect(broken).toEqual([]);
    expect(Math.min(granted, attached, disturbed)).toBeGreaterThan(0);
  });
});
