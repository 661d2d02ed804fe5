/** The fleet of the host through the server of the page: over a directory and in memory, held against what the commands print. */
import { mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FleetConfig } from '../../src/fleet/config.ts';
import { initFileStore, openFileStore } from '../../src/fleet/file-store/file-store.ts';
import type { FleetSource } from '../../src/fleet/fleet-source.ts';
import { fleetSource } from '../../src/fleet/fleet-source.ts';
import { writeFleetConfig } from '../../src/fleet/config.ts';
import { encodeHostRecord } from '../../src/fleet/host-record-bytes.ts';
import { aliveKey, claimKey, inventoryKey, mappingKey } from '../../src/fleet/model/keys.ts';
import { formatRecord } from '../../src/fleet/model/record.ts';
import type { Claim, HostRecord, Mapping } from '../../src/fleet/model/records.ts';
import type { FleetStore, Operation } from '../../src/fleet/store/store.ts';
import { openApi } from '../../src/server/api/openapi.ts';
import { API } from '../../src/server/api/routes.ts';
import { memoryFleet } from '../../src/testing/fleet-store/memory-fleet.ts';
import { bareMachine } from '../bare-machine.ts';
import { hostdev } from '../capture.ts';
import { claimOf, hostRecord, mappingOf, publishedOf } from '../fleet/fleet-records.ts';
import { mappedDefinition } from '../fleet/mapped-definition.ts';
import { openServer, type Reply, type ServerScene } from './scene.ts';

const KVM1 = [publishedOf(0), publishedOf(1, { verdict: 'in use', evidence: ['card0'] }), publishedOf(2, { class: '0x020000', vendor: '0x8086', numaNode: 1 })];
const KVM2 = [publishedOf(0, {}, 'kvm2'), publishedOf(1, { verdict: 'held', heldBy: ['db'] }, 'kvm2')];
const HOSTS = [hostRecord(KVM1), hostRecord(KVM2, { host: 'kvm2' }), hostRecord([], { host: 'kvm3' })];
const CLAIM = claimOf(KVM2[0] as (typeof KVM2)[number], { host: 'kvm2', guest: 'games', until: '2027-01-31' }).record;

const WEB = mappedDefinition('web');

async function fill(store: FleetStore, hosts: readonly HostRecord[] = HOSTS, claims: readonly Claim[] = [CLAIM]): Promise<void> {
  const put = (key: string, value: Uint8Array): Operation => ({ kind: 'put', key, value });
  const operations = [
    ...(await Promise.all(hosts.map(async (record) => put(inventoryKey(record.host), await encodeHostRecord(record))))),
    ...claims.map((record) => put(claimKey(record.function), formatRecord<Claim>(record))),
    put(mappingKey('gpu-a10'), formatRecord<Mapping>(mappingOf([{ ids: '10de:2236' }]).record)),
  ];
  for (let at = 0; at < operations.length; at += 100) {
    const { outcome } = await store.commit({ compares: [], operations: operations.slice(at, at + 100) });
    expect(outcome).toBe('done');
  }
  await store.alive(aliveKey('kvm1'), new Uint8Array(), 600);
  await store.alive(aliveKey('kvm2'), new Uint8Array(), 600);
}

const IN_MEMORY: FleetConfig = { host: 'kvm1', store: { kind: 'directory', path: '/srv/fleet' } };

interface Ways {
  readonly source: FleetSource;
  /** The file that says which fleet it is; the commands read it. */
  readonly fleetFile: string | undefined;
}

let directory: string;
let scene: ServerScene;
let writer: FleetStore;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'hostdev-fleet-page-'));
});
afterEach(async () => {
  await scene.end();
  await writer.close();
  rmSync(directory, { recursive: true });
});

async function inDirectory(): Promise<Ways> {
  const path = join(directory, 'fleet');
  mkdirSync(path);
  await initFileStore(path);
  writer = await openFileStore(path);
  const fleetFile = join(directory, 'fleet.conf');
  await writeFleetConfig(fleetFile, { host: 'kvm1', store: { kind: 'directory', path } });
  return { source: fleetSource(fleetFile), fleetFile };
}

async function inMemory(): Promise<Ways> {
  const memory = memoryFleet();
  writer = memory.open();
  return { source: { config: async () => IN_MEMORY, open: async () => memory.open() }, fleetFile: undefined };
}

/** A host in memory is read in milliseconds. */
const PATIENCE_MS = 10_000;

const itemsOf = (reply: Reply): Record<string, unknown>[] => reply.json<{ items: Record<string, unknown>[] }>().items;
const read = async (path: string): Promise<Reply> => scene.ask('GET', path);
const place = async (body: object): Promise<Reply> => scene.ask('POST', '/fleet/placements', body);

describe.each([
  ['in a directory', inDirectory],
  ['in memory', inMemory],
] as const)('a fleet %s', (_, make) => {
  beforeEach(async () => {
    const { source } = await make();
    await fill(writer);
    scene = await openServer({ fleet: source });
  });

  it('has its hosts counted by class, those that give signs of life, and who this host is', async () => {
    const reply = await read('/fleet/hosts');
    expect(reply.json()).toMatchObject({ host: 'kvm1', store: expect.stringMatching(/^dir:/) as string, next: null, looked: 3, problems: [] });
    expect(itemsOf(reply).map(({ host, alive, free, held, claimed, classes }) => ({ host, alive, free, held, claimed, classes }))).toEqual([
      {
        ...{ host: 'kvm1', alive: true, free: 2, held: 0, claimed: 0 },
        classes: [
          { class: 'gpu', functions: 2, free: 1, held: 0, inUse: 1 },
          { class: 'nic', functions: 1, free: 1, held: 0, inUse: 0 },
        ],
      },
      { host: 'kvm2', alive: true, free: 0, held: 1, claimed: 1, classes: [{ class: 'gpu', functions: 2, free: 0, held: 1, inUse: 0 }] },
      { host: 'kvm3', alive: false, free: 0, held: 0, claimed: 0, classes: [] },
    ]);
    expect(itemsOf(await read('/fleet/hosts?host=kvm3,kvm1')).map(({ host }) => host)).toEqual(['kvm1', 'kvm3']);
    expect(itemsOf(await read('/fleet/hosts?after=kvm1')).map(({ host }) => host)).toEqual(['kvm2', 'kvm3']);
  });

  it.each([
    ['', ['0000:3b:00.0', '0000:3b:01.0', '0000:3b:02.0', '0000:3b:00.0', '0000:3b:01.0']],
    ['?class=gpu&free=true', ['0000:3b:00.0']],
    ['?vendor=8086&device=0x2236', ['0000:3b:02.0']],
    ['?numa=1,2', ['0000:3b:02.0']],
    ['?host=kvm2&free=false', ['0000:3b:00.0', '0000:3b:01.0']],
    ['?class=nic,nvme&vendor=10de', []],
    ['?class=&numa=&host=kvm3', []],
  ])('finds functions%s', async (query, addresses) => {
    expect(itemsOf(await read(`/fleet/functions${query}`)).map(({ hostAddress }) => hostAddress)).toEqual(addresses);
  });

  it.each([
    ['/fleet/functions?class=nothing', 400, 'usage'],
    ['/fleet/functions?vendor=Intel', 400, 'number-malformed'],
    ['/fleet/functions?numa=010', 400, 'number-ambiguous'],
    ['/fleet/functions?free=perhaps', 400, 'request-malformed'],
    ['/fleet/functions?class=gpu&class=nic', 400, 'request-malformed'],
    ['/fleet/functions?host=..%2Fkvm1', 400, 'usage'],
    ['/fleet/hosts?after=%00', 400, 'usage'],
    ['/fleet/hosts?host=kvm9', 404, 'fleet-host-unknown'],
    ['/fleet/functions?class=gpu&host=kvm1,kvm9', 404, 'fleet-host-unknown'],
    ['/fleet/claims?host=kvm9', 404, 'fleet-host-unknown'],
    ['/fleet/claims?state=gone', 400, 'usage'],
    ['/fleet/claims?after=nowhere', 400, 'usage'],
    ['/fleet/placements/none', 404, 'resource-unknown'],
    ['/fleet/placements/none/hosts/kvm1', 404, 'resource-unknown'],
  ])('refuses %s', async (path, status, code) => {
    const reply = await read(path);
    expect([reply.status, reply.json<{ code: string }>().code]).toEqual([status, code]);
  });

  it('has its claims, and finds those of a guest, a host and a state', async () => {
    expect(itemsOf(await read('/fleet/claims'))).toMatchObject([{ function: 'host/kvm2/0000:3b:00.0', guest: 'games', state: 'claimed', until: '2027-01-31' }]);
    for (const query of ['guest=games', 'host=kvm2', 'state=attached,claimed']) expect(itemsOf(await read(`/fleet/claims?${query}`))).toHaveLength(1);
    for (const query of ['guest=web', 'host=kvm1', 'state=lost']) expect(itemsOf(await read(`/fleet/claims?${query}`))).toEqual([]);
  });

  it('places a definition: hosts in order, reasons, and what it would be on one', async () => {
    const reply = await place({ verb: 'place', text: WEB, file: 'web.xml' });
    expect(reply.status).toBe(201);
    const { id, items, ...said } = reply.json<{ id: string; items: { host: string; fits: boolean; reasons: { message: string }[] }[] }>();
    expect(said).toMatchObject({ file: 'web.xml', hosts: 3, fit: 1, next: null, problems: [] });
    expect(items.map(({ host, fits }) => [host, fits])).toEqual([
      ['kvm1', true],
      ['kvm2', false],
      ['kvm3', false],
    ]);
    expect(items[1]?.reasons[0]?.message).toContain('guest games');
    expect(itemsOf(await read(`/fleet/placements/${id}`))).toEqual(items);
    const there = await read(`/fleet/placements/${id}/hosts/kvm1`);
    expect(there.json()).toMatchObject({ text: WEB, placement: { rank: 1, definition: expect.stringContaining("bus='0x3b' slot='0x00'") as string } });
    expect((await read(`/fleet/placements/${id}/hosts/kvm2`)).json()).toMatchObject({ placement: { fits: false, definition: null } });
    expect((await read(`/fleet/placements/${id}/hosts/kvm9`)).status).toBe(404);
    expect(await writer.list('hostdev/v1/claims/')).toMatchObject({ entries: [{}] });
  });

  it('places a guest of this host by what is defined of it', async () => {
    const { file, hosts } = (await place({ verb: 'place guest', guest: 'pc' })).json<{ file: string; hosts: number }>();
    expect([file, hosts]).toEqual(['pc', 3]);
    expect((await place({ verb: 'place guest', guest: 'nobody' })).json()).toMatchObject({ status: 404, code: 'guest-unknown' });
  });

  it('says which definition cannot be read, where in it, and that no host can run one', async () => {
    expect((await place({ verb: 'place', text: '<domain>\n<oops', file: 'a.xml' })).json()).toMatchObject({
      status: 422,
      location: { file: 'a.xml', line: 2 },
    });
    expect((await place({ verb: 'place', text: WEB.replace('gpu-a10', 'nothing') })).json()).toMatchObject({ status: 404, code: 'mapping-unknown' });
    expect((await place({ verb: 'place', text: WEB, from: 'KVM' })).json()).toMatchObject({ status: 400, code: 'usage' });
    expect((await place({ verb: 'place' })).json()).toMatchObject({ status: 400, code: 'request-malformed' });
    expect((await place({ verb: 'claim', text: WEB })).json()).toMatchObject({ status: 400, code: 'request-malformed' });
    const nowhere = WEB.replace("mapping='gpu-a10'", "match='ffff:*'");
    expect((await place({ verb: 'place', text: nowhere, file: 'b.xml' })).json()).toMatchObject({
      fit: 0,
      problems: [{ code: 'placement-none', message: 'none of 3 hosts can run b.xml now' }],
    });
  });

  it('answers as the document of the server says', async () => {
    const document = openApi('0.0.0') as { paths: Record<string, Record<string, { responses: Record<string, unknown> }>> };
    const ajv = new Ajv2020({ strict: false, allErrors: true });
    ajv.addSchema({ $id: 'openapi.json', ...document });
    const { id } = (await place({ verb: 'place', text: WEB })).json<{ id: string }>();
    const answers: readonly (readonly [method: string, path: string, reply: Reply])[] = [
      ['get', '/fleet/hosts', await read('/fleet/hosts')],
      ['get', '/fleet/functions', await read('/fleet/functions')],
      ['get', '/fleet/claims', await read('/fleet/claims')],
      ['post', '/fleet/placements', await place({ verb: 'place', text: WEB })],
      ['get', '/fleet/placements/{id}', await read(`/fleet/placements/${id}`)],
      ['get', '/fleet/placements/{id}/hosts/{host}', await read(`/fleet/placements/${id}/hosts/kvm1`)],
    ];
    for (const [method, path, reply] of answers) {
      const words = ['paths', API + path, method, 'responses', String(reply.status), 'content', 'application/json', 'schema'];
      const pointer = words.map((word) => encodeURIComponent(word.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/');
      const validate = ajv.compile({ $ref: `openapi.json#/${pointer}` });
      expect([path, validate(reply.json()), validate.errors]).toEqual([path, true, null]);
    }
  });
});

describe('the server of a host', () => {
  it('has the items that the commands of its fleet print, word for word', async () => {
    const { source, fleetFile } = await inDirectory();
    await fill(writer);
    scene = await openServer({ fleet: source });
    const machine = bareMachine([], { fleetFile: fleetFile ?? '' });
    const printed = async (line: string): Promise<unknown[]> => {
      const { stdout } = await hostdev(line.split(' '), WEB, machine);
      return line.startsWith('fleet list')
        ? stdout
            .trim()
            .split('\n')
            .map((each) => JSON.parse(each) as unknown)
        : JSON.parse(stdout).items;
    };
    expect(itemsOf(await read('/fleet/hosts'))).toEqual(await printed('fleet list --json'));
    expect(itemsOf(await read('/fleet/functions?class=gpu'))).toEqual(await printed('fleet list --class gpu --json'));
    expect(itemsOf(await read('/fleet/claims'))).toEqual(await printed('fleet claims --json'));
    expect(itemsOf(await place({ verb: 'place', text: WEB }))).toEqual(await printed('fleet place - --json'));
  });

  it('of no fleet says so, and how to join one', async () => {
    writer = memoryFleet().open();
    scene = await openServer();
    for (const path of ['/fleet/hosts', '/fleet/functions', '/fleet/claims']) {
      expect((await read(path)).json()).toMatchObject({ status: 404, code: 'fleet-absent', hint: expect.stringContaining('hostdev fleet join') as string });
    }
    expect((await place({ verb: 'place', text: WEB })).json()).toMatchObject({ code: 'fleet-absent' });
  });

  it('finds its fleet again when the directory was away, and the one that it has joined meanwhile', async () => {
    const { source, fleetFile } = await inDirectory();
    await fill(writer);
    scene = await openServer({ fleet: source });
    expect(itemsOf(await read('/fleet/hosts'))).toHaveLength(3);
    renameSync(join(directory, 'fleet'), join(directory, 'away'));
    expect((await read('/fleet/hosts')).status).toBe(503);
    renameSync(join(directory, 'away'), join(directory, 'fleet'));
    expect(itemsOf(await read('/fleet/hosts'))).toHaveLength(3);
    const other = join(directory, 'other');
    await initFileStore(other);
    await writeFleetConfig(fleetFile ?? '', { host: null, store: { kind: 'directory', path: other } });
    expect((await read('/fleet/hosts')).json()).toMatchObject({ host: null, store: `dir:${other}`, items: [] });
  });

  it('shows the host while the store of its fleet is silent, however many wait for that one', async () => {
    const memory = memoryFleet();
    writer = memory.open();
    const silent = new AbortController();
    const answers = new Promise<void>((resolve) => silent.signal.addEventListener('abort', () => resolve()));
    scene = await openServer({ fleet: { config: async () => IN_MEMORY, open: async () => answers.then(() => memory.open()) } });
    let answered = 0;
    const waiting = Array.from({ length: 12 }, async () => read('/fleet/hosts').finally(() => (answered += 1)));
    const status = await Promise.race([read('/functions').then((reply) => reply.status), sleep(PATIENCE_MS, 'no answer')]);
    const early = answered;
    silent.abort();
    expect([status, early]).toEqual([200, 0]);
    expect((await Promise.all(waiting)).map((reply) => reply.status)).toEqual(waiting.map(() => 200));
  });

  it('that only shows places as well, and nobody reads the fleet who has not signed in', async () => {
    const { source } = await inMemory();
    await fill(writer);
    scene = await openServer({ fleet: source, readOnly: true });
    expect((await place({ verb: 'place', text: WEB })).status).toBe(201);
    for (const path of ['/fleet/hosts', '/fleet/functions', '/fleet/claims', '/fleet/placements/x', '/fleet/placements/x/hosts/kvm1']) {
      expect((await scene.raw('GET', API + path)).status).toBe(401);
    }
    expect((await scene.raw('POST', `${API}/fleet/placements`, { body: { verb: 'place', text: WEB } })).status).toBe(401);
    expect((await scene.ask('POST', '/fleet/placements', { verb: 'place', text: WEB }, { 'Hostdev-Tab': 'another' })).json()).toMatchObject({
      code: 'tab-missing',
    });
  });

  it('takes a definition of a megabyte and no larger one, and answers five thousand hosts in parts of a hundred', { timeout: 120_000 }, async () => {
    const { source } = await inMemory();
    const many = Array.from({ length: 5000 }, (_, at) => {
      const host = `n${String(at).padStart(4, '0')}`;
      return hostRecord(
        Array.from({ length: 8 }, (__, slot) => publishedOf(slot, {}, host)),
        { host },
      );
    });
    await fill(writer, many, []);
    scene = await openServer({ fleet: source });
    const padding = `<!--${'x'.repeat(1024 * 1024)}-->`;
    expect((await place({ verb: 'place', text: WEB.replace('<devices>', `${padding}<devices>`) })).status).toBe(201);
    expect((await place({ verb: 'place', text: `${WEB}${padding.repeat(3)}` })).status).toBe(413);
    let after = '';
    const seen = new Set<unknown>();
    for (let parts = 0; parts < 50; parts += 1) {
      const reply = await read(`/fleet/hosts?after=${after}`);
      expect(reply.text.length).toBeLessThan(128 * 1024);
      for (const { host } of itemsOf(reply)) seen.add(host);
      after = reply.json<{ next: string | null }>().next ?? '';
    }
    expect([seen.size, after]).toEqual([5000, '']);
    const first = (await place({ verb: 'place', text: WEB })).json<{ hosts: number; items: object[]; next: string | null }>();
    expect([first.hosts, first.items.length, first.next]).toEqual([5000, 100, '100']);
  });
});
