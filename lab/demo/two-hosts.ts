/** The demonstration of a fleet: both emulated hosts side by side, and an etcd outside that they reach. */
import { join } from 'node:path';
import { enrolHost } from '../enrolled/enrol.ts';
import { comeFromOutside, type Outside } from '../enrolled/outside.ts';
import { type HostsStore, startHostsStore } from '../enrolled/store.ts';
import { installCommand, type LabHost } from '../machine/running.ts';
import { bootPc } from '../pc/host.ts';
import { bootHost } from '../s390x/host.ts';
import { savedGuest } from '../s390x/saved-guest.ts';
import type { Stages } from '../stages.ts';
import type { Demonstration } from './demonstration.ts';
import { type DemonstratedFleet, PC, tellFleet, Z } from './fleet.ts';
import type { Flags } from './flags.ts';
import { openShell } from './shell.ts';
import { built } from './story.ts';

/** What has to be ended. */
type Started = { stop: () => Promise<void> }[];

export async function onTwoHosts(flags: Flags, { directory, stages }: Demonstration): Promise<void> {
  const started: Started = [];
  const stopAll = async (): Promise<void> => void (await Promise.all(started.splice(0).map(({ stop }) => stop())));
  try {
    const store = await stages.run('an etcd with TLS and rights, and a certificate for each who asks it', () => startHostsStore(join(directory, 'etcd')));
    started.push({ stop: store.end });
    const fleet = await ready(directory, store, { stages, started });
    await tellFleet(fleet, stages);
    if (flags.keep) await openShell(fleet.z);
  } catch (error) {
    await stopAll().catch(() => undefined);
    throw error;
  }
  await stages.run('switch the emulated hosts and the etcd off', stopAll);
  process.stdout.write('One guest had the function, the other was told who has it, and the host has it back.\n');
}

async function ready(
  directory: string,
  store: HostsStore,
  { stages, started }: { readonly stages: Stages; readonly started: Started },
): Promise<DemonstratedFleet> {
  const [pc, z] = await stages.run('boot the emulated PC and the emulated IBM Z host', async (shown) => {
    await savedGuest(shown);
    const [ofPc, ofZ] = [PC, Z].map((name) => ({ directory: join(directory, name), shown }));
    return both(started, [bootPc({ ...ofPc, root: 'plain', libvirt: true, places: ['nic', 'nvme'] }), bootHost(ofZ)]);
  });
  const hosts = await stages.run('each host reaches the etcd, and has a certificate of its own', () =>
    Promise.all(
      [
        { name: PC, host: pc },
        { name: Z, host: z },
      ].map(async ({ name, host }) => {
        await installCommand(host, built('cli'));
        return { name, host, join: await enrolHost(host, name, store) };
      }),
    ),
  );
  const from = async (name: string): Promise<Outside> =>
    comeFromOutside(join(directory, name), name, store.url, name === 'root' ? store.root : await store.issue(name));
  return { url: store.url, hosts, z, root: await from('root'), admin: await from('admin'), claimer: await from('claimer') };
}

/** One that has come up is stopped also where the other one has not. */
async function both(started: Started, booting: readonly [Promise<LabHost>, Promise<LabHost>]): Promise<readonly [LabHost, LabHost]> {
  for (const host of booting)
    host.then(
      ({ stop }) => started.push({ stop }),
      () => undefined,
    );
  await Promise.allSettled(booting);
  return Promise.all(booting);
}
