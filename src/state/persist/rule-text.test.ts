import { describe, expect, it } from 'vitest';
import type { Fingerprint } from '../fingerprint.ts';
import { addressOfRuleFile, ruleFile } from './paths.ts';
import type { PersistentRule } from './persistent-rule.ts';
import { formatRule, parseRule } from './rule-text.ts';

const FINGERPRINT: Fingerprint = {
  vendor: '0x8086',
  device: '0x10c9',
  subsystemVendor: '0x8086',
  subsystemDevice: '0x0000',
  fid: null,
  serial: null,
  mac: null,
  place: '0000:02:00.0',
};
const RULE: PersistentRule = { address: '0000:02:00.0', fingerprint: FINGERPRINT, modules: ['igb'], driver: 'vfio-pci', vfs: null };
const VFS = { count: 4, hostDrivers: false, settings: { '1': { mac: '52:54:00:00:00:01' } } };

describe('the text of a rule', () => {
  const lines = (rule: PersistentRule): string[] =>
    formatRule(rule)
      .split('\n')
      .filter((line) => line.startsWith('ACTION'));

  it('begins with what it is, and ends with a way to leave every function alone', () => {
    expect(
      formatRule(RULE)
        .split('\n')
        .map((line) => (line.startsWith('ACTION') ? 'ACTION' : line)),
    ).toEqual([
      "# Function 0000:02:00.0: made by hostdev. 'hostdev persistent remove 0000:02:00.0' takes it away again.",
      '# hostdev {"version":1,"address":"0000:02:00.0","byAddress":true,"fingerprint":{"vendor":"0x8086","device":"0x10c9","subsystemVendor":"0x8086","subsystemDevice":"0x0000","fid":null,"serial":null,"mac":null},"modules":["igb"],"driver":"vfio-pci","vfs":null}',
      "# 'hostdev=off' on the kernel command line leaves every function alone for one boot.",
      'IMPORT{cmdline}="hostdev"',
      'ENV{hostdev}=="off", GOTO="hostdev_end"',
      'ACTION',
      'LABEL="hostdev_end"',
      '',
    ]);
  });

  it('sets the override of the function that fits, and has its driver loaded', () => {
    expect(lines(RULE)).toEqual([
      'ACTION=="add", SUBSYSTEM=="pci", KERNEL=="0000:02:00.0", ATTR{vendor}=="0x8086", ATTR{device}=="0x10c9", ATTR{subsystem_vendor}=="0x8086", ATTR{subsystem_device}=="0x0000", ATTR{driver_override}="vfio-pci", RUN{builtin}+="kmod load vfio_pci", RUN+="/bin/sh /etc/udev/hostdev-take $kernel vfio-pci"',
    ]);
  });

  it('on IBM Z without unique uids knows the function by its fid only', () => {
    const [line] = lines({ ...RULE, fingerprint: { ...FINGERPRINT, fid: '0x00000017', place: null } });
    expect(line).toContain('ATTR{function_id}=="0x00000017"');
    expect(line).not.toContain('KERNEL');
  });

  it('compares the serial number where there is one', () => {
    const [line] = lines({ ...RULE, fingerprint: { ...FINGERPRINT, serial: { offset: 260, bytes: '01 02 03 04 05 06 07 08' } } });
    expect(line).toContain('PROGRAM=="/usr/bin/od -An -v -tx1 -j260 -N8 /sys$devpath/config", RESULT=="*01 02 03 04 05 06 07 08*"');
  });

  it('creates virtual functions once the driver has bound, with host drivers kept off', () => {
    const made = lines({ ...RULE, driver: null, vfs: VFS });
    for (const line of made) {
      expect(line).toMatch(
        /^ACTION=="add\|bind", SUBSYSTEM=="pci", KERNEL=="0000:02:00\.0", ATTR\{vendor\}=="0x8086", .*, DRIVER=="\?\*", DRIVER!="\*vfio\*", [^,]*$/,
      );
    }
    expect(made.map((line) => line.split(', ').at(-1))).toEqual([
      'ATTR{sriov_drivers_autoprobe}="0"',
      'ATTR{sriov_numvfs}="4"',
      'RUN+="/bin/sh /etc/udev/hostdev-take vf $kernel 1 mac 52:54:00:00:00:01"',
    ]);
  });

  it('lets host drivers have the virtual functions where they may, and writes each setting of each', () => {
    const settings = { '0': { mac: '52:54:00:00:00:01', vlan: '7' }, '2': { trust: 'on' } };
    const made = lines({ ...RULE, vfs: { count: 3, hostDrivers: true, settings } }).map((line) => line.split(', ').at(-1));
    expect(made).toEqual([
      'RUN+="/bin/sh /etc/udev/hostdev-take $kernel vfio-pci"',
      'ATTR{sriov_numvfs}="3"',
      'RUN+="/bin/sh /etc/udev/hostdev-take vf $kernel 0 mac 52:54:00:00:00:01"',
      'RUN+="/bin/sh /etc/udev/hostdev-take vf $kernel 0 vlan 7"',
      'RUN+="/bin/sh /etc/udev/hostdev-take vf $kernel 2 trust on"',
    ]);
  });

  it.each<[string, Partial<PersistentRule>]>([
    ['without a place', { fingerprint: { ...FINGERPRINT, fid: '0x00000017', place: null } }],
    ['of virtual functions alone', { driver: null, vfs: VFS }],
    ['of none that are kept at none', { vfs: { count: 0, hostDrivers: true, settings: {} } }],
    ['without modules', { modules: [] }],
    ['with names of every letter', { modules: ['a_b-c.d:e', 'F9'], driver: 'x_y-z.1' }],
  ])('%s is read back as it was written', (_, changes) => {
    const rule = { ...RULE, ...changes };
    expect(parseRule(formatRule(rule))).toEqual({ kind: 'rule', rule, edited: false });
  });

  it('is read back as it was written, and an edited one is seen', () => {
    expect(parseRule(formatRule(RULE))).toEqual({ kind: 'rule', rule: RULE, edited: false });
    expect(parseRule(formatRule(RULE).replace('==', '!='))).toMatchObject({ edited: true });
  });

  it.each<[string, string, object]>([
    ['of a newer hostdev is named as that', formatRule(RULE).replace('"version":1', '"version":2'), { kind: 'newer', version: 2 }],
    ['of a newer hostdev is named as that, whatever else it says', '# hostdev {"version":9}\n', { kind: 'newer', version: 9 }],
    ['of somebody else is not read', 'ACTION=="add"\n', { kind: 'unreadable' }],
    ['that is torn is not read', formatRule(RULE).slice(0, 200), { kind: 'unreadable' }],
    ['without a version is not read', formatRule(RULE).replace('"version":1,', ''), { kind: 'unreadable' }],
    ['without a fingerprint is not read', formatRule(RULE).replace('"vendor"', '"seller"'), { kind: 'unreadable' }],
    ['with a driver that is no word is not read', formatRule(RULE).replace('"vfio-pci"', '"vfio; reboot"'), { kind: 'unreadable' }],
    [
      'with a number of functions that is none is not read',
      formatRule({ ...RULE, driver: null, vfs: VFS }).replace('"count":4', '"count":"4"'),
      { kind: 'unreadable' },
    ],
    ['with fewer virtual functions than none is not read', formatRule({ ...RULE, driver: null, vfs: { ...VFS, count: -4 } }), { kind: 'unreadable' }],
    ['of a version before the first is not read', formatRule(RULE).replace('"version":1', '"version":0'), { kind: 'unreadable' }],
    ['of a version that is a text is not read', formatRule(RULE).replace('"version":1', '"version":"2"'), { kind: 'unreadable' }],
    ['that is a list is not read', '# hostdev [{"version":9}]\n', { kind: 'unreadable' }],
    ['that is nothing is not read', '# hostdev null\n', { kind: 'unreadable' }],
    ['that does not say whether the address counts is not read', formatRule(RULE).replace('"byAddress":true', '"byAddress":1'), { kind: 'unreadable' }],
    ['without modules is not read', formatRule(RULE).replace('"modules":["igb"]', '"modules":"igb"'), { kind: 'unreadable' }],
    ['with a module that is no word is not read', formatRule(RULE).replace('["igb"]', '["igb","x y"]'), { kind: 'unreadable' }],
    ['with a module without a name is not read', formatRule(RULE).replace('["igb"]', '["igb",""]'), { kind: 'unreadable' }],
    ['with an address that is a number is not read', formatRule(RULE).replace('"address":"0000:02:00.0"', '"address":2'), { kind: 'unreadable' }],
    ['with virtual functions that are a number is not read', formatRule(RULE).replace('"vfs":null', '"vfs":4'), { kind: 'unreadable' }],
    ...(
      [
        ['"hostDrivers":false', '"hostDrivers":0'],
        ['"settings":{', '"settings":[],"x":{'],
        ['"1":{', '"one":{'],
        ['"1":{', '"1x":{'],
        ['"1":{', '"1":7,"2":{'],
        ['"52:54:00:00:00:01"', '"52:54:00:00:00:01","vlan":"7 ; reboot"'],
        ['"52:54:00:00:00:01"', '"; reboot","vlan":"7"'],
        ['"count":4', '"count":4.5'],
      ] as const
    ).map(([from, to]): [string, string, object] => [
      `with ${to} for ${from} is not read`,
      formatRule({ ...RULE, driver: null, vfs: VFS }).replace(from, to),
      { kind: 'unreadable' },
    ]),
    ['for something that is no function is not read', formatRule({ ...RULE, address: '../02:00.0' }), { kind: 'unreadable' }],
  ])('%s', (_, written, expected) => {
    expect(parseRule(written)).toEqual(expected);
  });

  it.each(['0000:02:00.0', '10000:e1:00.0', 'ffffffff:ff:1f.7'])('is in a file whose name says that it is for %s', (address) => {
    expect(addressOfRuleFile(ruleFile(address))).toBe(address);
  });

  it.each(['10-hostdev-local.rules', '10-hostdev-0000-02-00-0.rules.bak', '80-drivers.rules'])('is not in %s', (name) => {
    expect(addressOfRuleFile(name)).toBeUndefined();
  });
});
