/** The Ansible collection in the hands of Debian's Ansible, on an emulated PC that it changes: installed, asked, checked, applied, applied again, refused. */
import { readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildCollection } from '../../packaging/ansible/collection.ts';
import { thisEdition } from '../../packaging/edition.ts';
import { itemsIn } from '../../test/json/items.ts';
import { describeUnless, type Reason, wordsOf } from '../../test/skip.ts';
import { ANSIBLE_ENVIRONMENT, ansibleDisk, SET_UP_ANSIBLE } from '../ansible/disk.ts';
import { HOSTDEV, installCommand, type LabHost } from '../machine/running.ts';
import { bootPc } from '../pc/host.ts';
import { excuse, labReason } from '../reason.ts';

/** Python is emulated, and compiles what it has never run. */
const PLAY_MS = 10 * 60_000;

const ansibleReason = async (): Promise<Reason> => {
  const why = await labReason('pc-host');
  if (wordsOf(why) !== '') return why;
  return ansibleDisk().then(
    () => '',
    (error: unknown) => excuse("Debian's Ansible", error),
  );
};

/** A play on the host itself. */
const play = (tasks: readonly Readonly<Record<string, unknown>>[]): string =>
  JSON.stringify([{ hosts: 'localhost', connection: 'local', gather_facts: false, tasks }]);

describeUnless(await ansibleReason(), "the collection with Debian's Ansible on an emulated PC", () => {
  let host: LabHost;
  let nvme = '';
  const functions = async (): Promise<{ hostAddress: string; class: string; driver: string | null; verdict: string }[]> =>
    itemsIn(await host.says('list --json'));
  const driverOf = async (address: string): Promise<string> => (await host.sh(`basename $(readlink -f /sys/bus/pci/devices/${address}/driver)`)).trim();

  /** What a playbook says, whether it goes well or not. */
  async function plays(tasks: readonly Readonly<Record<string, unknown>>[], options = ''): Promise<{ status: number; said: string; recap: string }> {
    await writeFile(join(host.share, 'play.json'), play(tasks));
    const { status, stdout, stderr } = await host.run(`${ANSIBLE_ENVIRONMENT}ansible-playbook -i localhost, ${options} /share/play.json 2>&1`, PLAY_MS);
    return { status, said: stdout + stderr, recap: /^localhost +: (.*)$/m.exec(stdout)?.[1] ?? `none in\n${stdout}${stderr}` };
  }
  const wish = (): Readonly<Record<string, unknown>> => ({ 'hostdev.host.hostdev_wish': { wish: { functions: [{ function: nvme, persist: true }] } } });

  beforeAll(async () => {
    host = await bootPc({ root: 'plain', places: ['nic', 'nvme'], disk: await ansibleDisk() });
    await installCommand(host, 'dist/cli');
    const collection = await buildCollection(host.share, thisEdition());
    nvme = (await functions()).find(({ class: code, verdict }) => code === '0x0108' && verdict === 'free')?.hostAddress ?? 'no disk is free';
    await host.sh(`${SET_UP_ANSIBLE}printf '#!/bin/sh\\nexec env ${HOSTDEV} "$@"\\n' > /run/ansible/hostdev; chmod 755 /run/ansible/hostdev`);
    await host.sh(`${ANSIBLE_ENVIRONMENT}ansible-galaxy collection install --offline /share/${basename(collection)} -p /run/ansible/collections 2>&1`, PLAY_MS);
  });
  afterAll(() => host?.stop());

  it('has documentation that ansible-doc reads', async () => {
    const said = await host.sh(`${ANSIBLE_ENVIRONMENT}ansible-doc hostdev.host.hostdev_wish hostdev.host.hostdev_facts`, PLAY_MS);
    for (const word of ['HOSTDEV_WISH', 'HOSTDEV_FACTS', 'host_only', 'class_names']) expect(said.toUpperCase()).toContain(word.toUpperCase());
  });

  it('shows with --check --diff what it would do, and changes nothing', async () => {
    const { status, said, recap } = await plays([wish()], '--check --diff');
    expect(status, said).toBe(0);
    expect(recap).toMatch(/ok=1 +changed=1 .*failed=0/);
    expect(said).toMatch(new RegExp(`^-prepare ${nvme}: nvme$`, 'm'));
    expect(said).toMatch(new RegExp(`^\\+prepare ${nvme}: vfio-pci$`, 'm'));
    expect(await driverOf(nvme)).toBe('nvme');
    expect(itemsIn(await host.says('history --json'))).toEqual([]);
  });

  it('makes the host so the first time, and leaves it alone the second', async () => {
    const first = await plays([wish()]);
    expect(first.recap).toMatch(/ok=1 +changed=1 .*failed=0/);
    expect(await driverOf(nvme)).toBe('vfio-pci');
    const history = await host.says('history --json');
    const second = await plays([wish()]);
    expect(second.recap).toMatch(/ok=1 +changed=0 .*failed=0/);
    expect(await host.says('history --json')).toBe(history);
  });

  it('has the functions of the host as facts, the same that the command lists', async () => {
    const { recap, said } = await plays([
      { 'hostdev.host.hostdev_facts': {} },
      { 'ansible.builtin.copy': { content: '{{ hostdev_functions | to_json }}', dest: '/share/facts.json' } },
    ]);
    expect(recap, said).toMatch(/ok=2 .*failed=0/);
    expect(JSON.parse(await readFile(join(host.share, 'facts.json'), 'utf8'))).toEqual(await functions());
  });

  it.each([
    ['a function that is not there', { functions: [{ function: '0000:99:00.0' }] }, /this machine has no PCI function 0000:99:00\.0.*\[function-unknown\]/],
    ['a name that no wish has', { funktions: [] }, /funktions.*functions/],
    ['an address that YAML has made a number of', { functions: [{ function: 900 }] }, /function/],
  ])("fails for %s with the command's message, and changes nothing", async (_, wrong, message) => {
    const history = await host.says('history --json');
    const { status, said, recap } = await plays([{ 'hostdev.host.hostdev_wish': { wish: wrong } }]);
    expect(status).toBe(2);
    expect(recap).toMatch(/changed=0 .*failed=1/);
    expect(said).toMatch(message);
    expect(await host.says('history --json')).toBe(history);
  });

  it('takes away with prune what the wish does not name any more', async () => {
    const { recap, said } = await plays([{ 'hostdev.host.hostdev_wish': { wish: {}, prune: true } }]);
    expect(recap, said).toMatch(/ok=1 +changed=1 .*failed=0/);
    expect(await driverOf(nvme)).toBe('nvme');
  });
});
