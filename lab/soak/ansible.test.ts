/** The Ansible collection in the hands of Debian's Ansible, on an emulated PC that it changes: installed, checked, applied, applied again, asked, refused, pruned. */
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
const PLAY_MS = 15 * 60_000;

const ansibleReason = async (): Promise<Reason> => {
  const why = await labReason('pc-host');
  if (wordsOf(why) !== '') return why;
  return ansibleDisk().then(
    () => '',
    (error: unknown) => excuse("Debian's Ansible", error),
  );
};

type Task = Readonly<Record<string, unknown>>;

const wishing = (wish: object, more: object = {}): Task => ({ 'hostdev.host.hostdev_wish': { wish, ...more } });

/** A task whose result is kept under a name; what fails is a result, too. */
const named = (name: string, task: Task): Task => ({ ...task, register: name, ignore_errors: true });

/** What is kept of a task. */
interface Result {
  readonly changed: boolean;
  readonly failed?: boolean;
  readonly msg?: string;
  readonly changes?: readonly { readonly subject: string }[];
}

interface Function {
  readonly hostAddress: string;
  readonly class: string;
  readonly driver: string | null;
  readonly verdict: string;
}

describeUnless(await ansibleReason(), "the collection with Debian's Ansible on an emulated PC", () => {
  let host: LabHost;
  let nvme = '';
  const functions = async (): Promise<Function[]> => itemsIn(await host.says('list --json'));

  /** What a playbook says, for the host that it runs on. */
  async function plays(tasks: readonly Task[], options = ''): Promise<string> {
    await writeFile(join(host.share, 'play.json'), JSON.stringify([{ hosts: 'localhost', connection: 'local', gather_facts: false, tasks }]));
    return host.sh(`${ANSIBLE_ENVIRONMENT}ansible-playbook -i localhost, ${options} /share/play.json 2>&1`, PLAY_MS);
  }

  beforeAll(async () => {
    host = await bootPc({ root: 'plain', places: ['nic', 'nvme'], disk: await ansibleDisk() });
    await installCommand(host, 'dist/cli');
    const collection = await buildCollection(host.share, thisEdition());
    nvme = (await functions()).find(({ class: code, verdict }) => code === '0x0108' && verdict === 'free')?.hostAddress ?? 'no disk is free';
    await host.sh(`${SET_UP_ANSIBLE}printf '#!/bin/sh\\nexec env ${HOSTDEV} "$@"\\n' > /run/ansible/hostdev; chmod 755 /run/ansible/hostdev`);
    await host.sh(`${ANSIBLE_ENVIRONMENT}ansible-galaxy collection install --offline /share/${basename(collection)} -p /run/ansible/collections 2>&1`, PLAY_MS);
  });
  afterAll(() => host?.stop());

  it('shows with --check --diff what it would do, and changes nothing', async () => {
    const said = await plays([wishing({ functions: [{ function: nvme, persist: true }] })], '--check --diff');
    expect(said).toMatch(/^localhost +: ok=1 +changed=1 .*failed=0/m);
    expect(said).toMatch(new RegExp(`^-prepare ${nvme}: nvme$`, 'm'));
    expect(said).toMatch(new RegExp(`^\\+prepare ${nvme}: vfio-pci$`, 'm'));
    expect((await functions()).find(({ hostAddress }) => hostAddress === nvme)?.driver).toBe('nvme');
    expect(itemsIn(await host.says('history --json'))).toEqual([]);
  });

  // One play: each takes half a minute to begin.
  it("makes the host so the first time, leaves it alone the second, has its functions as facts, fails with the command's message, and prunes", async () => {
    const wish = { functions: [{ function: nvme, persist: true }] };
    const before = await functions();
    await plays([
      named('first', wishing(wish)),
      named('second', wishing(wish)),
      named('facts', { 'hostdev.host.hostdev_facts': {} }),
      named('missing', wishing({ functions: [{ function: nvme }, { function: '0000:99:00.0' }] })),
      named('unknown', wishing({ funktions: [] })),
      named('pruned', wishing({}, { prune: true })),
      {
        'ansible.builtin.copy': {
          content: '{{ dict(first=first, second=second, facts=hostdev_functions, missing=missing, unknown=unknown, pruned=pruned) | to_json }}',
          dest: '/share/results.json',
        },
      },
    ]);
    const results = JSON.parse(await readFile(join(host.share, 'results.json'), 'utf8')) as Record<string, Result> & { readonly facts: readonly Function[] };
    expect(results['first']).toMatchObject({ changed: true, failed: false });
    expect(results['first']?.changes?.map(({ subject }) => subject)).toEqual([nvme, nvme]);
    expect(results['second']).toMatchObject({ changed: false, failed: false, changes: [] });
    expect(results.facts.map(({ hostAddress }) => hostAddress)).toEqual(before.map(({ hostAddress }) => hostAddress));
    expect(results.facts.find(({ hostAddress }) => hostAddress === nvme)?.driver).toBe('vfio-pci');
    expect(results['missing']).toMatchObject({ changed: false, failed: true });
    expect(results['missing']?.msg).toMatch(/^\{"function": "0000:99:00\.0"\}\]\}: this machine has no PCI function 0000:99:00\.0 \[function-unknown\]/);
    expect(results['unknown']).toMatchObject({ changed: false, failed: true });
    expect(results['unknown']?.msg).toMatch(/there is no 'funktions' here \[wish-malformed\]; write functions/);
    expect(results['pruned']).toMatchObject({ changed: true, failed: false });
    const told = (all: readonly Function[]): string[] => all.map(({ hostAddress, driver, verdict }) => `${hostAddress} ${driver} ${verdict}`);
    expect(told(await functions())).toEqual(told(before));
  });
});
