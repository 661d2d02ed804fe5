import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseSlotName } from '../domain/function-name.ts';
import { parsePciAddress } from '../pci/notation.ts';
import { type FakeFunction, fakeKernel } from '../testing/fake-kernel.ts';
import { readHistory } from './history.ts';
import { prepareFunctions } from './prepare.ts';
import { readStatus } from './status.ts';
import { changeSlots, fidsOf, listSlots, switchSlot } from './slots.ts';

const NVME: FakeFunction = { address: '0007:00:00.0', driver: 'nvme', iommuGroup: 1, fid: 0x17 };

const ROOT_ON_NVME = {
  '/sys/class/block/nvme0n1': '→ ../../devices/pci0007:00/0007:00:00.0/nvme/nvme0/nvme0n1',
  '/sys/devices/pci0007:00/0007:00:00.0/nvme/nvme0/nvme0n1/dev': '259:0\n',
  '/proc/self/mountinfo': '21 1 259:0 / / rw - ext4 /dev/nvme0n1 rw\n',
};

const machine = () => {
  const port = fakeKernel([NVME]);
  const stateDirectory = mkdtempSync(join(tmpdir(), 'hostdev-slots-'));
  return { port, context: { port, isRoot: true, readPciIds: async () => undefined }, options: { dryRun: false, stateDirectory } };
};

describe('switching a slot', () => {
  it.each(['configured', 'standby'] as const)('that is %s already changes nothing, and is no failure', async (state) => {
    const { port, context, options } = machine();
    if (state === 'standby') await switchSlot(context, 0x17, state, options);
    const writes = port.writes.length;
    for (const dryRun of [true, false]) {
      const done = await switchSlot(context, 0x17, state, { ...options, dryRun });
      expect(done).toMatchObject({ changed: false, steps: [], before: { state }, after: { state } });
    }
    expect(port.writes).toHaveLength(writes);
    expect((await readHistory(options.stateDirectory)).entries).toHaveLength(state === 'standby' ? 1 : 0);
  });

  it.each([
    [0x11, 'there is 0x00000017, if 17 was meant as a hexadecimal number'],
    [0x12, "'hostdev slot list' shows them all"],
  ])('that does not exist (%i) has a hint: %s', async (fid, hint) => {
    const { context, options } = machine();
    await expect(switchSlot(context, fid, 'configured', options)).rejects.toMatchObject({ code: 'slot-unknown', hint });
  });
});

const ROCE = (uid: number, fid: number): FakeFunction => ({
  ...{ address: `000${uid}:00:00.0`, driver: 'mlx5_core', pciClass: 0x020000, iommuGroup: uid + 10, fid },
  attributes: { uid: `0x${uid}`, pchid: '0x128', port: '1', pft: '0x0a' },
});

const cards = (more: Parameters<typeof fakeKernel>[1] = {}) => {
  const port = fakeKernel([ROCE(1, 0x100), ROCE(2, 0x101), NVME], more);
  const stateDirectory = mkdtempSync(join(tmpdir(), 'hostdev-slots-'));
  return { port, context: { port, isRoot: true, readPciIds: async () => undefined }, options: { dryRun: false, stateDirectory } };
};

describe('several slots', () => {
  it('are switched together, and found by every name of their functions', async () => {
    const { port, context, options } = cards();
    const fids = await fidsOf(context, [parseSlotName('pchid=0x128'), parseSlotName('0x100'), parseSlotName('7:0:0.0')]);
    expect(fids).toEqual([0x100, 0x101, 0x17]);
    const done = await changeSlots(context, 'slot off', fids, options);
    expect(done.map(({ after, changed }) => [after.fid, after.state, changed])).toEqual([
      ['0x00000100', 'standby', true],
      ['0x00000101', 'standby', true],
      ['0x00000017', 'standby', true],
    ]);
    expect(port.driverOf('0001:00:00.0')).toBeUndefined();
  });

  it('are all left as they were when one of them fails', async () => {
    const failing = (path: string, text: string): void => {
      if (path.includes('00000101/power') && text === '0') throw Object.assign(new Error('EIO'), { code: 'EIO' });
    };
    const { context, options } = cards({ beforeWrite: failing });
    await expect(changeSlots(context, 'slot off', [0x100, 0x101], options)).rejects.toMatchObject({ code: 'change-failed' });
    expect((await listSlots(context)).map(({ state }) => state)).toEqual(['configured', 'configured', 'configured']);
  });

  it('are refused together when one of them is not there', async () => {
    const { port, context, options } = cards();
    await expect(changeSlots(context, 'slot off', [0x100, 0x102], options)).rejects.toMatchObject({ code: 'slot-unknown' });
    expect(port.writes).toEqual([]);
  });
});

describe('a slot whose function the host uses', () => {
  it.each(['slot off', 'slot reset', 'slot reconfigure'] as const)(
    'is refused for %s, and with --force what is lost is told once, before a dry run too',
    async (verb) => {
      const { context, options } = cards({ files: ROOT_ON_NVME });
      await expect(changeSlots(context, verb, [0x17], options)).rejects.toMatchObject({ code: 'function-in-use' });
      for (const dryRun of [true, false]) {
        const losses: string[] = [];
        await changeSlots(context, verb, [0x17], { ...options, dryRun, force: true, onLoss: ({ message }) => losses.push(message) });
        expect(losses).toEqual([expect.stringMatching(/^with --force this is lost: 0007:00:00\.0 is in use: nvme0n1 → mounted on \/$/)]);
      }
    },
  );
});

describe('making a function anew', () => {
  it.each([
    ['slot reset', ['/sys/bus/pci/devices/0007:00:00.0/recover 1'], ['slot reset']],
    ['slot reconfigure', ['/sys/bus/pci/slots/00000017/power 0', '/sys/bus/pci/slots/00000017/power 1'], ['slot off', 'slot on']],
  ] as const)('%s writes what it shows, and the journal has it', async (verb, writes, verbs) => {
    const { port, context, options } = cards();
    const [planned] = await changeSlots(context, verb, [0x17], { ...options, dryRun: true });
    expect(planned?.steps.flatMap((step) => (step.kind === 'write' ? `${step.path} ${step.text}` : []))).toEqual(writes);
    expect(port.writes).toEqual([]);
    const [done] = await changeSlots(context, verb, [0x17], options);
    expect(done).toMatchObject({ changed: true, before: { state: 'configured' }, after: { state: 'configured', address: '0007:00:00.0', driver: 'nvme' } });
    expect(port.writes.map(({ path, text }) => `${path} ${text}`)).toEqual(writes);
    const { entries } = await readHistory(options.stateDirectory);
    expect(entries.map((entry) => [entry.verb, entry.outcome])).toEqual(verbs.map((each) => [each, 'done']));
  });

  it.each(['slot reset', 'slot reconfigure'] as const)('ends what hostdev did to it: %s', async (verb) => {
    const { context, options } = cards();
    await prepareFunctions(context, [parsePciAddress('0007:00:00.0')], options);
    expect((await readStatus(context, options.stateDirectory)).changes.map((change) => change.verb)).toEqual(['prepare']);
    await changeSlots(context, verb, [0x17], options);
    expect((await readStatus(context, options.stateDirectory)).changes).toEqual([]);
  });

  it.each(['slot reset', 'slot reconfigure'] as const)('is refused while the host uses it: %s', async (verb) => {
    const { port, context, options } = cards({ files: ROOT_ON_NVME });
    await expect(changeSlots(context, verb, [0x17], options)).rejects.toMatchObject({ code: 'function-in-use' });
    expect(port.writes).toEqual([]);
    expect(await changeSlots(context, verb, [0x17], { ...options, force: true })).toMatchObject([{ changed: true }]);
  });

  it('on standby has nothing to reset; reconfiguring configures it', async () => {
    const { context, options } = cards();
    await switchSlot(context, 0x17, 'standby', options);
    await expect(changeSlots(context, 'slot reset', [0x17], options)).rejects.toMatchObject({
      code: 'function-standby',
      hint: "'hostdev slot on 0x17' configures it",
    });
    expect(await changeSlots(context, 'slot reconfigure', [0x17], options)).toMatchObject([{ before: { state: 'standby' }, after: { state: 'configured' } }]);
  });

  it('that does not come back by itself comes back by its slot', async () => {
    const { port, context, options } = cards();
    const stuck = { ...port, write: async (path: string, text: string) => (path.endsWith('/recover') ? port.vanish('0007:00:00.0') : port.write(path, text)) };
    await expect(changeSlots({ ...context, port: stuck }, 'slot reset', [0x17], options)).rejects.toMatchObject({ code: 'change-failed' });
    expect(port.driverOf('0007:00:00.0')).toBe('nvme');
  }, 15_000);
});

describe('the list of slots', () => {
  it('names what is configured, its channel, its port and the kind of adapter', async () => {
    const { context, options } = cards();
    await switchSlot(context, 0x17, 'standby', options);
    expect((await listSlots(context)).map((slot) => [slot.fid, slot.state, slot.pchid, slot.port, slot.functionType, slot.classWord, slot.answers])).toEqual([
      ['0x00000017', 'standby', null, null, null, null, null],
      ['0x00000100', 'configured', '0x0128', 1, 'RoCE Express2', 'nic', true],
      ['0x00000101', 'configured', '0x0128', 1, 'RoCE Express2', 'nic', true],
    ]);
  });
});
