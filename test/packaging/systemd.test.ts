/** The units, as systemd itself reads and rates them. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { AGENT_UNITS } from '../../packaging/systemd/agent.ts';
import { APPLY_UNITS } from '../../packaging/systemd/apply.ts';
import { PAGE_UNITS } from '../../packaging/systemd/page.ts';
import { UNITS } from '../../packaging/systemd/units.ts';
import { surroundingsOf } from '../../src/app/surroundings.ts';
import { hostdev } from '../capture.ts';
import { bareMachine } from '../bare-machine.ts';
import { describeUnless } from '../skip.ts';

const hasAnalyze = spawnSync('systemd-analyze', ['--version']).status === 0;

function laid(): string {
  const directory = mkdtempSync(join(tmpdir(), 'hostdev-units-'));
  for (const [name, text] of Object.entries(UNITS)) writeFileSync(join(directory, name), text);
  return directory;
}

describe('the units of the page', () => {
  it('are a socket for root alone, its service, and a service over TLS with a password', () => {
    expect(Object.keys(PAGE_UNITS)).toEqual(['hostdev-ui.socket', 'hostdev-ui.service', 'hostdev-ui-tcp.service']);
    expect(UNITS['hostdev-ui.socket']).toMatch(/^SocketMode=0600$/m);
    expect(UNITS['hostdev-ui-tcp.service']).toMatch(/^ExecStart=.*--tls-cert .*--tls-key .*--password-file /m);
  });

  it('hide nothing that verdicts are made of: sysfs, modules, devices, processes, the network', () => {
    const text = Object.values(UNITS).join('');
    for (const hiding of ['ProtectKernelTunables', 'ProtectKernelModules', 'PrivateDevices', 'ProtectProc', 'ProcSubset', 'PrivateNetwork', 'PrivateUsers']) {
      expect(text).not.toContain(hiding);
    }
  });

  describeUnless(hasAnalyze ? '' : 'systemd-analyze is not installed', 'as systemd-analyze has them', () => {
    it.each([
      ['hostdev-ui.service', 3],
      ['hostdev-ui-tcp.service', 4.5],
      ['hostdev-apply.service', 4],
      ['hostdev-apply-guests.service', 4],
      ['hostdev-agent.service', 4.5],
    ])('%s rates %s or less', (name, most) => {
      const said = execFileSync('systemd-analyze', ['security', '--offline=true', '--no-pager', join(laid(), name)], { encoding: 'utf8' });
      const rate = Number(/Overall exposure level for \S+: ([\d.]+)/.exec(said)?.[1]);
      expect(rate).toBeLessThanOrEqual(most);
      expect(rate).toBeGreaterThan(0);
    });

    it('have no line that systemd does not know', () => {
      const directory = laid();
      const { stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', ...Object.keys(UNITS).map((name) => join(directory, name))], { encoding: 'utf8' });
      // The program is not installed here.
      const said = stderr.split('\n').filter((line) => line.includes('hostdev-') && !/is not executable|hostdev.*No such file/.test(line));
      expect(said).toEqual([]);
    });
  });
});

/** The values of a setting, one a word. */
const valuesOf = (name: string, setting: string): string[] =>
  [...(UNITS[name] ?? '').matchAll(new RegExp(`^${setting}=(.*)$`, 'gm'))].flatMap(([, value = '']) => value.split(' '));

describe('a unit that asks a fleet', () => {
  it.each(['hostdev-agent.service', 'hostdev-ui.service', 'hostdev-ui-tcp.service', 'hostdev-apply-guests.service'])(
    'writes into the directory that the quick start makes the store, without a drop-in: %s',
    (name) => {
      const [, directory = ''] = /^ {4}hostdev fleet init dir:(\S+)/m.exec(readFileSync('docs/fleet.md', 'utf8')) ?? [];
      expect(directory).toMatch(/^\/srv\//);
      // The minus lets it start on hosts that have none.
      expect(valuesOf(name, 'ReadWritePaths')).toContain(`-${directory}`);
    },
  );
});

describe('the unit of the agent', () => {
  it('runs a command line that there is, on a host of a fleet alone', async () => {
    expect(Object.keys(AGENT_UNITS)).toEqual(['hostdev-agent.service']);
    expect(valuesOf('hostdev-agent.service', 'ConditionPathExists')).toEqual([surroundingsOf({}).fleetFile]);
    const [program, ...words] = valuesOf('hostdev-agent.service', 'ExecStart');
    expect(program).toBe('/usr/bin/hostdev');
    expect(await hostdev(words, '', bareMachine())).toMatchObject({ status: 1, stderr: expect.stringContaining('[fleet-absent]') as string });
  });

  it('may have so much memory and time, and no more', () => {
    for (const setting of ['MemoryMax', 'CPUQuota']) expect(valuesOf('hostdev-agent.service', setting)).toHaveLength(1);
  });
});

describe('the units that apply at boot', () => {
  it('are one for the host and one for its guests', () => {
    expect(Object.keys(APPLY_UNITS)).toEqual(['hostdev-apply.service', 'hostdev-apply-guests.service']);
  });

  it('make the host before any daemon runs that starts guests or networks, and look at it once network and disks are in use', () => {
    const before = valuesOf('hostdev-apply.service', 'Before');
    expect(before).toEqual(['libvirtd.service', 'virtqemud.service', 'virtnetworkd.service', 'libvirt-guests.service']);
    expect(valuesOf('hostdev-apply.service', 'After')).toEqual(['network-online.target', 'remote-fs.target']);
    // The guests' part waits for those that the host's part is before.
    const after = valuesOf('hostdev-apply-guests.service', 'After');
    expect(after).toEqual(expect.arrayContaining(['hostdev-apply.service', ...before.filter((name) => name !== 'libvirt-guests.service')]));
    expect(valuesOf('hostdev-apply-guests.service', 'Before')).toEqual(['libvirt-guests.service']);
    expect(valuesOf('hostdev-apply-guests.service', 'Requires')).toEqual(['hostdev-apply.service']);
  });

  it('are not tried again and again', () => {
    for (const name of Object.keys(APPLY_UNITS)) expect(valuesOf(name, 'Restart')).toEqual(['no']);
  });

  it('run command lines that there are, of which the one that comes before libvirt asks it nothing', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'hostdev-wishes-'));
    writeFileSync(
      join(directory, 'host.yaml'),
      'formatVersion: 1\nfunctions: [{ function: "0007:00:00.0" }]\nguests: [{ guest: web, hostdevs: [{ function: "0007:00:00.0" }] }]\n',
    );
    const run = (name: string) => {
      const [program, ...words] = valuesOf(name, 'ExecStart');
      expect([program, words.at(-1)]).toEqual(['/usr/bin/hostdev', '/etc/hostdev']);
      return hostdev([...words.slice(0, -1), directory, '--dry-run'], '', bareMachine([{ address: '0007:00:00.0', driver: 'nvme', iommuGroup: 1 }]));
    };
    expect(await run('hostdev-apply.service')).toMatchObject({ status: 3, stderr: '' });
    const guests = await run('hostdev-apply-guests.service');
    expect(guests.status).toBe(1);
    expect(guests.stderr).toContain('[libvirt-');
  });
});
