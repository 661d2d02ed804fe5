import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { bareMachine } from '../../test/bare-machine.ts';
import { hostdev as run } from '../../test/capture.ts';
import { encodeRecord, type JournalRecord } from '../execute/journal/record.ts';
import type { Machine } from './machine.ts';

const NVME = '0007:00:00.0';
const OTHER = '0008:00:00.0';

let machine: Machine;
beforeEach(() => {
  machine = bareMachine([NVME, OTHER].map((address, iommuGroup) => ({ address, driver: 'nvme', iommuGroup })));
  mkdirSync(machine.stateDirectory);
});
const hostdev = (...words: readonly string[]): ReturnType<typeof run> => run(words, '', machine);
const file = (): string => join(machine.stateDirectory, 'journal');
const damage = (): void => writeFileSync(file(), readFileSync(file(), 'utf8').replace('"kind":"begin"', '"kind":"begim"'));

describe('a journal with a damaged record', () => {
  beforeEach(async () => {
    for (const address of [NVME, OTHER]) await hostdev('prepare', address);
    damage();
  });

  it('is shown as far as it can be read, and said to be damaged', async () => {
    for (const [words, line] of [
      [['status'], /^0008:00:00\.0 {2}prepare {2}in force/m],
      [['history'], /prepare {2}0008:00:00\.0/],
    ] as const) {
      const { status, stdout, stderr } = await hostdev(...words);
      expect(status).toBe(1);
      expect(stdout).toMatch(line);
      expect(stderr).toMatch(
        /^hostdev: warning: line 1 of \S+\/journal cannot be read, so a change that was interrupted may be missing \[[a-z-]+\]\n {2}hint: .*recover --salvage/,
      );
    }
  });

  it.each([['prepare', OTHER], ['release', OTHER], ['recover']])('keeps %s %s from doing anything', async (...words) => {
    const before = readFileSync(file());
    const { status, stdout, stderr } = await hostdev(...words);
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^hostdev: line 1 of \S+ cannot be read.* \[[a-z-]+\]\n {2}hint: .*'hostdev recover --salvage'/);
    expect(readFileSync(file())).toEqual(before);
  });

  it('is salvaged, and changes go on', async () => {
    const before = readFileSync(file());
    const { status, stdout, stderr } = await hostdev('recover', '--salvage');
    expect([status, stdout]).toEqual([0, 'nothing to recover\n']);
    expect(stderr).toMatch(/^3 records kept; 1 damaged line is only in the copy \S+ now\na change that was interrupted may be missing: /);
    const copy = readdirSync(machine.stateDirectory).find((name) => name.startsWith('journal.damaged-')) ?? '';
    expect(readFileSync(join(machine.stateDirectory, copy))).toEqual(before);
    expect(await hostdev('release', OTHER)).toMatchObject({ status: 0 });
    expect(await hostdev('recover', '--salvage')).toMatchObject({ status: 0, stderr: 'the journal is not damaged\n' });
  });
});

it.each([['status'], ['history'], ['recover'], ['recover', '--salvage'], ['prepare', NVME]])('%s %s refuses a journal of a newer hostdev', async (...words) => {
  const record = { kind: 'begin', id: 'a', time: 'now', boot: 'b', verb: 'teleport', subject: NVME, before: {}, wanted: {}, by: 'x' };
  writeFileSync(file(), encodeRecord(record as unknown as JournalRecord));
  const { status, stdout, stderr } = await hostdev(...words.filter((word) => word !== undefined));
  expect([status, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(/^hostdev: line 1 of \S+ is of a newer hostdev: this one does not know a change 'teleport' \[[a-z-]+\]\n {2}hint: use the version/);
});

describe('an input without end is given up at its limit', () => {
  it.each<[string, string[], RegExp]>([
    ['a definition', ['validate', '/dev/zero'], /more than the \d+ bytes/],
    ['a definition to attach to', ['attach', '/dev/zero', '2:0.0', '--dry-run'], /more than the \d+ bytes/],
    ['capabilities', ['expand', 'GUEST', '--capabilities', '/dev/zero'], /no file of capabilities/],
    ['a snapshot', ['list', '--host', '/dev/zero'], /too large to be a snapshot/],
  ])('%s', async (_, words, message) => {
    const guest = join(machine.stateDirectory, 'guest.xml');
    writeFileSync(guest, "<domain type='kvm'><name>g</name><os><type arch='x86_64' machine='q35'>hvm</type></os><devices/></domain>");
    const before = process.memoryUsage().rss;
    const { status, stdout, stderr } = await hostdev(...words.map((word) => (word === 'GUEST' ? guest : word)));
    expect(status).not.toBe(0);
    expect(stdout + stderr).toMatch(message);
    expect(process.memoryUsage().rss - before).toBeLessThan(600 * 1024 * 1024);
  });
});

describe('a function on standby is named as such', () => {
  it.each([
    ['check', '0007:00:00.0'],
    ['show', '0007:00:00.0'],
    ['prepare', '0007:00:00.0'],
    ['release', '0007:00:00.0'],
    ['release', 'fid=0x17'],
    ['vf', 'remove', '0007:00:00.0'],
  ])('%s %s', async (...words) => {
    machine = bareMachine([{ address: NVME, driver: 'nvme', iommuGroup: 0, fid: 0x17 }]);
    expect(await hostdev('slot', 'off', '0x17')).toMatchObject({ status: 0, stdout: '0x00000017: configured → standby\n' });
    const { status, stdout, stderr } = await hostdev(...words.filter((word) => word !== undefined));
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(
      /^hostdev: (0007:00:00\.0|fid=0x17) is on standby in slot 0x00000017 since \S+, when .* switched its slot off \[[a-z-]+\]\n {2}hint: 'hostdev slot on 0x17' configures it\n$/,
    );
    expect(await hostdev('slot', 'on', '0x17')).toMatchObject({ status: 0, stdout: '0x00000017: standby → configured; it is 0007:00:00.0 with nvme\n' });
  });
});
