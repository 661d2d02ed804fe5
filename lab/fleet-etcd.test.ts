/** The store of a fleet in a real etcd of three members, with TLS and rights: the suite of all stores, what each certificate may do, members that die. */
import { connect } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { HostdevError } from '../src/errors.ts';
import type { CertificateFiles } from '../src/fleet/etcd/certificate.ts';
import { problemsOf, readEtcdCondition } from '../src/fleet/etcd/condition.ts';
import { connectEtcd, openEtcdStore } from '../src/fleet/etcd/etcd-store.ts';
import { ensureRights, planRights, type UserWish } from '../src/fleet/etcd/rights.ts';
import { formatRightsStep } from '../src/fleet/etcd/rights-step.ts';
import { aliveKey, claimKey, fleetKey, FLEET_ROOT, guestsKey, inventoryKey, mappingKey, requestKey, zpciKey } from '../src/fleet/model/keys.ts';
import { type FleetRole, rightsOf, ROLE_PREFIX, roleName } from '../src/fleet/model/rights.ts';
import { makeClear } from '../src/fleet/store/make-clear.ts';
import type { FleetStore, Transaction } from '../src/fleet/store/store.ts';
import { describeFleetStore } from '../test/conformance/fleet-store/suite.ts';
import { absent, codeOf, contents, put, read, text, write } from '../test/conformance/fleet-store/under-test.ts';
import { describeUnless } from '../test/skip.ts';
import { makeAuthority } from './fleet/etcd/certificates.ts';
import type { Cluster } from './fleet/etcd/cluster.ts';
import { startClusterForSuite, underTest } from './fleet/etcd/under-test.ts';
import { labReason } from './reason.ts';
import { makeWorkDirectory } from './work-directory.ts';

const wish = (user: string, role: FleetRole): UserWish => ({ user, role: roleName(role), rights: rightsOf(role) });

const USERS: readonly UserWish[] = [
  wish('kvm-1', { kind: 'host', host: 'host-0001', serial: '8561-0123456' }),
  wish('kvm-11', { kind: 'host', host: 'host-00011' }),
  wish('kvm-z', { kind: 'host', host: 'host-0002', serial: null }),
  wish('claimer', { kind: 'claimer' }),
  wish('administrator', { kind: 'administrator' }),
  wish('reader', { kind: 'reader' }),
];

/** Keys, and whose certificates may write each. */
const WRITERS: readonly (readonly [key: string, writers: readonly string[]])[] = [
  [inventoryKey('host-0001'), ['kvm-1', 'administrator']],
  [guestsKey('host-0001'), ['kvm-1', 'administrator']],
  [aliveKey('host-0001'), ['kvm-1', 'administrator']],
  [claimKey('host/host-0001/0000:3b:00.0'), ['kvm-1', 'claimer', 'administrator']],
  [claimKey('host/host-0001/0000:3b:00.0/vf/3'), ['kvm-1', 'claimer', 'administrator']],
  [claimKey('cpc/8561-0123456/0000a0f1'), ['kvm-1', 'claimer', 'administrator']],
  [claimKey('cpc/8561-01234567/0000a0f1'), ['claimer', 'administrator']],
  [zpciKey('uid', '0x0021'), ['kvm-1', 'kvm-z', 'claimer', 'administrator']],
  [zpciKey('fid', '0x00000000'), ['kvm-1', 'kvm-z', 'claimer', 'administrator']],
  ['hostdev/v1/zpci0', ['administrator']],
  // The trap: a prefix without its slash would give host-0001 the keys of these.
  [inventoryKey('host-00011'), ['kvm-11', 'administrator']],
  [aliveKey('host-00011'), ['kvm-11', 'administrator']],
  [claimKey('host/host-00011/0000:3b:00.0'), ['kvm-11', 'claimer', 'administrator']],
  [mappingKey('gpu'), ['administrator']],
  [requestKey('3f0c5c0e-0000-4000-8000-000000000001'), ['claimer', 'administrator']],
  [fleetKey, ['administrator']],
  ['hostdev/v10', []],
  ['elsewhere', []],
];

describeUnless(await labReason('etcd'), 'a fleet in an etcd of three members', () => {
  let cluster: Cluster;
  let certificates: CertificateFiles;
  const opened: { readonly close: () => unknown }[] = [];
  beforeAll(async () => {
    ({ cluster, certificates } = await startClusterForSuite('3.5'));
  });
  afterAll(() => cluster.end());
  afterEach(async () => {
    for (const each of opened.splice(0)) await each.close();
  });

  const endpoints = async (): Promise<string[]> => (await cluster.relays()).map(({ url }) => url);
  async function openAs(identity: CertificateFiles, at?: readonly string[]): Promise<FleetStore> {
    const store = await openEtcdStore({ endpoints: at ?? (await endpoints()), certificates: identity });
    opened.push(store);
    return store;
  }
  async function asRoot(): ReturnType<typeof connectEtcd> {
    const members = await connectEtcd({ endpoints: await endpoints(), certificates: cluster.root });
    opened.push(members);
    return members;
  }
  const suite = (): Promise<FleetStore> => openAs(certificates);

  describeFleetStore({
    title: 'etcd 3.5, three members, TLS, rights',
    make: () => underTest(cluster, certificates),
    lacks: { whileReadOnly: 'an etcd is never read-only as a whole; who may not write is refused' },
  });

  describe('what each certificate may do', () => {
    it('is shown before it is done, done once, and then nothing is left to do', async () => {
      const members = await asRoot();
      const planned = (await planRights(members, USERS, ROLE_PREFIX)).map(formatRightsStep);
      expect(planned.filter((each) => each.includes('0001'))).toEqual([
        'etcdctl role add hostdev-host-host-0001',
        'etcdctl role grant-permission --prefix=true hostdev-host-host-0001 read hostdev/v1/',
        'etcdctl role grant-permission --prefix=true hostdev-host-host-0001 write hostdev/v1/hosts/host-0001/',
        'etcdctl role grant-permission --prefix=true hostdev-host-host-0001 write hostdev/v1/alive/host-0001/',
        'etcdctl role grant-permission --prefix=true hostdev-host-host-0001 write hostdev/v1/claims/host/host-0001/',
        'etcdctl role grant-permission --prefix=true hostdev-host-host-0001 write hostdev/v1/claims/cpc/8561-0123456/',
        'etcdctl role grant-permission --prefix=true hostdev-host-host-0001 write hostdev/v1/zpci/',
        'etcdctl role add hostdev-host-host-00011',
        'etcdctl role grant-permission --prefix=true hostdev-host-host-00011 read hostdev/v1/',
        'etcdctl role grant-permission --prefix=true hostdev-host-host-00011 write hostdev/v1/hosts/host-00011/',
        'etcdctl role grant-permission --prefix=true hostdev-host-host-00011 write hostdev/v1/alive/host-00011/',
        'etcdctl role grant-permission --prefix=true hostdev-host-host-00011 write hostdev/v1/claims/host/host-00011/',
        'etcdctl user grant-role kvm-1 hostdev-host-host-0001',
        'etcdctl user grant-role kvm-11 hostdev-host-host-00011',
      ]);
      expect((await ensureRights(members, USERS, ROLE_PREFIX)).map(formatRightsStep)).toEqual(planned);
      expect(await planRights(members, USERS, ROLE_PREFIX)).toEqual([]);
    });

    it('is brought back where somebody has given more, or another role', async () => {
      const members = await asRoot();
      await cluster.etcdctl(['role', 'grant-permission', 'hostdev-reader', 'readwrite', 'hostdev/v1/fleet']);
      await cluster.etcdctl(['user', 'grant-role', 'reader', 'hostdev-claimer']);
      await cluster.etcdctl(['user', 'grant-role', 'reader', 'lab-suite']);
      expect((await ensureRights(members, USERS, ROLE_PREFIX)).map(formatRightsStep)).toEqual([
        'etcdctl role revoke-permission hostdev-reader hostdev/v1/fleet',
        'etcdctl user revoke-role reader hostdev-claimer',
      ]);
      // A role that is not ours is nobody's business here.
      expect(await cluster.etcdctl(['user', 'get', 'reader'])).toContain('lab-suite');
    });

    it.each(USERS.map(({ user }) => user))('%s reads all of the fleet, and writes what is its own', async (user) => {
      const store = await openAs(await cluster.authority.issue({ user }));
      await contents(store, FLEET_ROOT);
      const written: string[] = [];
      for (const [key] of WRITERS) {
        const code = await codeOf(() => store.commit({ compares: [], operations: [put(key, user)] }));
        if (code === 'nothing was refused') written.push(key);
        else expect([key, code]).toEqual([key, 'fleet-denied']);
      }
      expect(written).toEqual(WRITERS.filter(([, writers]) => writers.includes(user)).map(([key]) => key));
    });

    it('is all of a transaction or none: one key that is not its own keeps the others from being written', async () => {
      const store = await openAs(await cluster.authority.issue({ user: 'kvm-1' }));
      const own = guestsKey('host-0001');
      const before = await read(store, own);
      expect(await codeOf(() => store.commit({ compares: [], operations: [put(own, 'new'), put(inventoryKey('host-00011'), 'x')] }))).toBe('fleet-denied');
      expect(await read(store, own)).toEqual(before);
    });

    it('keeps a host from the leased key of another, and the keys elsewhere from everybody', async () => {
      const store = await openAs(await cluster.authority.issue({ user: 'kvm-1' }));
      expect(await codeOf(() => store.alive(aliveKey('host-00011'), new Uint8Array(), 30))).toBe('fleet-denied');
      expect(await codeOf(() => store.list('suite/'))).toBe('fleet-denied');
      expect(await codeOf(() => store.watch('suite/', 0n, new AbortController().signal)[Symbol.asyncIterator]().next())).toBe('fleet-denied');
      await (await store.alive(aliveKey('host-0001'), new Uint8Array(), 30)).end();
    });

    it('is nothing for a certificate whose name is no user', async () => {
      const store = await openAs(await cluster.authority.issue({ user: 'stranger' }));
      expect(await codeOf(() => store.get([fleetKey]))).toBe('fleet-denied');
      const members = await connectEtcd({ endpoints: await endpoints(), certificates: await cluster.authority.issue({ user: 'kvm-1' }) });
      opened.push(members);
      expect(await codeOf(() => ensureRights(members, [wish('stranger', { kind: 'administrator' })], ROLE_PREFIX))).toBe('fleet-denied');
    });
  });

  describe('certificates', () => {
    async function refusalOf(identity: CertificateFiles): Promise<HostdevError> {
      const store = await openAs(identity);
      const refusal = await store.get([fleetKey]).catch((error: unknown) => error);
      if (refusal instanceof HostdevError) return refusal;
      throw new Error('it was not refused');
    }

    it('of another authority, and members of another one, are refused with what is wrong', async () => {
      const directory = await makeWorkDirectory('hostdev-lab-');
      const other = await makeAuthority(directory);
      const foreign = await other.issue({ user: 'suite' });
      const refusals = [await refusalOf({ ...foreign, ca: cluster.authority.file }), await refusalOf({ ...certificates, ca: other.file })];
      expect(refusals.map(({ code }) => code)).toEqual(['fleet-certificate', 'fleet-certificate']);
      expect(refusals[0]?.message).toContain('the server does not accept the certificate of suite');
      expect(refusals[1]?.message).toContain("the server's certificate is of another authority");
    });

    it('that have ended are refused, and it is said when they did', async () => {
      const refusal = await refusalOf(await cluster.authority.issue({ user: 'suite', ended: true }));
      expect([refusal.code, refusal.message]).toEqual(['fleet-certificate', expect.stringContaining('which ended on 2020-01-02T')]);
    });

    it('are asked for: nobody is let in without one', async () => {
      const { port } = new URL((await endpoints())[0] ?? '');
      const said = await new Promise<string>((resolve) => {
        const socket = connect({ host: '127.0.0.1', port: Number(port), rejectUnauthorized: false, ALPNProtocols: ['h2'] });
        socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
        socket.on('data', () => resolve('let in'));
      });
      expect(said).toContain('CERTIFICATE_REQUIRED');
    });
  });

  it('says what can be known of it: its version, what it has, that it asks for rights, and that its history is forgotten', async () => {
    const condition = await readEtcdCondition(await asRoot(), fleetKey);
    expect(condition).toMatchObject({ version: '3.5.16', compacted: true, rights: true, alarms: [] });
    expect(problemsOf(condition)).toEqual([]);
    const members = await connectEtcd({ endpoints: await endpoints(), certificates: await cluster.authority.issue({ user: 'reader' }) });
    opened.push(members);
    expect((await readEtcdCondition(members, fleetKey)).rights).toBe(true);
  });

  describe('members that die', () => {
    const claim = (prefix: string, by: string): Transaction => ({ compares: [absent(`${prefix}claim`)], operations: [put(`${prefix}claim`, by)] });

    it('a leader that is killed, and started again: everything that was answered is there, and every claim has one holder', async () => {
      const [store, other] = [await suite(), await suite()];
      const leader = await cluster.leader();
      const { revision } = await store.list('suite/');
      const told: string[] = [];
      const stop = new AbortController();
      const watching = (async () => {
        for await (const event of other.watch('suite/killed/', revision, stop.signal)) if (event.kind === 'put') told.push(event.entry.key);
      })();
      const claimed: string[] = [];
      for (let i = 0; i < 30; i += 1) {
        if (i === 10) cluster.signal(leader, 'SIGKILL');
        const prefix = `suite/killed/${`${i}`.padStart(2, '0')}/`;
        const answers = await Promise.all([store, other].map((each, who) => makeClear(each, claim(prefix, `${who}`), { key: `${prefix}claim`, tries: 10 })));
        expect(answers.map(({ outcome }) => outcome).toSorted()).toEqual(['done', 'refused']);
        claimed.push(`${prefix}claim`);
      }
      await cluster.restart(leader);
      expect((await contents(store, 'suite/killed/')).length).toBe(30);
      await expect.poll(() => told).toEqual(claimed);
      stop.abort();
      await watching;
    });

    it('two of three that are stopped: nobody answers, nothing is taken for done, and the same again makes it clear', async () => {
      const [store, other] = [await suite(), await suite()];
      const prefix = 'suite/stopped/';
      await write(store, put(`${prefix}before`, 'x'));
      await cluster.stop(1);
      await cluster.stop(2);
      try {
        const began = performance.now();
        const [answer, code] = await Promise.all([store.commit(claim(prefix, 'first')), codeOf(() => other.list(prefix))]);
        expect([answer.outcome, code]).toEqual(['unclear', 'fleet-no-quorum']);
        expect(performance.now() - began).toBeLessThan(20_000);
      } finally {
        cluster.signal(1, 'SIGCONT');
        cluster.signal(2, 'SIGCONT');
      }
      const clear = await makeClear(store, claim(prefix, 'first'), { key: `${prefix}claim`, tries: 10 });
      const entry = await read(other, `${prefix}claim`);
      expect(clear.outcome).toBe('done');
      expect([text(entry), entry?.created]).toEqual(['first', entry?.modified]);
    });
  });
});
