/** `hostdev apply` and `diff` as somebody types them: which files they read, and how they say what differs. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { FakeFunction } from '../../src/testing/fake-kernel.ts';
import { bareMachine } from '../bare-machine.ts';
import { hostdev } from '../capture.ts';

const FUNCTIONS: readonly FakeFunction[] = [
  { address: '0000:02:00.0', driver: 'igb', iommuGroup: 2, netdev: 'eno1', sriov: { total: 4, driver: 'igbvf' } },
  { address: '0000:06:00.0', driver: 'nvme', iommuGroup: 6, express: true },
  { address: '0000:07:00.0', driver: 'nvme', iommuGroup: 7, express: true },
];

const HEAD = 'formatVersion: 1\n';
const AS_WISHED = 'host and guests are as they are wished to be\n';

function filesOf(files: Readonly<Record<string, string | Uint8Array>>): string {
  const directory = mkdtempSync(join(tmpdir(), 'hostdev-wish-'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
  return directory;
}

describe('the files of a wish', () => {
  it('may have commas in their names, and are named by as many -f as there are', async () => {
    const machine = bareMachine(FUNCTIONS);
    const directory = filesOf({
      'disks, fast.yaml': `${HEAD}functions: [{ function: "06:00.0" }]\n`,
      'b.yaml': `${HEAD}functions: [{ function: "07:00.0" }]\n`,
    });
    const words = ['diff', '-f', join(directory, 'disks, fast.yaml'), '--file', join(directory, 'b.yaml')];
    expect(await hostdev(words, '', machine)).toMatchObject({
      status: 3,
      stdout: 'prepare 0000:06:00.0: nvme → vfio-pci\nprepare 0000:07:00.0: nvme → vfio-pci\n',
    });
  });

  it.each(['utf-16le', 'utf-8 with NUL'])('in %s are no text', async (how) => {
    const text = `${HEAD}functions: []\n`;
    const directory = filesOf({ 'wish.yaml': how === 'utf-16le' ? Buffer.from(text, 'utf16le') : `${text}# \0\n` });
    const { status, stderr } = await hostdev(['diff', '-f', join(directory, 'wish.yaml')], '', bareMachine(FUNCTIONS));
    expect(status).toBe(2);
    expect(stderr).toBe(`hostdev: ${join(directory, 'wish.yaml')} is not text in UTF-8 [wish-malformed]\n  hint: save it as UTF-8\n`);
  });
});

describe('what differs', () => {
  it('is said of a function that goes back without a driver that nobody knows yet', async () => {
    const machine = bareMachine(FUNCTIONS);
    await hostdev(['prepare', '06:00.0'], '', machine);
    const { stdout } = await hostdev(['diff', '--prune', '-f', '-'], HEAD, machine);
    expect(stdout).toBe('release 0000:06:00.0: vfio-pci → its host driver\n');
    const json = await hostdev(['diff', '--prune', '--json', '-f', '-'], HEAD, machine);
    expect(JSON.parse(json.stdout)).toMatchObject({ items: [{ verb: 'release', beforeWords: 'vfio-pci', afterWords: 'its host driver' }] });
  });

  it('is nothing where settings say nothing, though the virtual function is not there yet', async () => {
    const machine = bareMachine(FUNCTIONS);
    const wish = `${HEAD}virtualFunctions: [{ physicalFunction: "02:00.0", numVfs: 2, settings: [{ index: 1 }] }]\n`;
    expect(await hostdev(['diff', '-f', '-'], wish, machine)).toMatchObject({ status: 3, stdout: 'vf create 0000:02:00.0: 0 VFs → 2 VFs\n' });
    expect(await hostdev(['apply', '-y', '-f', '-'], wish, machine)).toMatchObject({ status: 0 });
    expect(await hostdev(['diff', '-f', '-'], wish, machine)).toMatchObject({ status: 0, stdout: AS_WISHED });
  });
});
