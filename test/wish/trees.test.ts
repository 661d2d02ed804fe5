/** What is exported of every machine that tests have is no difference there. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { exportWish } from '../../src/app/wish/export-wish.ts';
import { bareMachine } from '../bare-machine.ts';
import { hostdev } from '../capture.ts';
import { type DocumentMachine, RECIPES, startMachine } from '../documents/machines.ts';
import { openScene } from '../json/scene.ts';
import { machineWithEveryKind } from '../verdicts/kinds-of-functions.ts';
import { formatWish } from '../../src/wish/format-wish.ts';

describe('an export is no difference', () => {
  it.each(Object.keys(RECIPES))('on the machine of the documents: %s', async (name) => {
    const machine: DocumentMachine = await startMachine(RECIPES[name] ?? { functions: [], files: {}, guests: [], directory: {}, pciIds: '' });
    const exported = await hostdev(['export'], '', machine.as('root'));
    expect(exported).toMatchObject({ status: 0, stderr: '' });
    for (const words of [['diff'], ['apply', '--dry-run', '--prune'], ['apply', '--yes']]) {
      expect(await hostdev([...words, '-f', '-'], exported.stdout, machine.as('root'))).toMatchObject({ status: 0, stderr: '' });
    }
    await machine.stop();
  });

  it('on the machine of the samples, when everything has been made there', async () => {
    const scene = await openScene();
    for (const line of ['apply -f DIR/wish.yaml -y', 'apply -f DIR/virtual.yaml -y', 'pool create some 2:10.0 2:10.1', 'slot off 0x17'])
      expect(await scene.run(line)).toMatchObject({ status: 0 });
    writeFileSync(join(scene.directory, 'export.yaml'), (await scene.run('export')).stdout);
    expect(await scene.run('diff -f DIR/export.yaml --prune')).toMatchObject({ status: 0, stdout: 'host and guests are as they are wished to be\n' });
    await scene.end();
  });

  it('on the machine that has functions of every kind', async () => {
    const port = machineWithEveryKind();
    const machine = bareMachine([], { context: async () => ({ port, isRoot: true, readPciIds: async () => undefined }) });
    const { wish, comments } = await exportWish({ port, isRoot: true, readPciIds: async () => undefined }, undefined);
    expect(await hostdev(['diff', '-f', '-'], formatWish(wish, comments), machine)).toMatchObject({ status: 0 });
  });
});
