import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { addHostdevs } from './domain/edit.ts';
import { readDomain } from './domain/domain.ts';
import { HostdevError } from './errors.ts';
import { shellWord } from './shell-word.ts';
import { judgeMigration } from './state/migration.ts';

const HOSTDEV = "<hostdev mode='subsystem' type='pci'><source><address domain='0' bus='2' slot='0' function='0'/></source></hostdev>";
const guest = (name: string): string => `<domain type='kvm'><name>${name}</name><devices>${HOSTDEV}</devices></domain>`;
const SOURCE = { domain: 0, bus: 2, slot: 0, function: 0 };

it.each(['web', 'my guest', "it's", '$(touch x)', '-f', '*', '', 'a;b', 'ü'])('a shell reads %j back as one word', (text) => {
  expect(execFileSync('sh', ['-c', `printf '%s|' ${shellWord(text)}`], { encoding: 'utf8' })).toBe(`${text}|`);
});

it('commands in hints name a guest so that they can be pasted', () => {
  const { findings } = judgeMigration(
    { ref: { name: 'my guest', uuid: '', id: 1 }, state: 'running', live: guest('my guest'), config: undefined },
    () => 'vfio-pci',
  );
  expect(findings[0]?.remedy).toMatch(/^hostdev detach 'my guest' 0000:02:00\.0 --live/);
  const refused = (): string => addHostdevs(readDomain(guest('my guest')), [{ source: SOURCE }]);
  expect(refused).toThrow(HostdevError);
  expect(refused).toThrow(expect.objectContaining({ hint: expect.stringContaining("hostdev detach 'my guest' 0000:02:00.0") }));
});
