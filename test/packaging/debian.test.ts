/** The layers of a Debian package; dpkg itself takes it in the laboratory (lab/packages.test.ts). */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatAr } from '../../packaging/debian/ar.ts';
import { control, debianVersion } from '../../packaging/debian/control.ts';
import { POSTINST, PRERM } from '../../packaging/debian/scripts.ts';
import { thisEdition } from '../../packaging/edition.ts';

describe('a Debian package', () => {
  it('is an ar archive whose members begin at even places', () => {
    const text = Buffer.from(
      formatAr(
        [
          { name: 'debian-binary', content: Buffer.from('2.0') },
          { name: 'control.tar.gz', content: Buffer.from('xy') },
        ],
        new Date(1_764_115_200_000),
      ),
    ).toString();
    expect(text).toBe(
      '!<arch>\ndebian-binary   1764115200  0     0     100644  3         `\n2.0\ncontrol.tar.gz  1764115200  0     0     100644  2         `\nxy',
    );
    expect(() => formatAr([{ name: 'a-name-of-seventeen', content: Buffer.of() }], new Date(0))).toThrow('too long');
  });

  it('needs the oldest Node that package.json promises, and no other package', () => {
    const fields = Object.fromEntries(
      [...control({ version: '1.2.0', date: new Date(0) }, 7).matchAll(/^([A-Z][\w-]+): (.*)$/gm)].map(([, name, value]) => [name, value]),
    );
    expect(fields).toMatchObject({ Package: 'hostdev', Version: '1.2.0', Architecture: 'all', 'Installed-Size': '7', Depends: 'nodejs (>= 20.19)' });
  });

  it('has a pre-release before its release', () => {
    expect(debianVersion('1.0.0-rc.1')).toBe('1.0.0~rc.1');
  });

  it('is of the time that is given, for who builds it again', () => {
    expect(thisEdition({ SOURCE_DATE_EPOCH: '1764115200' }).date.toISOString()).toBe('2025-11-26T00:00:00.000Z');
  });
});

describe('what dpkg runs', () => {
  /** As dpkg runs it, on a machine where `systemctl` writes down what it is asked. */
  function ran(script: string, verb: string): { readonly status: number | null; readonly asked: string } {
    const directory = mkdtempSync(join(tmpdir(), 'hostdev-scripts-'));
    const [file, said] = [join(directory, 'script'), join(directory, 'said')];
    // What would be there on a machine that systemd runs, and a state directory of the test's own.
    writeFileSync(file, script.replaceAll('/run/systemd/system', directory).replaceAll('/var/lib/hostdev', join(directory, 'state')), { mode: 0o755 });
    writeFileSync(join(directory, 'systemctl'), `#!/bin/sh\necho "$@" >> ${said}\n`, { mode: 0o755 });
    const { status } = spawnSync(file, [verb], { env: { PATH: `${directory}:${process.env['PATH']}` } });
    return { status, asked: existsSync(said) ? readFileSync(said, 'utf8').trim() : '' };
  }

  it.each([
    ['the units of the page are known once they are there', POSTINST, 'configure', 'daemon-reload'],
    [
      'the page is served no more when the command goes',
      PRERM,
      'remove',
      'stop hostdev-ui.socket hostdev-ui.service hostdev-ui-tcp.service hostdev-agent.service',
    ],
    ['a new version leaves the page that is served alone', PRERM, 'upgrade', ''],
  ])('%s', (_, script, verb, asked) => {
    expect(ran(script, verb)).toEqual({ status: 0, asked });
  });
});
