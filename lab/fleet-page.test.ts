/**
 * The page of machines whose fleet is in a real etcd with TLS and rights, as `hostdev ui` serves it there: what a reader and a host are shown, what is said
 * when the etcd or a certificate is of no use, and what nobody is told.
 */
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Machine } from '../src/cli/machine.ts';
import { writeFleetConfig } from '../src/fleet/config.ts';
import type { CertificateFiles } from '../src/fleet/etcd/certificate.ts';
import type { Operation } from '../src/server/api/operation.ts';
import { type FakeLibvirt, startFakeLibvirt } from '../src/testing/fake-libvirt/fake-libvirt.ts';
import type { FakeGuest } from '../src/testing/fake-libvirt/guest.ts';
import { bareMachine } from '../test/bare-machine.ts';
import { hostdev } from '../test/capture.ts';
import { fakeFleetHost, gpu } from '../test/fleet/fake-fleet-host.ts';
import { mappedDefinition } from '../test/fleet/mapped-definition.ts';
import { onPc } from '../test/guests.ts';
import { itemsIn } from '../test/json/items.ts';
import { describeUnless } from '../test/skip.ts';
import { type ServedPage, servePage, startCommand } from './enrolled/page.ts';
import { type Authority, makeAuthority } from './fleet/etcd/certificates.ts';
import { type Cluster, startCluster } from './fleet/etcd/cluster.ts';
import { labReason } from './reason.ts';
import { makeWorkDirectory } from './work-directory.ts';

const ALLOWED = 'host:kvm1=kvm1.example.org,host:kvm2=kvm2.example.org,claimer=nova,administrator=alice,reader=grafana';

const RENDER = mappedDefinition('render');

/** No longer than a page may be without an answer; an etcd that is silent is asked three times, 2.5 s each. */
const ANSWERED_MS = 30_000;

interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly hint: string | null;
}

describeUnless(await labReason('etcd'), 'the page of machines whose fleet is in an etcd with TLS and rights', () => {
  const ends: (() => Promise<unknown>)[] = [];
  let directory = '';
  let cluster: Cluster;
  let url = '';
  let libvirt: FakeLibvirt;
  let web: FakeGuest;
  let kvm1: Machine;
  let reader: Machine;
  let pages: { readonly kvm1: ServedPage; readonly reader: ServedPage };

  const printed = async (machine: Machine, line: string, stdin = ''): Promise<string> => {
    const { status, stdout, stderr } = await hostdev(line.split(' '), stdin, machine);
    expect([line, status, stderr]).toEqual([line, 0, expect.not.stringContaining('error')]);
    return stdout;
  };
  const words = ({ ca, certificate, key }: CertificateFiles): string => `${url} --ca ${ca} --cert ${certificate} --key ${key}`;

  /** Tells a machine that is no host of the fleet which certificate it has there. */
  async function looksAs({ fleetFile }: Machine, certificates: CertificateFiles): Promise<void> {
    await mkdir(join(fleetFile, '..'), { recursive: true });
    await writeFleetConfig(fleetFile, { host: null, store: { kind: 'etcd', endpoints: [url], certificates } });
  }
  async function outsider(user: string): Promise<Machine> {
    const machine = bareMachine([], { fleetFile: join(directory, user, 'fleet.conf') });
    await looksAs(machine, await cluster.authority.issue({ user }));
    return machine;
  }

  beforeAll(async () => {
    directory = await makeWorkDirectory('hostdev-lab-');
    ends.push(() => rm(directory, { recursive: true, force: true }));
    cluster = await startCluster({ release: '3.5', members: 1, directory: join(directory, 'etcd') });
    ends.push(() => cluster.end());
    await cluster.enableRights();
    url = (await cluster.relays())[0]?.url ?? '';
    await printed(bareMachine(), `fleet init ${words(cluster.root)} --allow ${ALLOWED}`);

    libvirt = await startFakeLibvirt();
    ends.push(() => libvirt.stop());
    web = libvirt.qemu.start(libvirt.qemu.define(onPc('web', 3)), false);
    const gpus = [gpu(3, 3), gpu(4, 4)].map((each) => ({ ...each, express: true }));
    kvm1 = fakeFleetHost(join(directory, 'kvm1'), libvirt, gpus);
    await printed(kvm1, `fleet join ${words(await cluster.authority.issue({ user: 'kvm1.example.org' }))} --name kvm1`);
    const kvm2 = fakeFleetHost(join(directory, 'kvm2'), { socket: '/nowhere/libvirt-sock' }, [gpu(3, 3)], 2);
    await printed(kvm2, `fleet join ${words(await cluster.authority.issue({ user: 'kvm2.example.org' }))} --name kvm2`);
    const agent = startCommand(['agent'], kvm1);
    ends.push(() => agent.end());
    await printed(await outsider('alice'), 'fleet mapping set gpu-a10 --match 10de:2236');
    await printed(await outsider('nova'), 'fleet claim kvm2/0000:03:00.0 --for games');

    reader = await outsider('grafana');
    const [ofHost, ofReader] = [await servePage(kvm1), await servePage(reader, '--read-only')];
    pages = { kvm1: ofHost, reader: ofReader };
    ends.push(ofHost.end, ofReader.end);
  });
  afterAll(async () => {
    for (const end of ends.toReversed()) await end();
  });

  const itemsAt = async (page: ServedPage, path: string): Promise<Record<string, unknown>[]> =>
    (await page.ask('GET', path)).json<{ items: Record<string, unknown>[] }>().items;

  describe.each(['kvm1', 'reader'] as const)('that of %s', (who) => {
    const [page, machine] = [(): ServedPage => pages[who], (): Machine => (who === 'kvm1' ? kvm1 : reader)];

    it('shows hosts, functions and claims, as the commands print them there', async () => {
      const hosts = await page().ask('GET', '/fleet/hosts');
      expect(hosts.json()).toMatchObject({ host: who === 'kvm1' ? 'kvm1' : null, store: url, next: null, problems: [] });
      // The agent of one runs, and gives its first sign of life when it has looked; that of the other one does not.
      await expect
        .poll(async () => (await itemsAt(page(), '/fleet/hosts')).map(({ host, alive, free, claimed }) => [host, alive, free, claimed]))
        .toEqual([
          ['kvm1', true, 2, 0],
          ['kvm2', false, 0, 1],
        ]);
      expect((await itemsAt(page(), '/fleet/claims')).map((each) => [each['function'], each['guest'], each['state']])).toEqual([
        ['host/kvm2/0000:03:00.0', 'games', 'claimed'],
      ]);
      expect((await itemsAt(page(), '/fleet/functions?free=true')).map(({ key }) => key)).toEqual(['host/kvm1/0000:03:00.0', 'host/kvm1/0000:04:00.0']);
      const lines = async (line: string): Promise<unknown[]> =>
        (await printed(machine(), line))
          .trim()
          .split('\n')
          .map((each) => JSON.parse(each) as unknown);
      expect(await itemsAt(page(), '/fleet/hosts')).toEqual(await lines('fleet list --json'));
      expect(await itemsAt(page(), '/fleet/functions')).toEqual(await lines('fleet list --class gpu --json'));
      expect(await itemsAt(page(), '/fleet/claims')).toEqual(itemsIn(await printed(machine(), 'fleet claims --json')));
    });

    it('shows where a definition can run and what it would be there, and claims nothing by it', async () => {
      const claims = await itemsAt(page(), '/fleet/claims');
      const placed = await page().ask('POST', '/fleet/placements', { verb: 'place', text: RENDER, file: 'render.xml' });
      const { id, items } = placed.json<{ id: string; items: { host: string; fits: boolean; reasons: { message: string }[] }[] }>();
      expect([placed.status, items.map(({ host, fits }) => [host, fits])]).toEqual([
        201,
        [
          ['kvm1', true],
          ['kvm2', false],
        ],
      ]);
      expect(items[1]?.reasons.map(({ message }) => message).join()).toContain('guest games');
      expect(items).toEqual(itemsIn(await printed(machine(), 'fleet place - --json', RENDER)));
      const there = (await page().ask('GET', `/fleet/placements/${id}/hosts/kvm1`)).json<{ placement: { definition: string } }>();
      expect(there.placement.definition).toMatch(/<address domain='0x0000' bus='0x0[34]' slot='0x00' function='0x0'\/>/);
      expect(await itemsAt(page(), '/fleet/claims')).toEqual(claims);
    });
  });

  /** Gives a guest of the host a function, or takes it back, over its page. */
  async function carriedOut(wish: { readonly verb: 'attach' | 'detach'; readonly guest: string; readonly functions: readonly string[] }): Promise<Operation> {
    const planned = await pages.kvm1.ask('POST', '/plans', wish);
    const { id, hash } = planned.json<{ id: string; hash: string }>();
    const begun = await pages.kvm1.ask('POST', `/plans/${id}/apply`, undefined, { 'If-Match': `"${hash}"` });
    expect([planned.status, begun.status], planned.text + begun.text).toEqual([201, 202]);
    const operation = async (): Promise<Operation> => (await pages.kvm1.ask('GET', `/operations/${begun.json<{ id: string }>().id}`)).json<Operation>();
    await expect.poll(async () => (await operation()).ended, { timeout: ANSWERED_MS }).not.toBeNull();
    return operation();
  }

  const WEB = { guest: 'web', functions: ['0000:03:00.0'] };
  const claimsOfWeb = async (): Promise<unknown[]> =>
    (await itemsAt(pages.reader, '/fleet/claims?guest=web')).map((each) => `${each['function']} ${each['state']}`);

  it('gives a guest of the host a function under a claim of its certificate, which the reader sees, and takes it back', async () => {
    await carriedOut({ verb: 'attach', ...WEB });
    expect(await claimsOfWeb()).toEqual(['host/kvm1/0000:03:00.0 attached']);
    await carriedOut({ verb: 'detach', ...WEB });
    expect(await claimsOfWeb()).toEqual([]);
  });

  const refused = async (page: ServedPage, path = '/fleet/hosts'): Promise<Refusal> => (await page.ask('GET', path)).json<Refusal & Record<string, unknown>>();

  it.each([
    ['is silent', () => cluster.stop(0), () => cluster.signal(0, 'SIGCONT'), 'fleet-no-quorum', 'the etcd does not answer: URL: '],
    [
      'was killed',
      async () => cluster.signal(0, 'SIGKILL'),
      () => cluster.restart(0),
      'fleet-unreachable',
      'no member of the etcd can be used: URL: it ends the connection',
    ],
  ] as const)('says so when the etcd %s, shows the host all the same, gives no function, and goes on when it is back', async (_, away, back, code, detail) => {
    await away();
    try {
      const began = performance.now();
      const [hosts, claims, functions, attached] = await Promise.all([
        refused(pages.reader),
        refused(pages.kvm1, '/fleet/claims'),
        itemsAt(pages.kvm1, '/functions'),
        carriedOut({ verb: 'attach', ...WEB }),
      ]);
      const said = {
        status: 503,
        code,
        detail: expect.stringContaining(detail.replace('URL', url)) as string,
        hint: expect.stringContaining('members') as string,
      };
      expect([hosts, claims]).toEqual([expect.objectContaining(said), expect.objectContaining(said)]);
      expect(functions.map(({ hostAddress }) => hostAddress)).toEqual(['0000:03:00.0', '0000:04:00.0']);
      // A change has a connection of its own, which is made in vain where nobody answers.
      expect(attached).toMatchObject({
        state: 'failed',
        changed: false,
        problems: [{ code: expect.stringMatching(/^fleet-(?:no-quorum|unreachable)$/) as string }],
      });
      expect(performance.now() - began).toBeLessThan(ANSWERED_MS);
      expect(web.live).not.toContain('<hostdev');
    } finally {
      await back();
    }
    await expect.poll(async () => (await pages.reader.ask('GET', '/fleet/hosts')).status).toBe(200);
    expect(await claimsOfWeb()).toEqual([]);
  });

  describe('says of the certificate of a machine', () => {
    let other: Authority;
    beforeAll(async () => {
      other = await makeAuthority(join(directory, 'other'));
    });

    it.each([
      [
        'that it has ended, and when',
        async () => cluster.authority.issue({ user: 'grafana', ended: true }),
        503,
        'fleet-certificate',
        /which ended on 2020-01-02T/,
      ],
      [
        'that it is of another authority',
        async () => ({ ...(await other.issue({ user: 'grafana' })), ca: cluster.authority.file }),
        ...([503, 'fleet-certificate', /the server does not accept the certificate of grafana/] as const),
      ],
      [
        'that the etcd is of another authority than it says',
        async () => ({ ...(await cluster.authority.issue({ user: 'grafana' })), ca: other.file }),
        ...([503, 'fleet-certificate', /the server's certificate is of another authority/] as const),
      ],
      [
        'that it may not read the fleet',
        async () => cluster.authority.issue({ user: 'stranger' }),
        422,
        'fleet-denied',
        /etcd does not allow it: permission denied/,
      ],
      [
        'that the key is none, of which nothing is told',
        async () => {
          const files = await cluster.authority.issue({ user: 'grafana' });
          const broken = { ...files, key: join(directory, 'broken.key') };
          await writeFile(broken.key, (await readFile(files.key, 'utf8')).slice(0, -60));
          return broken;
        },
        ...([503, 'fleet-certificate', /own\.key is no private key in PEM/] as const),
      ],
    ])('%s, and shows the fleet again when it was renewed', async (_, issue, status, code, detail) => {
      const own = await mkdtemp(join(directory, 'own-'));
      const files = { ca: join(own, 'ca.pem'), certificate: join(own, 'own.pem'), key: join(own, 'own.key') };
      const holds = async ({ ca, certificate, key }: CertificateFiles): Promise<void> => {
        await Promise.all([copyFile(ca, files.ca), copyFile(certificate, files.certificate), copyFile(key, files.key)]);
      };
      await holds(await issue());
      await looksAs(reader, files);
      expect(await refused(pages.reader)).toMatchObject({ status, code, detail: expect.stringMatching(detail) as string });
      // As whoever renews one does it: the page stays.
      await holds(await cluster.authority.issue({ user: 'grafana' }));
      expect((await pages.reader.ask('GET', '/fleet/hosts')).status).toBe(200);
    });
  });

  it('tells nobody who has not signed in, and nobody at all what is in a key', async () => {
    for (const path of ['/fleet/hosts', '/fleet/functions', '/fleet/claims', '/state']) {
      const reply = await pages.kvm1.askAsStranger(path);
      expect([reply.status, reply.text.includes(url), reply.text.includes('kvm2')]).toEqual([401, false, false]);
    }
    const files = (await readdir(directory, { recursive: true })).filter((name) => name.endsWith('.key'));
    expect(files.length).toBeGreaterThan(5);
    const secrets = (await Promise.all(files.map((name) => readFile(join(directory, name), 'utf8')))).flatMap((text) =>
      text.split('\n').filter((line) => line.length > 16),
    );
    for (const page of Object.values(pages)) {
      await page.ask('GET', '/state');
      const told = page.told();
      expect(told).toContain(url);
      expect(secrets.filter((line) => told.includes(line))).toEqual([]);
      expect(told).not.toMatch(/PRIVATE KEY|BEGIN CERTIFICATE/);
    }
  });
});
