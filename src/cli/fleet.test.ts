import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bareMachine } from '../../test/bare-machine.ts';
import { hostdev, itemsOf } from '../../test/capture.ts';
import { fleetInDirectory } from '../../test/fleet/fleet-in-directory.ts';
import { claimOf, hostRecord, mappingOf, publishedOf } from '../../test/fleet/fleet-records.ts';
import { encodeHostRecord } from '../fleet/host-record-bytes.ts';
import { aliveKey, inventoryKey } from '../fleet/model/keys.ts';
import { formatRecord } from '../fleet/model/record.ts';
import type { HostRecord } from '../fleet/model/records.ts';
import type { FleetStore, Operation } from '../fleet/store/store.ts';
import type { Machine } from './machine.ts';

let directory: string;
let machine: Machine;
let store: FleetStore;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hostdev-fleet-'));
  const pair = [publishedOf(1, { companions: [publishedOf(2).key], device: '0x2237' }), publishedOf(2, { companions: [publishedOf(1).key], device: '0x2237' })];
  const hosts = [hostRecord([publishedOf(0), ...pair]), hostRecord([publishedOf(0, {}, 'kvm2')], { host: 'kvm2' })];
  const fleet = await fleetInDirectory(directory, { hosts, mappings: [mappingOf([{ ids: '10de:2236' }]).record] });
  store = fleet.store;
  machine = bareMachine([], { fleetFile: fleet.fleetFile });
});
afterEach(async () => {
  await store.close();
  await rm(directory, { recursive: true });
});

const run = async (...words: readonly string[]) => hostdev(['fleet', ...words], '', machine);

describe('hostdev fleet', () => {
  it('claims, says who has what, refuses a second one with who has it, and releases', async () => {
    expect(await run('claim', 'gpu-a10', '--for', 'web', '--host', 'kvm1', '--until', '2027-01-31')).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^kvm1 0000:3b:00\.0 is claimed for guest web \(token \d+\)\n$/) as unknown,
    });
    expect(await run('claim', 'kvm1/3b:00.0', '--for', 'db')).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(
        /kvm1 0000:3b:00\.0 is claimed: guest web on kvm1 \(claimed\), for .* \[claim-held\]\n {2}hint: 'hostdev fleet release/,
      ) as unknown,
    });
    expect((await run('claims', '--for', 'web')).stdout).toMatch(/FUNCTION +GUEST.*\nkvm1 0000:3b:00\.0 +web +kvm1 +claimed +gpu-a10 .*until 2027-01-31\n$/);
    expect((await run('release', 'kvm1/3b:00.0', '--dry-run')).stdout).toBe('kvm1 0000:3b:00.0 would be free; guest web had it claimed\n');
    expect((await run('claims', '--for', 'db', '--host', 'kvm1')).stdout).toBe('nothing is claimed for guest db on kvm1\n');
    expect((await run('claims', '--for', 'web', '--state', 'lost,stuck')).stdout).toBe('nothing that is claimed for guest web is lost or stuck\n');
    expect(await run('release', 'kvm1/3b:00.0')).toMatchObject({ status: 0, stdout: 'kvm1 0000:3b:00.0 is free; guest web had it claimed\n' });
    expect((await run('claims')).stdout).toBe('nothing is claimed\n');
  });

  it('claims a function with its group, shows what a dry run would, and gives the group back whole', async () => {
    expect(await run('claim', '3b:01.0', '--host', 'kvm1', '--for', 'web')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('only with the rest of its IOMMU group') as unknown,
    });
    expect((await run('claim', '3b:01.0', '--host', 'kvm1', '--for', 'web', '--group', '--dry-run')).stdout).toBe(
      'kvm1 0000:3b:01.0 would be claimed for guest web\nkvm1 0000:3b:02.0 would be claimed for guest web\n',
    );
    expect((await run('claims')).stdout).toBe('nothing is claimed\n');
    expect((await run('claim', '3b:01.0', '--host', 'kvm1', '--for', 'web', '--group')).stdout.split('\n')).toHaveLength(3);
    // Whoever asks for a part of it hears who has it, as in every list, and not to ask for the rest as well.
    for (const words of [[], ['--group']]) {
      const { stderr } = await run('claim', 'kvm1/3b:01.0', '--for', 'db', ...words);
      expect(stderr).toMatch(/kvm1 0000:3b:01\.0 is claimed: guest web on kvm1 .* \[claim-held\]/);
    }
    expect((await run('release', 'host/kvm1/0000:3b:02.0')).stdout.split('\n')).toHaveLength(3);
  });

  it('says of a function that nobody has told of the same, whichever command is asked', async () => {
    const told = await Promise.all([run('claim', 'kvm1/99:00.0', '--for', 'web'), run('show', 'kvm1/99:00.0')]);
    expect(new Set(told.map(({ status, stderr }) => `${status} ${stderr}`))).toEqual(
      new Set([
        "1 hostdev: no host of the fleet has published kvm1/0000:99:00.0 [fleet-function-unknown]\n  hint: 'hostdev fleet list --functions --on kvm1' shows what there is\n",
      ]),
    );
    const key = 'cpc/8561-0123456/0000a0f1';
    const ofMachine = await Promise.all([run('claim', key, '--for', 'web'), run('show', key)]);
    expect(new Set(ofMachine.map(({ status, stderr }) => `${status} ${stderr}`))).toEqual(
      new Set([
        `1 hostdev: no host of the fleet has published ${key} [fleet-function-unknown]\n  hint: 'hostdev fleet list --functions' shows what there is\n`,
      ]),
    );
  });

  it('shows a function of an IBM Z machine by its key, as each partition tells of it, with its claim', async () => {
    const key = 'cpc/8561-0123456/0000a0f1';
    const published = publishedOf(7, { key, uid: '0x0001', fid: '0x0000a0f1' });
    const ofPartition = (host: string): HostRecord => hostRecord([published], { host, architecture: 's390x' });
    const claim = claimOf(published, { host: 'lpar2' });
    const puts = await Promise.all(
      ['lpar1', 'lpar2'].map(async (host): Promise<Operation> => ({ kind: 'put', key: inventoryKey(host), value: await encodeHostRecord(ofPartition(host)) })),
    );
    await store.commit({ compares: [], operations: [...puts, { kind: 'put', key: claim.key, value: formatRecord(claim.record) }] });
    const { status, stdout, stderr } = await run('show', key);
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(
      /^lpar1 0000:3b:07\.0: 10de:2236, free\n(?: {2}.*\n)* {2}claimed for web on lpar2 .*\nlpar2 0000:3b:07\.0: .*\n(?: {2}.*\n)* {2}claimed for web on lpar2 .*\n$/,
    );
    expect(itemsOf<{ host: string }>(await run('show', key, '--json')).map(({ host }) => host)).toEqual(['lpar1', 'lpar2']);
  });

  it.each([
    ['claim gpu-a10', 'nobody said for which guest'],
    ['claim gpu-a10 --for web --group', '--group is for one function'],
    ['claim gpu-a10 --for web --count 0', '--count is a number from 1 to 64'],
    ['claim kvm1/3b:00.0 --for web --count 2', '--count asks for several, and one function is named'],
    ['claim kvm1/3b:00.0 --for web --host kvm2', 'kvm1/3b:00.0 is of kvm1, and --host says kvm2'],
    ['claim 3b:00.0 --for web', 'does not say which host'],
    ['claim GPU --for web', '"GPU" is no name of a fleet'],
    ['claim kvm1/zz --for web', '"kvm1/zz" names no function of a fleet: \'zz\' is not a PCI address'],
    ['claim /3b:00.0 --for web', '"/3b:00.0" does not say which host'],
    ['claim host/kvm1/0000:3b:00.0/vf/x --for web', '"host/kvm1/0000:3b:00.0/vf/x" names no function of a fleet'],
    ['release cpc/8561/00', '"cpc/8561/00" names no function of a fleet'],
    ['show kvm1/', '"kvm1/" names no function of a fleet'],
    ['claims --for=', '"" can be no name of a guest'],
    ['claim gpu-a10 --for web --until 2027-02-30', '--until is a date, not "2027-02-30"'],
    ['claim gpu-a10 --for web --until soon', '--until is a date'],
    ['claims --state gone', '"gone" is no state of a claim'],
    ['mapping set nic', 'nobody said which functions'],
    ['mapping set nic --match 8086:* --whole-group maybe', '--whole-group is yes or no'],
    ['forget KVM', '"KVM" is no name of a fleet'],
  ])('%s is refused in one message, and changes nothing', async (line, message) => {
    const { status, stderr } = await run(...line.split(' '));
    expect([status, stderr]).toEqual([2, expect.stringContaining(message)]);
    expect(stderr.match(/^hostdev: /gm)).toHaveLength(1);
    expect((await store.list('hostdev/v1/claims/')).entries).toEqual([]);
  });

  it('sets a mapping, tells what matches and what will not work, lists, shows and removes it', async () => {
    const set = await run('mapping', 'set', 'pair', '--match', '10de:2237,8086:*', '--description', 'two that go together');
    expect([set.status, set.stdout]).toEqual([0, 'the mapping pair is set: 0 of 2 functions that match can be claimed\n']);
    expect(set.stderr).toMatch(/warning: "8086:\*" matches no function.*\n.*\n.*warning: kvm1 0000:3b:01\.0 cannot be claimed: it goes only with/);
    expect((await run('mapping', 'set', 'pair', '--match', '10de:2237', '--whole-group', 'yes')).stdout).toContain('2 of 2 functions that match');
    expect((await run('mapping', 'list')).stdout).toMatch(/\ngpu-a10 +10de:2236 +alone +2 +2\npair +10de:2237 +whole +2 +2 +two that go together\n$/);
    await run('claim', 'pair', '--for', 'web');
    expect((await run('mapping', 'show', 'pair')).stdout).toMatch(
      /match +10de:2237\nwhole group +yes\nmigratable +no\nfunctions +0 of 2 .*\n.*is claimed: guest web/,
    );
    expect(await run('mapping', 'remove', 'pair')).toMatchObject({ status: 1, stderr: expect.stringContaining('[mapping-in-use]') as unknown });
    expect(await run('mapping', 'remove', 'pair', '--force')).toMatchObject({ status: 0, stderr: expect.stringContaining('they stay claimed') as unknown });
    expect((await run('mapping', 'remove', 'pair')).stdout).toBe('there is no mapping pair, so nothing is removed\n');
  });

  it('places a definition: tells where it can run and why not elsewhere, prints what it is there, and claims nothing', async () => {
    const signs = [await store.alive(aliveKey('kvm1'), new Uint8Array(), 60), await store.alive(aliveKey('kvm2'), new Uint8Array(), 60)];
    const before =
      "<domain type='kvm'>\n  <name>web</name>\n  <os><type arch='x86_64'>hvm</type></os>\n  <devices>\n    <hostdev mode='subsystem' type='pci'>\n      ";
    const text = `${before}<source mapping='gpu-a10'/>\n    </hostdev>\n  </devices>\n</domain>\n`;
    const place = async (...words: readonly string[]) => hostdev(['fleet', 'place', '-', ...words], text, machine);
    await run('claim', 'kvm2/3b:00.0', '--for', 'db');
    expect(await place()).toMatchObject({
      status: 0,
      stderr: '',
      stdout: expect.stringMatching(
        /^HOST +FITS +FUNCTIONS +NOTE\s*\nkvm1 +yes +0000:3b:00\.0\s*\nkvm2 +no +- +kvm2 0000:3b:00\.0 is claimed: guest db/,
      ) as unknown,
    });
    const source = "<source>\n        <address domain='0x0000' bus='0x3b' slot='0x00' function='0x0'/>\n      </source>";
    expect(await place('--on', 'kvm1')).toMatchObject({ status: 0, stderr: '', stdout: text.replace(/<source .*\/>/, source) });
    expect(await place('--on', 'kvm2')).toMatchObject({ status: 1, stdout: '', stderr: expect.stringContaining('[claim-held]') as unknown });
    expect(JSON.parse((await place('--on', 'kvm1', '--json')).stdout)).toMatchObject({
      items: [
        {
          host: 'kvm1',
          fits: true,
          rank: 1,
          functions: [{ wanted: 'gpu-a10', address: '0000:3b:00.0' }],
          reasons: [],
          definition: expect.any(String) as unknown,
        },
      ],
    });
    // A host that is misspelt had other cards at every address.
    expect(await place('--from', 'kvm9')).toMatchObject({ status: 1, stdout: '', stderr: expect.stringContaining('[fleet-host-unknown]') as unknown });
    expect(await place('--from', 'kvm2')).toMatchObject({ status: 0 });
    await run('claim', 'kvm1/3b:00.0', '--for', 'db');
    expect(await place()).toMatchObject({ status: 1, stderr: expect.stringMatching(/none of 2 hosts can run stdin now \[placement-none\]/) as unknown });
    expect((await run('claims', '--for', 'web')).stdout).toBe('nothing is claimed for guest web\n');
    for (const each of signs) await each.end();
  });

  it('checks, and forgets a host only when somebody says that it is off', async () => {
    await run('claim', 'gpu-a10', '--for', 'web', '--host', 'kvm2');
    const check = await run('check');
    expect([check.status, check.stdout]).toEqual([1, '2 hosts, 1 claim: 2 disagreements\n']);
    expect(check.stderr).toMatch(/kvm2 gives no signs of life: what is claimed there stays claimed \[host-silent\]\n {2}hint: .*--fenced/);
    expect((await run('forget', 'kvm2', '--dry-run')).stdout).toMatch(
      /^kvm2 0000:3b:00\.0: guest web on kvm2 \(claimed\).*\nkvm2 would be forgotten, and 1 claim of it freed\n$/,
    );
    expect(await run('forget', 'kvm2', '-y')).toMatchObject({ status: 1, stderr: expect.stringContaining('add --fenced') as unknown });
    // Nobody is there to ask.
    expect(await run('forget', 'kvm2', '--fenced')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('nobody has confirmed that kvm2 is off') as unknown,
    });
    expect((await run('claims')).stdout).toContain('kvm2');
    expect(await run('forget', 'kvm2', '--fenced', '-y')).toMatchObject({ status: 0, stdout: 'kvm2 is forgotten, and 1 claim of it freed\n' });
    expect((await run('claims')).stdout).toBe('nothing is claimed\n');
  });

  it('says on a machine of no fleet that it is of none', async () => {
    expect(await hostdev(['fleet', 'claims'])).toMatchObject({ status: 1, stderr: expect.stringContaining('[fleet-absent]') as unknown });
  });

  it('has no part in a report, whose reader need not know other hosts and their guests', async () => {
    const { status, stderr } = await hostdev(['report', '-o', '-', '--', 'fleet', 'claims'], '', machine);
    expect([status, stderr]).toEqual([2, expect.stringContaining("'fleet claims' has no part in a report")]);
  });

  it.each([
    [['fleet', '--help'], /^Usage: hostdev fleet .*mapping.*claim <function>.*release/s],
    [['help', 'fleet', 'mapping'], /^Usage: hostdev fleet mapping .*set <name>.*remove <name>/s],
    [['help', 'fleet', 'mapping', 'set'], /^Usage: hostdev fleet mapping set .*--match <match>/s],
  ])('is explained by hostdev %j', async (words, text) => {
    expect(await hostdev(words)).toMatchObject({ status: 0, stdout: expect.stringMatching(text) as unknown });
  });
});
