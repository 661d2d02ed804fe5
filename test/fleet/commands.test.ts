/** A fleet in a directory, by command lines alone. */
import { mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { guardOf } from '../../src/fleet/enrolled.ts';
import { openFileStore } from '../../src/fleet/file-store/file-store.ts';
import { schemaFiles } from '../../src/cli/json/table.ts';
import type { Machine } from '../../src/cli/machine.ts';
import { type FakeFunction, fakeKernel } from '../../src/testing/fake-kernel.ts';
import { type FakeLibvirt, startFakeLibvirt } from '../../src/testing/fake-libvirt/fake-libvirt.ts';
import { bareMachine } from '../bare-machine.ts';
import { hostdev } from '../capture.ts';
import { onZ } from '../guests.ts';

const GPU = { address: '0000:03:00.0', vendor: 0x10de, device: 0x2236, pciClass: 0x030000, driver: 'nouveau', iommuGroup: 3 };
const NIC = { address: '0000:04:00.0', vendor: 0x8086, device: 0x10c9, pciClass: 0x020000, driver: 'igb', iommuGroup: 4 };
/** A host that can give functions. */
const READY = { '/sys/kernel/iommu_groups/0/x': '', '/dev/vfio/vfio': '' };
const ZEROS = '0'.repeat(31);

const ajv = new Ajv2020({ allErrors: true, strictTuples: false, allowUnionTypes: true });
const validators = new Map<string, ValidateFunction>(schemaFiles().map(([file, schema]) => [file, ajv.compile(schema)]));

let directory: string;
let libvirt: FakeLibvirt;
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'hostdev-fleet-'));
  libvirt = await startFakeLibvirt();
});
afterEach(async () => {
  await libvirt.stop();
  rmSync(directory, { recursive: true });
});

/** A host by its number, with a journal, a file and an id of its own. */
function host(number: number, functions: readonly FakeFunction[] = [GPU, NIC]): Machine {
  const [stateDirectory, fleetFile] = [join(directory, `state${number}`), join(directory, `etc${number}`, 'fleet.conf')];
  const port = fakeKernel(functions, { files: { ...READY, '/etc/machine-id': `${ZEROS}${number}\n` } });
  const context = { port, isRoot: true, readPciIds: async () => undefined };
  const claims = guardOf({ context, fleetFile, stateDirectory });
  return bareMachine([], {
    context: async () => ({ ...context, claims }),
    stateDirectory,
    fleetFile,
    libvirtUri: `qemu+unix:///system?socket=${libvirt.socket}`,
  });
}
const run = async (machine: Machine, line: string): ReturnType<typeof hostdev> =>
  hostdev(
    line.split(' ').map((word) => word.replace('DIR', directory)),
    '',
    machine,
  );
const done = async (machine: Machine, line: string): Promise<string> => {
  const { status, stdout, stderr } = await run(machine, line);
  expect([line, status, stderr]).toEqual([line, 0, expect.not.stringContaining('error')]);
  return stdout;
};
const fleetOf = async (...machines: readonly Machine[]): Promise<void> => {
  await done(machines[0] as Machine, 'fleet init dir:DIR/fleet');
  for (const [at, machine] of machines.entries()) await done(machine, `fleet join dir:DIR/fleet --name kvm${at + 1}`);
};
const lines = (text: string): object[] =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as object);
const expectLines = (file: string, text: string): object[] => {
  const found = lines(text);
  for (const line of found) {
    validators.get(file)?.(line);
    expect(validators.get(file)?.errors ?? [], JSON.stringify(line)).toEqual([]);
  }
  return found;
};

// Each command loads what it needs when it runs.
describe('a fleet in a directory', { timeout: 120_000 }, () => {
  it('is made once, joined by hosts, listed and left', async () => {
    const [one, two] = [host(1), host(2, [NIC])];
    expect(await done(one, 'fleet init dir:DIR/fleet')).toContain('made the fleet at dir:');
    expect(await done(one, 'fleet init dir:DIR/fleet')).toContain('as it was before');
    // Whoever makes it again, to give somebody rights, does not mean to take back what its hosts ask for.
    expect(await done(one, 'fleet init dir:DIR/fleet --require-claims')).toContain('which wants claims');
    expect(await done(one, 'fleet init dir:DIR/fleet')).toMatch(/, which wants claims is there, as it was before/);
    expect(await done(one, 'fleet init dir:DIR/fleet --no-require-claims --dry-run')).toContain('would make');
    expect(await done(one, 'fleet init dir:DIR/fleet --no-require-claims')).not.toContain('which wants claims');
    expect(await done(one, 'fleet join dir:DIR/fleet --name kvm1')).toContain('kvm1 is a host of the fleet');
    await done(two, 'fleet join dir:DIR/fleet --name kvm2');
    expect((await done(one, 'fleet list')).split('\n').slice(1, 3)).toEqual([
      expect.stringMatching(/^kvm1 +silent +2 +0 +0 +2/),
      expect.stringMatching(/^kvm2 +silent +1 +0 +0 +1/),
    ]);
    await done(two, 'fleet leave');
    expect(await done(one, 'fleet list')).not.toContain('kvm2');
    expect(await run(two, 'fleet list')).toMatchObject({ status: 1, stderr: expect.stringContaining('[fleet-absent]') as string });
  });

  it('is joined again under the name that a host has there, whoever does not say one', async () => {
    const one = host(1);
    await fleetOf(one);
    expect(await done(one, 'fleet join dir:DIR/fleet')).toMatch(/^kvm1 is a host of the fleet at .*, as it was before\n$/);
    expect(JSON.parse(readFileSync(one.fleetFile, 'utf8'))).toMatchObject({ host: 'kvm1' });
  });

  it.each(['', '{"version":1,"host":"kvm1","store":{}}', '{"version":2}'])('says the way out of a file with %j, and it is one', async (text) => {
    const one = host(1);
    await fleetOf(one);
    writeFileSync(one.fleetFile, text);
    const { status, stderr } = await run(one, 'fleet join dir:DIR/fleet --name kvm1');
    expect([status, stderr]).toEqual([1, expect.stringContaining(`move ${one.fleetFile} away, then 'hostdev fleet join STORE'`)]);
    renameSync(one.fleetFile, join(directory, 'away'));
    await done(one, 'fleet join dir:DIR/fleet --name kvm1');
    expect(await done(one, 'fleet list')).toContain('kvm1');
  });

  it('has no host of which a file says what is in keys and certificates, and the file is for root alone', async () => {
    const one = host(1);
    await fleetOf(one);
    expect(JSON.parse(readFileSync(one.fleetFile, 'utf8'))).toEqual({ version: 1, host: 'kvm1', store: { directory: join(directory, 'fleet') } });
    expect(statSync(one.fleetFile).mode & 0o777).toBe(0o600);
  });

  it.each([
    ['join where nobody has made one', 'fleet join dir:DIR/fleet --name kvm1', 2],
    ['leave none', 'fleet leave', 1],
    ['join by a name that is none', 'fleet join dir:DIR/fleet --name kvm_1', 2],
    ['name a directory by where somebody stands', 'fleet init dir:fleet', 2],
  ])('nobody may %s, and nothing is changed by it', async (_, line, status) => {
    const one = host(1);
    expect(await run(one, line)).toMatchObject({ status, stdout: '' });
    expect(() => statSync(one.fleetFile)).toThrow();
    expect(() => statSync(join(directory, 'fleet'))).toThrow();
  });

  it('has no name twice, and no machine under two', async () => {
    const one = host(1);
    await fleetOf(one);
    expect(await run(host(2), 'fleet join dir:DIR/fleet --name kvm1')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('[fleet-name-taken]') as string,
    });
    expect(await run(one, 'fleet join dir:DIR/fleet --name kvm3')).toMatchObject({ status: 1, stderr: expect.stringContaining('[fleet-member]') as string });
  });

  it('shows in a dry run what would be, and does nothing', async () => {
    const one = host(1);
    expect(await done(one, 'fleet init dir:DIR/fleet --dry-run')).toContain('would make');
    expect(() => statSync(join(directory, 'fleet'))).toThrow();
    await done(one, 'fleet init dir:DIR/fleet');
    expect(await done(one, 'fleet join dir:DIR/fleet --name kvm1 --dry-run')).toContain('kvm1 would be');
    expect(() => statSync(one.fleetFile)).toThrow();
    await done(one, 'fleet join dir:DIR/fleet --name kvm1');
    expect(await done(one, 'fleet leave --dry-run')).toContain('would leave');
    expect(await done(one, 'fleet list')).toContain('kvm1');
  });

  it('is mended, and not made, where only the file that says what its directory is has gone', async () => {
    const one = host(1);
    await fleetOf(one);
    await done(one, 'fleet mapping set gpu-a10 --match 10de:2236');
    rmSync(join(directory, 'fleet', 'fleet-store'));
    expect(await run(one, 'fleet mapping list')).toMatchObject({ status: 2, stderr: expect.stringContaining('[fleet-directory]') as string });
    const what = `the fleet at dir:${directory}/fleet: the file that says what its directory is had gone`;
    expect(await done(one, 'fleet init dir:DIR/fleet --dry-run')).toBe(`would mend ${what}\n`);
    expect(await run(one, 'fleet mapping list')).toMatchObject({ status: 2 });
    expect(await done(one, 'fleet init dir:DIR/fleet')).toBe(`mended ${what}\n`);
    expect(await done(one, 'fleet mapping show gpu-a10')).toContain('match        10de:2236\n');
    expect(await done(one, 'fleet init dir:DIR/fleet')).toBe(`the fleet at dir:${directory}/fleet is there, as it was before\n`);
  });

  it('is not made in a dry run where it could not be', async () => {
    const one = host(1);
    writeFileSync(join(directory, 'fleet'), '');
    for (const words of ['', ' --dry-run']) {
      expect(await run(one, `fleet init dir:DIR/fleet${words}`)).toMatchObject({ status: 2, stderr: expect.stringContaining('[fleet-directory]') as string });
    }
    rmSync(join(directory, 'fleet'));
    await done(one, 'fleet init dir:DIR/fleet');
    writeFileSync(join(directory, 'notes'), '');
    for (const words of ['', ' --dry-run']) {
      expect(await run(one, `fleet init dir:DIR${words}`)).toMatchObject({ status: 2, stderr: expect.stringContaining('something else in it') as string });
    }
  });

  it('lists functions of all hosts by what they have to be', async () => {
    const [one, two] = [host(1), host(2, [NIC])];
    await fleetOf(one, two);
    const found = async (filter: string): Promise<string[]> =>
      (expectLines('fleet-list.json', await done(one, `fleet list ${filter} --json`)) as { key: string }[]).map(({ key }) => key);
    const [gpu1, nic1, nic2] = ['host/kvm1/0000:03:00.0', 'host/kvm1/0000:04:00.0', 'host/kvm2/0000:04:00.0'];
    expect(await found('--functions')).toEqual([gpu1, nic1, nic2]);
    expect(await found('--class gpu')).toEqual([gpu1]);
    expect(await found('--vendor 8086 --device 0x10c9')).toEqual([nic1, nic2]);
    expect(await found('--on kvm2 --functions')).toEqual([nic2]);
    expect(await done(one, 'fleet list --numa 7')).toMatch(/^HOST +ADDRESS[^\n]*\n$/);
    expectLines('fleet-list.json', await done(one, 'fleet list --json'));
  });

  it.each([
    ['fleet list --on kvm9'],
    ['fleet list --on kvm1,kvm9 --functions'],
    ['fleet list --on kvm9 --json'],
    ['fleet claims --host kvm9'],
    ['fleet show kvm9'],
  ])('says so where it has no host of that name: %s', async (line) => {
    const one = host(1);
    await fleetOf(one);
    const { status, stdout, stderr } = await run(one, line);
    expect([status, stderr]).toEqual([1, expect.stringContaining('the fleet has no host kvm9 [fleet-host-unknown]')]);
    expect(line.endsWith('--json') ? (JSON.parse(stdout) as { items: [] }).items : stdout).toHaveLength(0);
    expect(await done(one, 'fleet claims --host kvm1')).toBe('nothing is claimed on kvm1\n');
  });

  it('is checked with 1 where somebody has to do something, 0 else, and where it cannot be looked at nothing is on stdout', async () => {
    const one = host(1);
    await fleetOf(one);
    expect(await run(one, 'fleet check')).toMatchObject({
      ...{ status: 1, stdout: '1 host, 0 claims: 1 disagreement\n' },
      stderr: expect.stringContaining('[host-silent]') as string,
    });
    const open = await openFileStore(join(directory, 'fleet'));
    const alive = await open.alive('hostdev/v1/alive/kvm1/now', new Uint8Array(1), 60);
    expect(await run(one, 'fleet check')).toMatchObject({ status: 0, stdout: '1 host, 0 claims: nothing disagrees\n' });
    await alive.end();
    await open.close();
    rmSync(join(directory, 'fleet'), { recursive: true });
    const away = await run(one, 'fleet check');
    expect([away.status === 0, away.stdout, away.stderr]).toEqual([false, '', expect.stringContaining('[fleet-directory]')]);
  });

  it('gives a guest a function once, and says who has it', async () => {
    libvirt.qemu.start(libvirt.qemu.define(onZ('web')), false);
    const one = host(1);
    await fleetOf(one);
    await done(one, 'attach web 0000:03:00.0 -y');
    expect(await done(one, 'fleet show kvm1/0000:03:00.0')).toMatch(/claimed for web on kvm1 by .*: attached, token \d+/);
    expect(await done(one, 'fleet list --free --class gpu')).not.toContain('0000:03:00.0');
    expect(await run(one, 'fleet leave')).toMatchObject({ status: 1, stderr: expect.stringContaining('[fleet-claimed]') as string });
    await done(one, 'detach web 0000:03:00.0 -y --keep-claim');
    expect(await done(one, 'fleet show kvm1')).toContain('claimed for web on kvm1');
  });

  it('hears of a host from its agent, and of claims from whoever makes them', async () => {
    libvirt.qemu.start(libvirt.qemu.define(onZ('web')), false);
    const one = host(1);
    await fleetOf(one);
    const watching = run(one, 'fleet watch --json --for 3');
    await new Promise((resolve) => setTimeout(resolve, 500));
    await done(one, 'attach web 0000:04:00.0 -y');
    const { status, stdout } = await watching;
    expect(status).toBe(0);
    const events = expectLines('fleet-watch.json', stdout) as { subject: string; detail: string; name: string }[];
    expect(events.filter(({ subject }) => subject === 'claim').map(({ name, detail }) => [name, detail])).toEqual([
      ['host/kvm1/0000:04:00.0', 'attaching for web on kvm1'],
      ['host/kvm1/0000:04:00.0', 'attached for web on kvm1'],
    ]);
    // A card was taken out meanwhile.
    const told = expectLines('agent.json', await done(host(1, [NIC]), 'agent --once --json')) as { event: string; detail: string }[];
    expect(told).toMatchObject([{ event: 'published', host: 'kvm1', detail: 'kvm1: 1 functions, sequence 2' }]);
    expect(await done(host(1, [NIC]), 'agent --once')).toBe('');
  });

  it('name of a mapping that matches nothing the command that says what it matches', async () => {
    const machine = host(1);
    await fleetOf(machine);
    await done(machine, 'fleet mapping set gpu-a10 --match 10de:2237');
    const { stderr } = await run(machine, 'fleet claim mapping:gpu-a10 --for web');
    const [, line = ''] = /'hostdev (fleet mapping show [^']*)'/.exec(stderr) ?? [];
    expect(await done(machine, line)).toContain('match        10de:2237\n');
    expect(await done(machine, line.replace('gpu', 'mapping:gpu'))).toContain('match        10de:2237\n');
  });

  it.each([
    ['an escape sequence in a description', '--match 10de:2236 --description \u001b[31mred', 'usage'],
    ['two lines in a description', '--match 10de:2236 --description one\ntwo', 'usage'],
    ['a letter that turns the order of what is read in a description', '--match 10de:2236 --description \u202eder', 'usage'],
    ['an escape sequence in the name of a network', '--match network=\u001b[31mphysnet1', 'mapping-malformed'],
    ['an escape sequence in a fact of a fingerprint', '--match serial=\u001b[31m1', 'mapping-malformed'],
  ])('has no mapping with %s', async (_, words, code) => {
    const machine = host(1);
    await fleetOf(machine);
    const { status, stdout, stderr } = await run(machine, `fleet mapping set odd ${words}`);
    expect([status, stdout, stderr]).toEqual([2, '', expect.stringContaining(`[${code}]`)]);
    expect(stderr).not.toMatch(/[\u001b\u202e]/);
    expect(await done(machine, 'fleet mapping list')).toBe('the fleet has no mappings\n');
  });

  it('has no host on a network whose name orders a terminal about', async () => {
    const machine = host(1);
    await done(machine, 'fleet init dir:DIR/fleet');
    const { status, stderr } = await run(machine, 'fleet join dir:DIR/fleet --name kvm1 --physical-network \u001b[31mphysnet1:eth0');
    expect([status, stderr]).toEqual([2, expect.stringContaining('[usage]')]);
  });
});
