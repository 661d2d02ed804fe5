/** Never twice, with real functions: claimers outside race for one of each emulated host, hostdev attaches it there for real, and is killed at each step of that. */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openEtcdStore } from '../../src/fleet/etcd/etcd-store.ts';
import type { FleetStore } from '../../src/fleet/store/store.ts';
import { describeUnless } from '../../test/skip.ts';
import { enrolHost } from '../enrolled/enrol.ts';
import { killAtEachStep, type RacedFunction, saysWhenAnswered, tokensOf } from '../enrolled/killed-attach.ts';
import { comeFromOutside } from '../enrolled/outside.ts';
import { startRace } from '../enrolled/race.ts';
import { type HostsStore, startHostsStore } from '../enrolled/store.ts';
import { installCommand, type LabHost } from '../machine/running.ts';
import { listedFunctions } from '../page/flows/looking.ts';
import { guestDefinition as pcGuest } from '../pc/guest.ts';
import { bootPc } from '../pc/host.ts';
import { labReason } from '../reason.ts';
import { guestDefinition as zGuest } from '../s390x/guest.ts';
import { bootHost, WAIT_FOR_LIBVIRT } from '../s390x/host.ts';
import { makeWorkDirectory } from '../work-directory.ts';

const GUESTS = ['web', 'db'];
const CLAIMED_FOR = [...GUESTS, ...GUESTS];

/** Steps of an attach under a claim, at least: what is told of it, what is asked of libvirt, what is told again. */
const STEPS = 3;

describeUnless(await labReason('pc-host', 'z-host', 'etcd'), 'a function that several want, on both emulated hosts of a fleet', () => {
  const ends: (() => Promise<unknown>)[] = [];
  let directory = '';
  let etcd: HostsStore;
  let store: FleetStore;

  beforeAll(async () => {
    directory = await makeWorkDirectory('hostdev-lab-');
    ends.push(() => rm(directory, { recursive: true, force: true }));
    etcd = await startHostsStore(join(directory, 'etcd'));
    ends.push(() => etcd.end());
    const root = await comeFromOutside(join(directory, 'root'), 'root', etcd.url, etcd.root);
    const allow = 'host:pc-host=pc-host,host:z-host=z-host,claimer=claimer';
    const made = await root.run(`hostdev fleet init ${etcd.url} --ca ca.pem --cert root.pem --key root.key --allow ${allow}`);
    expect(made.status, made.output).toBe(0);
    store = await openEtcdStore({ endpoints: [etcd.url], certificates: await etcd.issue('claimer') });
    ends.push(() => store.close());
  });
  afterAll(async () => {
    for (const end of ends.toReversed()) await end();
  });

  /** Joins, starts the guests, and lets claimers race for the first function of that driver. */
  async function raceOn(host: LabHost, name: string, driver: string, definition: (name: string) => string): Promise<RacedFunction> {
    await installCommand(host, 'dist/cli');
    for (const guest of GUESTS) {
      await writeFile(join(host.share, `${guest}.xml`), definition(guest));
      await host.sh(`${WAIT_FOR_LIBVIRT} && virsh -q define /share/${guest}.xml && virsh -q start --paused ${guest}`);
    }
    await saysWhenAnswered(host, await enrolHost(host, name, etcd));
    const address = (await listedFunctions(host)).find((each) => each.driver === driver)?.hostAddress ?? '';
    const key = `host/${name}/${address}`;
    const certificates = await etcd.issue('claimer');
    const race = startRace(key, CLAIMED_FOR, () => openEtcdStore({ endpoints: [etcd.url], certificates }));
    ends.push(() => race.stop());
    return { host, address, key, guests: GUESTS, store, race };
  }

  /** Kills at each step, and holds all that was claimed against all that the host has acted on. */
  async function isGivenOnce(raced: RacedFunction): Promise<void> {
    const lines = await killAtEachStep(raced);
    await raced.race.stop();
    expect(lines.filter((line) => line.includes(' killed ')).length, lines.join('\n')).toBeGreaterThanOrEqual(2 * STEPS);
    const { winners, refusals } = raced.race;
    const tokens = winners.map(({ token }) => token);
    expect(new Set(tokens).size).toBe(tokens.length);
    expect(refusals.size).toBeGreaterThan(0);
    for (const message of refusals.keys()) expect(message).toMatch(new RegExp(`is claimed: guest (${GUESTS.join('|')}) on .*, for claimer \\d since`));
    const acted = await tokensOf(raced);
    expect(acted.map(({ token }) => token)).toEqual(acted.map(({ token }) => token).toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0)));
    for (const { token, guest } of acted) expect(winners).toContainEqual(expect.objectContaining({ token, guest }));
    const refused = [...refusals.values()].reduce((sum, each) => sum + each, 0);
    process.stdout.write(
      `        ${raced.key}: ${lines.length} rounds, ${winners.length} claims of ${CLAIMED_FOR.length} claimers, ${refused} refused with who has it\n`,
    );
  }

  /** They stay, side by side, until all is over. */
  async function booted(booting: Promise<LabHost>): Promise<LabHost> {
    const host = await booting;
    ends.push(() => host.stop());
    return host;
  }

  it('is had by one guest of the PC, by token, journal and libvirt, wherever hostdev is killed', async () => {
    const pc = await booted(bootPc({ root: 'plain', libvirt: true, places: ['nic'] }));
    await isGivenOnce(await raceOn(pc, 'pc-host', 'e1000e', pcGuest));
  });

  it('is had by one guest of the IBM Z host, by token, journal and libvirt, wherever hostdev is killed', async () => {
    const z = await booted(bootHost());
    await isGivenOnce(await raceOn(z, 'z-host', 'nvme', zGuest));
  });
});
