/** The file of a fleet stands in /etc/hostdev, beside the wishes that a unit applies at boot. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AGENT_UNITS } from '../../packaging/systemd/agent.ts';
import { APPLY_UNITS } from '../../packaging/systemd/apply.ts';
import { surroundingsOf } from '../../src/app/surroundings.ts';
import { bareMachine } from '../bare-machine.ts';
import { hostdev } from '../capture.ts';

const DEFAULT = surroundingsOf({}).fleetFile;
const GPU = { address: '0000:03:00.0', vendor: 0x10de, device: 0x2236, pciClass: 0x030000, driver: 'nouveau', iommuGroup: 3 };

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'hostdev-beside-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

describe('the file that says which fleet a machine is of', { timeout: 120_000 }, () => {
  it('is no wish to the command that the unit runs at boot on the directory that it is in', async () => {
    expect(APPLY_UNITS['hostdev-apply.service']).toContain(`--host-only -f ${dirname(DEFAULT)}\n`);
    const etc = join(directory, 'etc');
    mkdirSync(etc);
    writeFileSync(join(etc, 'host.yaml'), 'formatVersion: 1\n');
    const fleetFile = join(etc, basename(DEFAULT));
    const machine = bareMachine([GPU], { fleetFile, stateDirectory: join(directory, 'state'), files: { '/etc/machine-id': `${'0'.repeat(31)}1\n` } });
    const run = async (...words: readonly string[]): ReturnType<typeof hostdev> => hostdev(words, '', machine);
    expect(await run('fleet', 'init', `dir:${directory}/fleet`)).toMatchObject({ status: 0 });
    expect(await run('fleet', 'join', `dir:${directory}/fleet`, '--name', 'kvm1')).toMatchObject({ status: 0 });
    expect(readdirSync(etc)).toContain(basename(DEFAULT));
    expect(await run('apply', '--yes', '--wait=60', '--host-only', '-f', etc)).toMatchObject({ status: 0, stderr: '' });
  });

  it('is what its agent waits for, and no reason to start the units that apply wishes', () => {
    expect(AGENT_UNITS['hostdev-agent.service']).toContain(`ConditionPathExists=${DEFAULT}\n`);
    const globs = [...(APPLY_UNITS['hostdev-apply.service'] ?? '').matchAll(/^ConditionPathExistsGlob=\|.*\*(\..*)$/gm)].map(([, ending]) => ending as string);
    expect(globs).not.toEqual([]);
    expect(globs.filter((ending) => DEFAULT.endsWith(ending))).toEqual([]);
  });
});
