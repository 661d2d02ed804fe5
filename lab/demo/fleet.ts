/** The story of a fleet: a function of one of two hosts is claimed, given under the claim, refused to somebody else with who has it, and given back. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { formatFid, formatUid } from '../../src/pci/zpci.ts';
import type { Outside } from '../enrolled/outside.ts';
import type { LabHost } from '../machine/running.ts';
import { guestDefinition } from '../s390x/guest.ts';
import { SAVED_GUEST, wakeGuest } from '../s390x/saved-guest.ts';
import type { Stages } from '../stages.ts';
import { backWith, show } from './story.ts';
import { FID, seen, UID } from './z-guest.ts';

/** Who asks, and where: a host, or somebody who has a certificate and nothing else. */
interface Place {
  readonly name: string;
  readonly run: (line: string) => Promise<{ readonly status: number | null; readonly output: string }>;
}

export interface DemonstratedFleet {
  readonly url: string;
  /** By its name in the fleet, and how it joins. */
  readonly hosts: readonly { readonly name: string; readonly host: LabHost; readonly join: string }[];
  readonly z: LabHost;
  readonly root: Outside;
  readonly admin: Outside;
  readonly claimer: Outside;
}

/** Names of the two hosts, which are what they call themselves. */
export const [PC, Z] = ['pc-host', 'z-host'] as const;

const MAPPING = 'nvme';
const DRIVER = 'nvme';
const ALLOW = [`host:${PC}=${PC}`, `host:${Z}=${Z}`, 'administrator=admin', 'claimer=claimer'];

/** Generous: the machine may be busy. */
const AGENT_TELLS_MS = 5 * 60_000;
const LOOK_MS = 1000;
/** Longer than whoever looks around in the end. */
const AGENT_MS = 24 * 60 * 60_000;

export async function tellFleet(fleet: DemonstratedFleet, stages: Stages): Promise<void> {
  const [root, admin, claimer] = (['root', 'admin', 'claimer'] as const).map((name): Place => ({ name, run: fleet[name].run }));
  const z = placeOf(Z, fleet.z);
  const ask = (place: Place | undefined, line: string, status = 0): Promise<string> => command(place ?? z, stages, line, status);

  await ask(root, `hostdev fleet init ${fleet.url} --ca ca.pem --cert root.pem --key root.key --allow ${ALLOW.join()}`);
  await joinBoth(fleet, stages);
  const guest = wakeGuest(fleet.z);
  // What it says is heard where it is waited for.
  guest.catch(() => undefined);
  await ask(claimer, 'hostdev fleet list');
  await ask(claimer, 'hostdev fleet list --class nvme --free');
  await ask(admin, `hostdev fleet mapping set ${MAPPING} --match class=nvme`);

  const claimed = await ask(claimer, `hostdev fleet claim ${MAPPING} --for ${SAVED_GUEST} --host ${Z}`);
  const address = claimedOn(Z, claimed);
  await writeFile(join(fleet.claimer.directory, `${SAVED_GUEST}.xml`), definition());
  const placed = await ask(claimer, `hostdev fleet place ${SAVED_GUEST}.xml`);
  expectSaid(placed, [new RegExp(`^${Z} +yes +${address} +1 claimed for it$`, 'm'), new RegExp(`^${PC} +no .*KVM runs no s390x there`, 'm')]);
  await ask(claimer, `hostdev fleet place ${SAVED_GUEST}.xml --on ${Z} | sed -n '/<hostdev/,/<\\/hostdev>/p'`);

  await stages.run(`libvirt on ${Z} wakes the guest '${SAVED_GUEST}', which was saved after its boot`, () => guest);
  const ids = `--uid ${formatUid(UID)} --fid ${formatFid(FID)}`;
  await ask(z, `hostdev attach ${SAVED_GUEST} mapping:${MAPPING} --live ${ids} --yes`);
  await ask(z, `lspci -Dk -s ${address}`);
  await seen(fleet.z, stages, SAVED_GUEST, "the guest's kernel sees a new PCI function");
  expectSaid(await ask(claimer, 'hostdev fleet claims'), [new RegExp(`^${Z} ${address} +${SAVED_GUEST} +${Z} +attached `, 'm')]);

  const refused = await ask(claimer, `hostdev fleet claim ${Z}/${address} --for db`, 1);
  expectSaid(refused, [new RegExp(`${Z} ${address} is claimed: guest ${SAVED_GUEST} on ${Z} `), /\[claim-held\]/]);
  const other = claimedOn(PC, await ask(claimer, `hostdev fleet claim ${MAPPING} --for db --host ${PC}`));

  await ask(z, `hostdev detach ${SAVED_GUEST} ${address} --live --keep-claim --timeout 300 --yes`);
  await backWith(fleet.z, stages, address, DRIVER);
  await ask(claimer, `hostdev fleet release ${Z}/${address}`);
  await ask(claimer, `hostdev fleet release ${PC}/${other}`);
  expectSaid(await ask(claimer, 'hostdev fleet claims'), [/^nothing is claimed$/m]);
  const free = `hostdev fleet list --class nvme --free --on ${Z}`;
  await stages.run(`the agent of ${Z} has told that ${address} is free`, () => until(fleet.claimer, free, (printed) => printed.includes(address)));
  await ask(claimer, 'hostdev fleet check');
}

/** Carries out a command there, as one types it, as a stage of that name, and shows everything it prints. */
async function command(place: Place, stages: Stages, line: string, wanted: number): Promise<string> {
  const printed = await stages.run(`${place.name}$ ${line}`, () => said(place, line, wanted));
  if (printed !== '') show(printed);
  return printed;
}

async function said(place: Place, line: string, wanted = 0): Promise<string> {
  const { status, output } = await place.run(line);
  if (status !== wanted) throw new Error(`it ended with ${status} instead of ${wanted}:\n${output}`);
  return output;
}

/** A host's command lines of hostdev are carried out in the process that stays there, and reaches the etcd: seconds are saved by that each time. */
function placeOf(name: string, host: LabHost): Place {
  return {
    name,
    run: async (line) => {
      const [, words] = /^hostdev (.*)$/.exec(line) ?? [];
      const { status, stdout, stderr } = words === undefined ? await host.run(line) : await host.hostdev(words);
      return { status, output: stdout + stderr };
    },
  };
}

/** At once: each has a processor of its own, as far as there are two. */
async function joinBoth({ hosts, claimer }: DemonstratedFleet, stages: Stages): Promise<void> {
  const printed = await stages.run(`hostdev ${hosts[0]?.join ?? ''}, and so on the other one`, () =>
    Promise.all(hosts.map(({ name, host, join: words }) => said(placeOf(name, host), `hostdev ${words}`))),
  );
  for (const each of printed) show(each);
  const areAlive = until(claimer, 'hostdev fleet list', (printed) => !printed.includes('silent'));
  await stages.run('hostdev agent on both, which gives signs of life', () => Promise.race([areAlive, ...hosts.map(runAgent)]));
}

/** Goes on until the host is switched off; that it ends before is what went wrong. */
async function runAgent({ name, host }: DemonstratedFleet['hosts'][number]): Promise<void> {
  const { status, stdout, stderr } = await host.hostdev('agent', AGENT_MS);
  throw new Error(`the agent of ${name} has ended with ${status}: ${stderr}${stdout}`);
}

async function until({ run }: Outside, line: string, test: (printed: string) => boolean): Promise<void> {
  for (const last = Date.now() + AGENT_TELLS_MS; ; await sleep(LOOK_MS)) {
    const { status, output } = await run(line);
    if (status === 0 && test(output)) return;
    if (Date.now() > last) throw new Error(output);
  }
}

/** The guest of the IBM Z host, as a fleet has it: under KVM, which the emulated host cannot offer, and which function it has is said by a name. */
function definition(): string {
  const hostdev = `    <hostdev mode='subsystem' type='pci' managed='yes'>\n      <source mapping='${MAPPING}'/>\n    </hostdev>\n`;
  return guestDefinition(SAVED_GUEST).replace("type='qemu'", "type='kvm'").replace('    <memballoon', `${hostdev}    <memballoon`);
}

/** The address of the function that was claimed there. */
function claimedOn(host: string, printed: string): string {
  const [, address] = new RegExp(`^${host} (\\S+) is claimed for guest `, 'm').exec(printed) ?? [];
  if (address === undefined) throw new Error(`nothing of ${host} was claimed:\n${printed}`);
  return address;
}

function expectSaid(printed: string, words: readonly RegExp[]): void {
  for (const each of words) if (!each.test(printed)) throw new Error(`it should have said ${each}, and said:\n${printed}`);
}
