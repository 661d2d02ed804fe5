import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { bareMachine } from '../../test/bare-machine.ts';
import { hostdev } from '../../test/capture.ts';
import { KNOWN_LIBVIRTS } from '../addressing/libvirt/known.ts';
import { installedLibvirt } from '../app/installed-libvirt.ts';

let directory: string;
let guest: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'hostdev-libvirt-'));
  guest = join(directory, 'guest.xml');
  writeFileSync(guest, "<domain type='qemu'><os><type arch='riscv64' machine='virt'>hvm</type></os><devices/></domain>\n");
});

/** A machine with libvirt's library, and what its libvirt found out about QEMU. */
function machineWith(library: string, caches: readonly string[] = []): ReturnType<typeof bareMachine> {
  const libraries = join(directory, library);
  mkdirSync(libraries);
  writeFileSync(join(libraries, library), '');
  return bareMachine([], { libraries: ['/nowhere', libraries], capabilityCaches: caches });
}

describe('the libvirt of a machine', () => {
  it.each([
    ['libvirt.so.0.11003.0', '11.3.0'],
    ['libvirt.so.0.9000.1', '9.0.1'],
    ['libvirt.so.0.12010.2', '12.10.2'],
    ['libvirt.so.0', undefined],
    ['libvirt-qemu.so.0.11003.0', undefined],
    ['libvirt.so.0.11003.0.debug', undefined],
  ])('with the file %s is %s', async (name, version) => {
    const libraries = join(directory, 'lib');
    mkdirSync(libraries);
    writeFileSync(join(libraries, name), '');
    expect(await installedLibvirt(['/nowhere', libraries])).toBe(version);
  });
});

describe('which libvirt a prediction is for', () => {
  const balloon = (xml: string): boolean => xml.includes('<memballoon');

  it('is what --libvirt says, and nothing more is said', async () => {
    const old = await hostdev(['expand', guest, '--host', 'none', '--libvirt', '11.3']);
    expect([balloon(old.stdout), old.stderr]).toEqual([true, '']);
    const young = await hostdev(['expand', guest, '--host', 'none', '--libvirt', '12.8']);
    expect([balloon(young.stdout), young.stderr]).toEqual([false, '']);
  });

  it.each(['expand', 'validate', 'args', 'topology'])('is the newest that is known where nobody says, and %s says so', async (command) => {
    const { stderr } = await hostdev([command, guest, '--host', 'none']);
    expect(stderr).toBe(`note: for libvirt ${KNOWN_LIBVIRTS.at(-1)?.version}.0 with QEMU 11.1 (the newest that is known; --libvirt names another)\n`);
  });

  it("is this machine's, with the QEMU beside it", async () => {
    const { stdout } = await hostdev(['expand', guest, '--json'], '', machineWith('libvirt.so.0.11003.0'));
    expect(JSON.parse(stdout)).toMatchObject({ versions: { libvirt: '11.3.0', said: true, qemu: '10.0', evidence: 'measured' } });
  });

  it("is this machine's, with the QEMU that its libvirt knows", async () => {
    const cache = join(directory, 'cache');
    mkdirSync(cache);
    writeFileSync(
      join(cache, 'a.xml'),
      "<qemuCaps><selfvers>9000000</selfvers><flag name='pcie-root-port'/><flag name='virtio-pci-non-transitional'/><version>8001002</version><arch>riscv64</arch><machine type='tcg' name='virt'/></qemuCaps>",
    );
    const { stdout } = await hostdev(['expand', guest, '--json'], '', machineWith('libvirt.so.0.9000.0', [cache]));
    expect(JSON.parse(stdout)).toMatchObject({ ok: true, versions: { libvirt: '9.0.0', qemu: '8.1' } });
  });

  it("is not this machine's for a guest of no host, nor against what is asked for", async () => {
    const machine = machineWith('libvirt.so.0.9000.0');
    expect(JSON.parse((await hostdev(['expand', guest, '--json', '--host', 'none'], '', machine)).stdout)).toMatchObject({ versions: { said: false } });
    expect(JSON.parse((await hostdev(['expand', guest, '--json', '--libvirt', '12.8'], '', machine)).stdout)).toMatchObject({
      versions: { libvirt: '12.8.0' },
    });
  });

  it.each([
    ['--explain', /^for libvirt 10\.0\.0 with QEMU 8\.2 \(by table, not measured\)$/m],
    ['--json', /"libvirt": "10\.0\.0"/],
  ])('is named by expand %s', async (option, words) => {
    expect((await hostdev(['expand', guest, '--host', 'none', '--libvirt', '10.0', option])).stdout).toMatch(words);
  });

  it.each(['twelve', '12', '9.0.0.0'])("is no '%s'", async (version) => {
    const { status, stderr } = await hostdev(['expand', guest, '--libvirt', version]);
    expect(status).toBe(2);
    expect(stderr).toContain(`'${version}' is not a version`);
  });
});

describe('--libvirt list', () => {
  it.each(['expand', 'validate', 'args', 'topology'])('of %s needs no file and shows what is known, and how', async (command) => {
    const { status, stdout, stderr } = await hostdev([command, '--libvirt', 'list']);
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^11\.3 +10\.0 +Debian 13 +held against a real daemon$/m);
    expect(stdout).toMatch(/^10\.0 +8\.2 +Ubuntu 24\.04, SLES 15 SP6 +by table only$/m);
    expect(stdout.trimEnd().split('\n')).toHaveLength(KNOWN_LIBVIRTS.length + 1);
  });

  it('is data with --json', async () => {
    expect(JSON.parse((await hostdev(['expand', '--libvirt', 'list', '--json'])).stdout)).toEqual(KNOWN_LIBVIRTS);
  });

  it('excuses nobody else from naming a file', async () => {
    const { status, stderr } = await hostdev(['expand', '--libvirt', '11.3']);
    expect(status).toBe(2);
    expect(stderr).toContain("missing required argument 'file'");
  });
});

describe('expand --between', () => {
  const between = (versions: string, ...more: string[]): ReturnType<typeof hostdev> =>
    hostdev(['expand', guest, '--host', 'none', '--between', versions, ...more]);

  it('tells what moves from one to the other, and what libvirt has changed', async () => {
    const { status, stdout } = await between('11.3,12.8');
    expect(status).toBe(0);
    expect(stdout).toContain('libvirt 11.3.0 with QEMU 10.0 → libvirt 12.8.0 with QEMU 11.1: 3 places differ');
    expect(stdout).toMatch(/^memballoon virtio +01:00\.0 +\(not there\)$/m);
    expect(stdout).toContain('RISC-V guests have no balloon without being asked');
  });

  it('says that nothing moves, and no more', async () => {
    expect((await between('9.0,11.3')).stdout).toMatch(/: nothing moves\n$/);
  });

  it('tells which one refuses the definition, and why', async () => {
    writeFileSync(guest, "<domain type='qemu'><os><type arch='x86_64' machine='q35'>hvm</type></os><devices><iommu model='amd'/></devices></domain>\n");
    const { status, stdout, stderr } = await between('11.3,12.8');
    expect(status).toBe(1);
    expect(stdout).toContain('refused by libvirt 11.3.0 with QEMU 10.0');
    expect(stderr).toContain('which libvirt 11.3.0 does not know');
  });

  it('is data with --json', async () => {
    expect(JSON.parse((await between('11.3,12.8', '--json')).stdout)).toMatchObject({
      before: { ok: true, versions: { libvirt: '11.3.0' } },
      after: { ok: true, versions: { libvirt: '12.8.0' } },
      moves: expect.arrayContaining([{ name: 'memballoon virtio', before: '01:00.0' }]) as unknown[],
    });
  });

  it.each([['9.0'], ['9.0,'], ['9.0,11.3,12.8'], ['old,new']])("'%s' is refused", async (versions) => {
    expect((await between(versions)).status).toBe(2);
  });

  it('does not go with what writes', async () => {
    expect((await between('9.0,11.3', '--in-place')).status).toBe(2);
    expect((await between('9.0,11.3', '--libvirt', '9.0')).status).toBe(2);
  });
});
