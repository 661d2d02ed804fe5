/** Every kind of function through every face: one verdict, and of each face what it makes of it. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkTogether } from '../../src/app/check.ts';
import { viewing } from '../../src/app/host-view.ts';
import type { Machine } from '../../src/cli/machine.ts';
import { parsePciAddress } from '../../src/pci/notation.ts';
import { type FakeLibvirt, startFakeLibvirt } from '../../src/testing/fake-libvirt/fake-libvirt.ts';
import { bareMachine } from '../bare-machine.ts';
import { hostdev as run, itemsOf } from '../capture.ts';
import { onPc } from '../guests.ts';
import { type FaceGuests, facesFor, facesOf, openFaceGuests } from './faces.ts';
import { type Kind, KINDS, machineWithEveryKind } from './kinds-of-functions.ts';

interface Row {
  readonly verdict: string;
  /** How `check` and `list` begin to say why; undefined where there is nothing to say. */
  readonly why?: RegExp;
  /** What stops prepare, and a guest that runs; undefined when nothing does. */
  readonly refusal?: string;
  /** What stops a definition, where that is something else. */
  readonly definition?: string | undefined;
  /** How validate sees it. */
  readonly validate?: 'error' | 'warning';
}

const IN_USE = { verdict: 'in use', refusal: 'function-in-use', definition: 'function-in-use', validate: 'warning' } as const;
const NEVER = { verdict: 'not assignable', refusal: 'function-not-assignable', definition: 'function-not-assignable', validate: 'error' } as const;

const TABLE: Readonly<Record<Exclude<Kind, 'absent' | 'companion'>, Row>> = {
  free: { verdict: 'free' },
  companions: { verdict: 'free', refusal: 'group-incomplete', definition: 'group-incomplete', validate: 'error' },
  storage: { ...IN_USE, why: /^nvme0n1 → mounted on \/$/ },
  network: { ...IN_USE, why: /^eth0 → default route$/ },
  console: { ...IN_USE, why: /^boot VGA/ },
  // Two definitions may have the same function, as long as one guest runs.
  held: { verdict: 'held', refusal: 'function-held', validate: 'warning', why: /^\/dev\/vfio\/6 → guest other, qemu-system-x86 \(pid 42\)$/ },
  'beside a held one': { verdict: 'held', refusal: 'function-held', validate: 'warning', why: /^\/dev\/vfio\/6 → guest other, qemu-system-x86 \(pid 42\)$/ },
  bridge: { ...NEVER, why: /^it is a bridge$/ },
  'no group': { ...NEVER, why: /^it has no IOMMU group/ },
  dead: { ...NEVER, why: /^it does not answer/ },
  unknown: { ...IN_USE, verdict: 'unknown', why: /^nvme1n1 → something holds it/ },
  'PF with VFs': { ...IN_USE, why: /^PF with 1 VF: 0000:0b:10\.0$/ },
  VF: { verdict: 'free' },
  'chipset group': { ...NEVER, why: /^IOMMU group 13 has 0000:0c:00\.0 \(ISA bridge, lpc_ich\) → a bridge cannot be taken/ },
  VMD: { verdict: 'free' },
  'behind VMD': { ...NEVER, why: /^it is behind the VMD controller 0000:0e:00\.0/ },
};

let fake: FakeLibvirt;
let machine: Machine;
let faceGuests: FaceGuests;
let directory: string;
const hostdev = (...words: string[]): ReturnType<typeof run> => run(words, '', machine);
/** The definition of a guest with one of the functions, and with none. */
const withFunction = (address: string): string => {
  const [domain, bus, slot, fn] = address.split(/[:.]/);
  const source = `<address domain='0x${domain}' bus='0x${bus}' slot='0x${slot}' function='0x${fn}'/>`;
  return onPc('web', 4).replace('<memballoon', `<hostdev mode='subsystem' type='pci' managed='yes'><source>${source}</source></hostdev><memballoon`);
};
let uri: string;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'hostdev-verdicts-'));
  const port = machineWithEveryKind();
  machine = bareMachine([], { context: async () => ({ port, isRoot: true, readPciIds: async () => undefined }) });
  faceGuests = await openFaceGuests();
  fake = await startFakeLibvirt();
  uri = `qemu+unix:///system?socket=${fake.socket}`;
  fake.qemu.define(onPc('idle', 4));
  fake.qemu.start(fake.qemu.define(onPc('live', 4)), false);
  fake.qemu.define(onPc('swapidle', 4).replace('<memballoon', hostdevOf(KINDS.free)));
  fake.qemu.start(fake.qemu.define(onPc('swaplive', 4).replace('<memballoon', hostdevOf(KINDS.VMD))), false);
});
afterAll(async () => {
  await faceGuests.stop();
  await fake.stop();
});

function hostdevOf(address: string): string {
  return `${/<hostdev.*<\/hostdev>/.exec(withFunction(address))?.[0] ?? ''}<memballoon`;
}

interface Judged {
  readonly hostAddress: string;
  readonly verdict: string;
  readonly evidence: readonly string[];
  readonly companions: unknown;
}

describe.each(Object.entries(TABLE) as [Exclude<Kind, 'absent' | 'companion'>, Row][])(
  'a function that is %s',
  (kind, { verdict, why, refusal, definition, validate }) => {
    const address = KINDS[kind];

    it(`is ${verdict} in list, check and show, for the same reasons`, async () => {
      const itemsOfCommand = async (...words: string[]): Promise<Judged[]> => itemsOf<Judged>(await hostdev(...words, '--json'));
      const listed = (await itemsOfCommand('list')).find((row) => row.hostAddress === address);
      const [checked] = await itemsOfCommand('check', address);
      const [shown] = await itemsOfCommand('show', address);
      expect([listed?.verdict, checked?.verdict, shown?.verdict]).toEqual([verdict, verdict, verdict]);
      expect(checked?.evidence[0] ?? '').toMatch(why ?? /^$/);
      expect([listed?.evidence, shown?.evidence]).toEqual([checked?.evidence, checked?.evidence]);
      expect([listed?.companions, shown?.companions]).toEqual([checked?.companions, checked?.companions]);
    });

    it(`is ${refusal === undefined ? 'taken' : 'refused'} by prepare, and check's status says so`, async () => {
      const [checked, prepared] = [await hostdev('check', address), await hostdev('prepare', address, '--dry-run')];
      // What a guest holds is with vfio-pci already, and may stay there: prepare has nothing to do.
      const isTaken = refusal === undefined || refusal === 'function-held';
      expect([checked.status, prepared.status]).toEqual([refusal === undefined ? 0 : 1, isTaken ? 0 : 1]);
      if (refusal === 'function-held') expect(prepared.stdout).toMatch(/is with vfio-pci, as it was before/);
      const problems = itemsOf<{ problems: { code: string; message: string }[] }>(await hostdev('check', address, '--json'))[0]?.problems;
      expect(problems?.map(({ code }) => code)).toEqual(refusal === undefined ? [] : [refusal]);
      // What a guest holds may stay with vfio-pci where it is.
      if (refusal !== undefined && refusal !== 'function-held') expect(prepared.stderr).toContain(problems?.[0]?.message);
    });

    it(`is ${refusal === undefined ? 'given to' : 'kept from'} a guest that runs, by attach and by swap`, async () => {
      const attached = await hostdev('attach', 'live', address, '--live', '--dry-run', '-c', uri);
      expect([attached.status, attached.stderr]).toEqual([
        refusal === undefined ? 0 : 1,
        refusal === undefined ? expect.anything() : expect.stringContaining(address),
      ]);
      if (kind === 'VMD') return;
      const swapped = await hostdev('swap', 'swaplive', KINDS.VMD, address, '--dry-run', '-c', uri);
      expect([swapped.status, swapped.stderr]).toEqual([attached.status, refusal === undefined ? expect.anything() : attached.stderr]);
    });

    it(`is ${definition === undefined ? 'written into' : 'kept from'} a definition, by attach and by swap, unless --force names what is lost`, async () => {
      const attached = await hostdev('attach', 'idle', address, '--config', '--dry-run', '-c', uri);
      expect(attached.status).toBe(definition === undefined ? 0 : 1);
      if (kind !== 'free') expect((await hostdev('swap', 'swapidle', KINDS.free, address, '--dry-run', '-c', uri)).status).toBe(attached.status);
      if (definition === undefined) return;
      const forced = await hostdev('attach', 'idle', address, '--config', '--force', '--dry-run', '-c', uri);
      expect([forced.status, forced.stderr]).toEqual([0, expect.stringMatching(/warning: with --force /)]);
      expect(forced.stderr).toContain(attached.stderr.split('\n')[0]?.replace('hostdev: ', ''));
    });

    it(`is written into a file ${definition === undefined ? 'without a word' : 'with a warning'}, and validate ${validate === undefined ? 'finds nothing' : `has ${validate === 'error' ? 'an error' : 'a warning'}`}`, async () => {
      const empty = join(directory, 'empty.xml');
      writeFileSync(empty, onPc('web', 4));
      const attached = await hostdev('attach', empty, address, '--dry-run', '--json');
      expect(attached.status).toBe(0);
      const { problems } = JSON.parse(attached.stdout) as { problems: { code: string; severity: string }[] };
      expect(problems).toEqual(definition === undefined ? [] : [expect.objectContaining({ code: definition, severity: 'warning', subject: address })]);
      const having = join(directory, 'having.xml');
      writeFileSync(having, withFunction(address));
      const [file] = itemsOf<{ problems: { code: string; severity: string }[] }>(await hostdev('validate', having, '--json'));
      const found = file?.problems.filter(({ code }) => /^function-|^group-/.test(code)).map(({ code, severity }) => [code, severity]);
      expect(found).toEqual(validate === undefined ? [] : [[refusal, validate]]);
    });
  },
);

describe('what check finds against functions', () => {
  const both = [KINDS.companions, KINDS.companion];
  const rows: (readonly [title: string, words: readonly string[]])[] = [
    ...(Object.keys(TABLE) as Exclude<Kind, 'absent' | 'companion'>[]).map((kind) => [`one that is ${kind}`, [KINDS[kind]]] as const),
    ['two that go together', both],
    ['one in use, and one that is free', [KINDS.storage, KINDS.free]],
    ['two that two programs use', [KINDS.network, KINDS.storage]],
    ['one that another guest holds, and a bridge', [KINDS.held, KINDS.bridge]],
  ];

  it.each(rows)('is what every face says in its way: %s', async (_, words) => {
    const context = viewing(await machine.context());
    const addresses = words.map(parsePciAddress);
    const found = (await checkTogether(context, addresses)).flatMap(({ problems }) => problems);
    expect(await facesOf(context, faceGuests, addresses)).toEqual(facesFor(found, addresses));
  });
});

describe('the rest of a group that a guest has', () => {
  const mate = KINDS['beside a held one'];
  beforeAll(() => {
    fake.qemu.start(fake.qemu.define(onPc('other', 4).replace('<memballoon', hostdevOf(KINDS.held))), false);
    // It is called like the one that has the group, but has nothing of it: that one is another one, or has it in a way of its own.
    fake.qemu.start(fake.qemu.define(onPc('beside', 4).replace('<memballoon', hostdevOf(KINDS.VMD))), false);
  });

  it.each<[string, number, string[]]>([
    ['is given to that guest', 0, ['attach', 'other', mate, '--live', '--dry-run']],
    ['is given to that guest, with what is free', 0, ['attach', 'other', mate, KINDS.free, '--live', '--dry-run']],
    ['comes to that guest in place of what it has of the group', 0, ['swap', 'other', KINDS.held, mate, '--dry-run']],
    ['is kept from another guest', 1, ['attach', 'live', mate, '--live', '--dry-run']],
    ['is kept from another guest by swap', 1, ['swap', 'beside', KINDS.VMD, mate, '--dry-run']],
    ['is held for who asks in general', 1, ['check', mate]],
    ['goes into any definition', 0, ['attach', 'idle', mate, '--config', '--dry-run']],
  ])('%s', async (_, status, words) => {
    const isGuests = words[0] !== 'check';
    const result = await hostdev(...words, ...(isGuests ? ['-c', uri] : []));
    expect([result.status, result.stderr]).toEqual([
      status,
      status === 0 || !isGuests ? expect.anything() : expect.stringMatching(/is held: \/dev\/vfio\/6 → guest other/),
    ]);
  });

  it('does not count as that where the guest of that name has nothing of the group', async () => {
    fake.qemu.destroy(fake.qemu.named('other'));
    fake.qemu.undefine(fake.qemu.named('other'));
    fake.qemu.start(fake.qemu.define(onPc('other', 4)), false);
    const result = await hostdev('attach', 'other', mate, '--live', '--dry-run', '-c', uri);
    expect([result.status, result.stderr]).toEqual([1, expect.stringMatching(/is held: \/dev\/vfio\/6 → guest other/)]);
  });
});

describe('functions that go only together', () => {
  const both = [KINDS.companions, KINDS.companion];

  it.each([
    ['named', both],
    ['asked for with --group', [KINDS.companions, '--group']],
  ])('are free when both are %s', async (_, words) => {
    expect((await hostdev('check', ...words)).status).toBe(0);
    expect((await hostdev('prepare', ...words, '--dry-run')).status).toBe(0);
    expect((await hostdev('attach', 'live', ...words, '--live', '--dry-run', '-c', uri)).status).toBe(0);
    const elements = itemsOf<{ hostAddress: string }>(await hostdev('xml', ...words, '--json'));
    expect(elements.map(({ hostAddress }) => hostAddress)).toEqual(both);
  });

  it('are readied together by swap, which gives the guest only the one that comes', async () => {
    const alone = await hostdev('swap', 'swaplive', KINDS.VMD, KINDS.companions, '--dry-run', '-c', uri);
    expect([alone.status, alone.stderr]).toEqual([1, expect.stringMatching(/shares IOMMU group 2 .*\n {2}hint: .*--group/)]);
    const { status, stdout } = await hostdev('swap', 'swaplive', KINDS.VMD, KINDS.companions, '--group', '--dry-run', '-c', uri);
    expect([status, stdout]).toEqual([0, expect.stringMatching(/0000:02:00\.1: snd_hda_intel → vfio-pci|0000:02:00\.1\/driver_override/)]);
    const idle = await hostdev('swap', 'swapidle', KINDS.free, KINDS.companions, '--group', '--dry-run', '-c', uri);
    expect(idle.status).toBe(0);
  });

  it('are named by check, with what each is', async () => {
    const { stdout } = await hostdev('check', KINDS.companions);
    expect(stdout).toMatch(/free together with 0000:02:00\.1 \(audio device, snd_hda_intel\)\n {2}hint: .*--group/);
  });
});

describe('a function that the machine does not have', () => {
  it.each([
    ['check', ['check', KINDS.absent]],
    ['show', ['show', KINDS.absent]],
    ['prepare', ['prepare', KINDS.absent, '--dry-run']],
  ])('is unknown to %s', async (_, words) => {
    const { status, stderr } = await hostdev(...words);
    expect([status, stderr]).toEqual([1, expect.stringMatching(/has no PCI function 0000:0f:00\.0/)]);
  });

  it('is refused for a guest that runs, and mentioned for definitions', async () => {
    expect((await hostdev('attach', 'live', KINDS.absent, '--live', '--dry-run', '-c', uri)).status).toBe(1);
    const defined = await hostdev('attach', 'idle', KINDS.absent, '--config', '--dry-run', '-c', uri);
    expect([defined.status, defined.stderr]).toEqual([0, expect.stringMatching(/warning: this machine has no PCI function/)]);
  });
});
