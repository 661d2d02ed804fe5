/** The hook that keeps guests from being started without their functions, as libvirt runs it: with a shell, and the guest's definition on standard input. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const HOOK = readFileSync('packaging/libvirt/qemu-hook', 'utf8');

const source = (address: string): string => {
  const [, domain, bus, slot, fn] = /^(.*):(.*):(.*)\.(.*)$/.exec(address) ?? [];
  return `<source>\n        <address domain='0x${domain}' bus='0x${bus}' slot='0x${slot}' function='0x${fn}'/>\n      </source>`;
};
const PLACE = "<address type='pci' domain='0x0000' bus='0x09' slot='0x00' function='0x0'/>";
const hostdev = (address: string): string => `<hostdev mode='subsystem' type='pci' managed='yes'>\n      ${source(address)}\n      ${PLACE}\n    </hostdev>`;
const guest = (devices: string): string => `<domain type='kvm'>\n  <name>web</name>\n  <devices>\n    ${devices}\n  </devices>\n</domain>\n`;
const DISK = `<disk type='file' device='disk'>\n      <source file='/var/lib/web.img' index='1'/>\n      ${PLACE}\n    </disk>`;

/** A host with these functions; `failed`: what systemctl says of the unit. */
function start(xml: string, there: readonly string[], failed = false, words: readonly string[] = ['web', 'prepare', 'begin', '-']) {
  const directory = mkdtempSync(join(tmpdir(), 'hostdev-hook-'));
  for (const address of there) mkdirSync(join(directory, 'devices', address), { recursive: true });
  const programs = join(directory, 'bin');
  mkdirSync(programs);
  writeFileSync(join(programs, 'systemctl'), `#!/bin/sh\n[ "$*" = '--quiet is-failed hostdev-apply.service' ] && exit ${failed ? 0 : 1}\nexit 64\n`, {
    mode: 0o755,
  });
  const hook = join(directory, 'hook');
  expect(HOOK).toContain('/sys/bus/pci/devices/');
  writeFileSync(hook, HOOK.replaceAll('/sys/bus/pci/devices/', `${directory}/devices/`), { mode: 0o755 });
  const { status, stdout, stderr } = spawnSync(hook, words, { input: xml, encoding: 'utf8', env: { PATH: `${programs}:${process.env['PATH']}` } });
  expect(stdout).toBe('');
  return { status, stderr };
}

describe('the hook of libvirt', () => {
  it.each([
    ['a guest without functions of the host', guest(DISK), [], false],
    ['a guest without functions of the host, though the boot has failed', guest(DISK), [], true],
    ['a guest whose function is there', guest(hostdev('0002:06:00.1')), ['0002:06:00.1'], false],
  ])('lets %s start', (_, xml, there, failed) => {
    expect(start(xml, there, failed)).toEqual({ status: 0, stderr: '' });
  });

  it.each([
    ['a function', hostdev('0002:06:00.1'), '0002:06:00.1'],
    ['one of two', DISK + hostdev('0000:03:00.0') + hostdev('0000:0A:1f.7'), '0000:0a:1f.7'],
    ['an interface', `<interface type='hostdev' managed='yes'>\n      ${source('0000:02:10.0')}\n      ${PLACE}\n    </interface>`, '0000:02:10.0'],
    [
      'a disk that is NVMe',
      `<disk type='nvme' device='disk'>\n      ${source('0000:05:00.0').replace('<source>', "<source type='pci' managed='yes' namespace='1'>")}\n    </disk>`,
      '0000:05:00.0',
    ],
    ['a function written on one line', hostdev('0000:06:00.0').replaceAll(/\n\s*/g, ''), '0000:06:00.0'],
    ['a function in double quotes', hostdev('0000:06:00.0').replaceAll("'", '"'), '0000:06:00.0'],
  ])('refuses a guest that lacks %s, in one line that names it', (_, devices, missing) => {
    const { status, stderr } = start(guest(devices), ['0000:03:00.0']);
    expect(status).toBe(1);
    expect(stderr).toMatch(new RegExp(`^hostdev: web is not started: this host has no PCI function ${missing};[^\\n]*\\n$`));
  });

  it('refuses a guest with functions once the boot has failed to make the host as it is wished, and says how to go on', () => {
    const { status, stderr } = start(guest(hostdev('0000:03:00.0')), ['0000:03:00.0'], true);
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /^hostdev: web is not started: .*journalctl -b -u hostdev-apply.*systemctl restart hostdev-apply.*systemctl reset-failed hostdev-apply[^\n]*\n$/,
    );
  });

  it.each([['prepare end'], ['start begin'], ['started begin'], ['stopped end'], ['release end'], ['migrate begin'], ['reconnect begin']])(
    'says nothing at %s: there a refusal would come too late, or stop what runs',
    (operation) => {
      expect(start(guest(hostdev('0000:03:00.0')), [], true, ['web', ...operation.split(' '), '-'])).toEqual({ status: 0, stderr: '' });
    },
  );
});
