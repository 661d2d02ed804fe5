/** The units of the page, as systemd itself reads and rates them. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { UNITS } from '../../packaging/systemd/units.ts';
import { describeUnless } from '../skip.ts';

const hasAnalyze = spawnSync('systemd-analyze', ['--version']).status === 0;

function laid(): string {
  const directory = mkdtempSync(join(tmpdir(), 'hostdev-units-'));
  for (const [name, text] of Object.entries(UNITS)) writeFileSync(join(directory, name), text);
  return directory;
}

describe('the units of the page', () => {
  it('are a socket for root alone, its service, and a service over TLS with a password', () => {
    expect(Object.keys(UNITS)).toEqual(['hostdev-ui.socket', 'hostdev-ui.service', 'hostdev-ui-tcp.service']);
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
      const said = stderr.split('\n').filter((line) => line.includes('hostdev-ui') && !/is not executable|hostdev.*No such file/.test(line));
      expect(said).toEqual([]);
    });
  });
});
