import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bareMachine } from '../../test/bare-machine.ts';
import { hostdev as run } from '../../test/capture.ts';
import type { FakeFunction } from '../testing/fake-kernel.ts';
import type { Machine } from './machine.ts';

/** A function of IBM Z; two are of one card, and have one channel. */
const z = (uid: number, fid: number, pchid: number, more: Partial<FakeFunction> = {}): FakeFunction => ({
  address: `${uid.toString(16).padStart(4, '0')}:00:00.0`,
  driver: 'mlx5_core',
  iommuGroup: uid,
  express: true,
  fid,
  attributes: { uid: `0x${uid.toString(16)}`, pchid: `0x${pchid.toString(16)}`, uid_is_unique: '1' },
  ...more,
});

let machine: Machine;
let directory: string;
let guest: string;
beforeEach(async () => {
  machine = bareMachine([z(1, 0x100, 0x128), z(2, 0x101, 0x128), z(0x21, 0x200, 0x130, { sriov: { total: 4 } })]);
  directory = await mkdtemp(join(tmpdir(), 'hostdev-words-'));
  guest = join(directory, 'guest.xml');
  await writeFile(guest, "<domain type='kvm'><os><type arch='s390x' machine='s390-ccw-virtio'>hvm</type></os><devices></devices></domain>");
});
afterEach(() => rm(directory, { recursive: true }));

const hostdev = (words: readonly string[]): ReturnType<typeof run> =>
  run(
    words.map((word) => (word === 'GUEST' ? guest : word)),
    '',
    machine,
  );

describe('the ids of IBM Z name functions wherever addresses do', () => {
  it.each<[string[], RegExp]>([
    [['list', 'pchid=0x128'], /0001:00:00\.0.*\n.*0002:00:00\.0.*\n$/],
    [['check', 'fid=0x100'], /^0001:00:00\.0 {2}free\n$/],
    [['check', 'pchid=0x128'], /^0001:00:00\.0 {2}free\n0002:00:00\.0 {2}free\n$/],
    [['show', 'uid=0x21'], /0021:00:00\.0/],
    [['show', 'pchid=0x130'], /0021:00:00\.0/],
    [['xml', 'fid=00000100'], /domain='0x0001'/],
    [['attach', 'GUEST', 'fid=0x100', '--dry-run', '--libvirt', '11.3'], /domain='0x0001'/],
    [['prepare', 'pchid=0x128', '--dry-run'], /0001:00:00\.0[\s\S]*0002:00:00\.0/],
    [['release', 'uid=0x1', '--dry-run'], /0001:00:00\.0/],
    [['vf', 'create', 'fid=0x200', '2', '--dry-run'], /0021:00:00\.0/],
    [['vf', 'remove', 'pchid=0x130', '--dry-run'], /0021:00:00\.0/],
    [['slot', 'off', 'fid=0x100', '--dry-run'], /slots\/00000100\/power/],
    [['slot', 'off', 'uid=0x1', '--dry-run'], /slots\/00000100\/power/],
    [['slot', 'off', '0001:00:00.0', '--dry-run'], /slots\/00000100\/power/],
  ])('%j', async (words, output) => {
    const result = await hostdev(words);
    expect(result).toMatchObject({ status: 0, stderr: '' });
    expect(result.stdout).toMatch(output);
  });

  it('detach finds what attach gave', async () => {
    const before = await readFile(guest, 'utf8');
    expect(await hostdev(['attach', 'GUEST', 'pchid=0x128'])).toMatchObject({ status: 0, stdout: `0001:00:00.0, 0002:00:00.0 attached to ${guest}\n` });
    expect(await hostdev(['detach', 'GUEST', 'fid=0x100', 'uid=0x2'])).toMatchObject({ status: 0 });
    expect((await readFile(guest, 'utf8')).trim()).not.toContain('hostdev');
    expect(before).not.toContain('hostdev');
  });

  it.each<[string[], number, RegExp]>([
    [['check', 'fid=0x999'], 1, /no PCI function with fid=0x999 \[[a-z-]+\]\n {2}hint: it has fid 0x100, 0x101, 0x200/],
    [['prepare', 'uid=0x7', 'fid=0x8', '--dry-run'], 1, /with uid=0x7 \[function-unknown\]\n.*\nhostdev: .* with fid=0x8 \[function-unknown\]\n/],
    [['show', 'pchid=0x128'], 2, /pchid=0x128 means 2 functions: 0001:00:00\.0, 0002:00:00\.0/],
    [['swap', 'web', 'pchid=0x128', 'fid=0x200'], 2, /pchid=0x128 means 2 functions/],
    [['persistent', 'remove', 'uid=0x999', '--dry-run'], 1, /with uid=0x999/],
    [['prepare', 'fid=0x100', '0001:00:00.0', '--dry-run'], 2, /0001:00:00\.0 is named twice/],
    [['slot', 'off', '0x100', '0x100', '--dry-run'], 2, /fid 0x00000100 is named twice \[address-twice\]/],
    [['slot', 'on', 'fid=0x100', '0001:00:00.0', '--dry-run'], 2, /fid 0x00000100 is named twice \[address-twice\]/],
    [['prepare', 'fid=0x200 0001:00:00.0', '--dry-run'], 2, /'fid=0x200 0001:00:00\.0' has an id and another name of a function \[address-ambiguous\]/],
    [['prepare', '0001:00:00.0 uid=0x2', '--dry-run'], 2, /has an id and another name/],
    [['prepare', 'fid=0x200 uid=0x21', '--dry-run'], 2, /has an id and another name/],
    [['release', 'uid=33', '--dry-run'], 2, /uid '33' can mean 0x33 or 0x21/],
  ])('%j is refused', async (words, status, message) => {
    const result = await hostdev(words);
    expect(result.status).toBe(status);
    expect(result.stderr).toMatch(message);
  });

  it('on other machines there are none, and it is said why', async () => {
    machine = bareMachine([{ address: '0000:01:00.0', iommuGroup: 1 }]);
    expect((await hostdev(['show', 'fid=0x100'])).stderr).toMatch(/only IBM Z gives/);
    expect((await hostdev(['slot', 'off', '01:00.0', '--dry-run'])).stderr).toMatch(/0000:01:00\.0 has no function id/);
  });
});

describe('numbers that could be two are refused with both', () => {
  it.each<[string[], RegExp]>([
    [['xml', '01:00.0', '--fid', '000000100'], /--fid '000000100' can mean 0x100, 0x64 or 0x40/],
    [['xml', '01:00.0', '--uid', '0010'], /--uid '0010' can mean 0x10, 0xa or 0x8/],
    [['xml', '01:00.0', '--boot-order', '010'], /--boot-order '010' can mean 10 or, as octal, 8/],
    [['slot', 'off', '0100', '--dry-run'], /can mean 0x100, 0x64 or 0x40/],
    [['slot', 'on', '17', '--dry-run'], /can mean 0x17 or 0x11 \[[a-z-]+\]\n {2}hint: write 0x17/],
    [['vf', 'create', 'fid=0x200', '010', '--dry-run'], /can mean 10 or, as octal, 8/],
    [['vf', 'set', '01:00.0', '--vlan', '010', '--dry-run'], /can mean 10 or, as octal, 8/],
    [['xml', '01:00.0', '--boot-order', '9007199254740993'], /--boot-order is a number from 1 to 4294967295, not '9007199254740993'/],
    [['xml', '01:00.0', '--uid', '1a'], /--uid '1a' is not a number \[[a-z-]+\]\n {2}hint: if it is hexadecimal, write 0x1a/],
  ])('%j', async (words, message) => {
    const result = await hostdev(words);
    expect(result).toMatchObject({ status: 2, stdout: '' });
    expect(result.stderr).toMatch(message);
  });

  it("eight digits are a fid: the slot's own name", async () => {
    expect((await hostdev(['xml', '01:00.0', '--fid', '00000100'])).stdout).toContain("fid='0x00000100'");
    expect((await hostdev(['slot', 'off', '00000100', '--dry-run'])).stdout).toMatch(/slots\/00000100\/power/);
  });
});

describe('words that are pasted', () => {
  it("an element's source is taken, not its place in the guest", async () => {
    const pasted = "<source><address bus='0x15' slot='0'/></source><address type='pci' bus='0x21' slot='0'/>";
    for (const word of [pasted, `<hostdev mode='subsystem' type='pci'>${pasted}</hostdev>`]) {
      expect((await hostdev(['xml', word])).stdout).toContain("<address domain='0x0000' bus='0x15' slot='0x00' function='0x0'/>");
    }
  });

  it('all that is wrong with several words is told in one run', async () => {
    const result = await hostdev(['prepare', '01:00', '0002:41:00.1 bus=0 slot=5', '0001:00:00.0', 'uid=33', '--dry-run']);
    expect(result).toMatchObject({ status: 2, stdout: '' });
    expect(result.stderr.match(/^hostdev: .*/gm)).toEqual([
      "hostdev: '01:00' is not a PCI address [address-malformed]",
      "hostdev: '0002:41:00.1 bus=0 slot=5' names 0000:00:05.0 and 0002:41:00.1 [address-ambiguous]",
      "hostdev: uid '33' can mean 0x33 or 0x21 [number-ambiguous]",
    ]);
  });

  it('all functions that are not there are told in one run', async () => {
    for (const words of [
      ['prepare', '98:0.0', '0001:00:00.0', '99:0.0', '--dry-run'],
      ['release', '98:0.0', '99:0.0', '--dry-run'],
      ['list', '98:0.0', '99:0.0'],
    ]) {
      const result = await hostdev(words);
      expect(result).toMatchObject({ status: 1, stdout: '' });
      expect(result.stderr.match(/^hostdev: .*/gm)).toEqual(
        ['98', '99'].map((bus) => `hostdev: this machine has no PCI function 0000:${bus}:00.0 [function-unknown]`),
      );
    }
  });

  it('what can be said of the others is said, although one is not there', async () => {
    const result = await hostdev(['check', '0001:00:00.0', '99:0.0', 'fid=0x101']);
    expect(result.status).toBe(1);
    expect(result.stdout).toBe('0001:00:00.0  free\n0002:00:00.0  free\n');
    expect(result.stderr).toMatch(/^hostdev: this machine has no PCI function 0000:99:00\.0 \[[a-z-]+\]\n {2}hint: .*\n$/);
    expect(JSON.parse((await hostdev(['check', '0001:00:00.0', '99:0.0', '--json'])).stdout)).toMatchObject({
      items: [{ hostAddress: '0001:00:00.0', problems: [] }],
      problems: [{ code: 'function-unknown', subject: '0000:99:00.0' }],
    });
  });

  it('2:0.0 is bus 2, and where a domain 2 is meant the hint says so', async () => {
    for (const words of [
      ['check', '2:0.0'],
      ['show', '2:0.0'],
      ['prepare', '2:0.0', '--dry-run'],
      ['attach', 'GUEST', '2:0.0', '--dry-run'],
    ]) {
      expect((await hostdev(words)).stderr).toMatch(
        /no PCI function 0000:02:00\.0 \[[a-z-]+\]\n {2}hint: did you mean 0002:00:00\.0\? .*first number is the bus/,
      );
    }
  });
});

describe('--wait takes no word that follows for its value', () => {
  it.each<[string[], number, RegExp]>([
    [['prepare', '--wait', '0001:00:00.0', '--dry-run'], 0, /^$/],
    [['prepare', '0001:00:00.0', '--dry-run', '--wait'], 0, /^$/],
    [['prepare', '--wait=60', '0001:00:00.0', '--dry-run'], 0, /^$/],
    [['prepare', '--wait=long', '0001:00:00.0', '--dry-run'], 2, /--wait is a number of seconds, not 'long' \[[a-z-]+\]\n {2}hint: .*--wait=60/],
    [['prepare', '--wait', '60', '0001:00:00.0', '--dry-run'], 2, /'60' is not a PCI address/],
  ])('%j', async (words, status, stderr) => {
    const result = await hostdev(words);
    expect(result.status).toBe(status);
    expect(result.stderr).toMatch(stderr);
  });

  it('and help shows it as it is written', async () => {
    expect((await hostdev(['prepare', '--help'])).stdout).toMatch(/ {2}--wait\[=seconds\] /);
  });
});

describe('the element of a function', () => {
  it('that the machine does not have is written, and it is said', async () => {
    machine = bareMachine([{ address: '0000:06:00.0', driver: 'nvme', iommuGroup: 6 }]);
    const { status, stdout, stderr } = await hostdev(['xml', '99:00.0', '06:00.0']);
    expect([status, stdout.match(/bus='0x\w\w'/g)]).toEqual([0, ["bus='0x99'", "bus='0x06'"]]);
    expect(stderr).toMatch(/^hostdev: warning: this machine has no PCI function 0000:99:00\.0 \[function-unknown\]\n {2}hint: that is right if .*\n$/);
  });
});
