/** Wishes as other programs carry them: those in how-to pages for Ansible, cloud-init and git, as those programs read them, on the machine of the documents. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { UNITS } from '../../packaging/systemd/units.ts';
import { hostdev } from '../capture.ts';
import { type DocumentMachine, startMachine } from '../documents/machines.ts';
import { PC } from '../documents/pc.ts';
import { describeUnless } from '../skip.ts';

/** Blocks of a page in a language. */
const blocks = (page: string, language: string): string[] =>
  [...readFileSync(`docs/how-to/${page}.md`, 'utf8').matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(([, text = '']) => text);
/** As PyYAML reads it, which Ansible and cloud-init have. */
const read11 = <T>(text = ''): T => parse(text, { version: '1.1' }) as T;

let machine: DocumentMachine;
beforeEach(async () => {
  machine = await startMachine(PC);
});
afterEach(() => machine.stop());

interface Answer {
  readonly status: number;
  readonly changed: boolean;
  readonly problems: readonly { readonly severity: string }[];
}

async function answerOf(words: readonly string[], stdin = ''): Promise<Answer> {
  const { status, stdout } = await hostdev([...words, '--json'], stdin, machine.as('root'));
  return { status, ...(JSON.parse(stdout) as Omit<Answer, 'status'>) };
}

describe('docs/how-to/ansible.md', () => {
  const [playbook] = blocks('ansible', 'yaml').map((text) => read11<{ tasks: Record<string, { wish: object } | null>[] }[]>(text));
  const wishes = (playbook ?? []).flatMap(({ tasks }) => tasks.flatMap((task) => task['hostdev.host.hostdev_wish']?.wish ?? []));

  it('has a wish that is made once, and is so when the play is run again', async () => {
    expect(wishes.length).toBe(1);
    const text = JSON.stringify({ formatVersion: 1, ...wishes[0] });
    const runs = [await answerOf(['apply', '--yes', '-f', '-'], text), await answerOf(['apply', '--yes', '-f', '-'], text)];
    expect(runs.map(({ status, changed }) => [status, changed])).toEqual([
      [0, true],
      [0, false],
    ]);
  });

  it('names only modules and options that the collection has', () => {
    const tasks = blocks('ansible', 'yaml').flatMap((text) => read11<{ tasks: Record<string, Record<string, unknown> | null>[] }[]>(text)[0]?.tasks ?? []);
    const ours = tasks.flatMap((task) => Object.entries(task).filter(([name]) => name.startsWith('hostdev.host.')));
    expect(ours.map(([name]) => name)).toEqual(['hostdev.host.hostdev_wish', 'hostdev.host.hostdev_facts']);
    for (const [name, options] of ours) {
      const source = readFileSync(`ansible/plugins/modules/${name.replace('hostdev.host.', '')}.py`, 'utf8');
      for (const option of Object.keys(options ?? {})) expect(source).toContain(`            ${option}=dict(`);
    }
  });
});

describe('docs/how-to/cloud-init.md', () => {
  const [text = ''] = blocks('cloud-init', 'yaml');
  const data = read11<{ write_files: { path: string; content: string }[]; runcmd: string[][] }>(text);

  it('begins as user data has to, and has a wish that is made by the command that runs then', async () => {
    expect(text.startsWith('#cloud-config\n')).toBe(true);
    for (const { path, content } of data.write_files) writeFileSync(join(machine.directory, path.replace('/etc/hostdev/', '')), content);
    expect(data.write_files.map(({ path }) => path)).toEqual(['/etc/hostdev/host.yaml']);
    const [words = []] = data.runcmd;
    expect([words[0], words.at(-1)]).toEqual(['hostdev', '/etc/hostdev']);
    const ours = [...words.slice(1, -1), join(machine.directory, 'host.yaml')];
    expect(await answerOf(ours)).toMatchObject({ status: 0, changed: true });
    expect(await answerOf(ours)).toMatchObject({ status: 0, changed: false });
  });

  it('enables units that there are', () => {
    const enabled = data.runcmd.filter(([program]) => program === 'systemctl').flatMap(([, , ...units]) => units);
    expect(enabled.length).toBeGreaterThan(0);
    for (const name of enabled) expect(UNITS[name]).toMatch(/^\[Install\]$/m);
  });
});

describe('docs/how-to/at-boot.md', () => {
  it('enables units that there are, and links the hook from where the package has it', () => {
    const text = readFileSync('docs/how-to/at-boot.md', 'utf8');
    const [, enabled = ''] = /`systemctl enable ([^`]*)`/.exec(text) ?? [];
    expect(enabled.split(' ').toSorted()).toEqual(
      Object.keys(UNITS)
        .filter((name) => name.startsWith('hostdev-apply'))
        .toSorted(),
    );
    const [, hook = ''] = /ln -s \/usr\/share\/hostdev(\S+) \/etc\/libvirt\/hooks\/qemu\.d\/hostdev$/m.exec(text) ?? [];
    expect(readFileSync('packaging/debian/build.ts', 'utf8')).toContain(`cp('packaging${hook}'`);
  });
});

describe('docs/how-to/git.md', () => {
  const names = [...readFileSync('docs/how-to/git.md', 'utf8').matchAll(/^`\/etc\/systemd\/system\/(hostdev-pull\.\w+)`:$/gm)].map(([, name = '']) => name);
  const units = blocks('git', 'ini');

  it('has a service and its timer, which makes what is in the directory', async () => {
    expect(names).toEqual(['hostdev-pull.service', 'hostdev-pull.timer']);
    const [, line = ''] = /^ExecStart=\/usr\/bin\/hostdev (.*)$/m.exec(units[0] ?? '') ?? [];
    expect(line).toMatch(/ \/etc\/hostdev$/);
    const words = line.replace(/ \/etc\/hostdev$/, '').split(' ');
    expect(await answerOf([...words, join(machine.directory, 'wish.yaml')])).toMatchObject({ status: 0, changed: true });
  });

  describeUnless(spawnSync('systemd-analyze', ['--version']).status === 0 ? '' : 'systemd-analyze is not installed', 'as systemd has them', () => {
    it('has no line that systemd does not know', () => {
      const directory = mkdtempSync(join(tmpdir(), 'hostdev-units-'));
      for (const [i, name] of names.entries()) writeFileSync(join(directory, name), units[i] ?? '');
      for (const [name, text] of Object.entries(UNITS)) writeFileSync(join(directory, name), text);
      const { stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', ...names.map((name) => join(directory, name))], { encoding: 'utf8' });
      expect(stderr.split('\n').filter((said) => said.includes('hostdev-pull') && !/is not executable|No such file/.test(said))).toEqual([]);
    });
  });
});
