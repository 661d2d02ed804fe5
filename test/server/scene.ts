/** The server of the page on a machine in memory, with guests of a fake libvirt, reached over real sockets. */
import { mkdtempSync, rmSync } from 'node:fs';
import { type ClientRequest, type IncomingHttpHeaders, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AppContext } from '../../src/app/context.ts';
import { type FleetSource, fleetSource } from '../../src/fleet/fleet-source.ts';
import type { HostPort } from '../../src/host/port.ts';
import type { Operation } from '../../src/server/api/operation.ts';
import type { Plan } from '../../src/server/api/plan.ts';
import type { Wish } from '../../src/server/api/wishes.ts';
import { type ListenAddress, parseListenAddress } from '../../src/server/listen/address.ts';
import { type RunningServer, serve, type ServeOptions } from '../../src/server/serve.ts';
import { type FakeFunction, type FakeKernel, fakeKernel, type FakeKernelOptions } from '../../src/testing/fake-kernel.ts';
import { type FakeLibvirt, startFakeLibvirt } from '../../src/testing/fake-libvirt/fake-libvirt.ts';
import { hostdev as element, onPc, onZ } from '../guests.ts';

const FUNCTIONS: readonly FakeFunction[] = [
  { address: '0000:02:00.0', driver: 'igb', iommuGroup: 8, netdev: 'eno1', express: true, sriov: { total: 7, driver: 'igbvf' } },
  { address: '0000:05:00.0', driver: 'nvme', iommuGroup: 5, express: true },
  { address: '0000:05:00.1', driver: 'nvme', iommuGroup: 5, express: true },
  { address: '0000:06:00.0', driver: 'nvme', iommuGroup: 6, express: true },
  { address: '0000:09:00.0', driver: 'nvme', iommuGroup: 9, express: true },
  { address: '0007:00:00.0', driver: 'nvme', iommuGroup: 1, express: true, fid: 0x17, attributes: { uid: '0x21', pchid: '0x128', pft: '0x02', vfn: '0x0000' } },
];

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The body as JSON. */
  readonly json: <T = Record<string, unknown>>() => T;
}

interface Sent {
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: unknown;
}

export interface ServerScene {
  readonly port: FakeKernel;
  readonly context: AppContext;
  readonly libvirt: FakeLibvirt;
  readonly directory: string;
  readonly stateDirectory: string;
  readonly server: RunningServer;
  /** A request with no more than what is said. */
  readonly raw: (method: string, path: string, sent?: Sent) => Promise<Reply>;
  /** A request of the page, signed in. */
  readonly ask: (method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>) => Promise<Reply>;
  readonly plan: (wish: Wish) => Promise<Plan>;
  readonly apply: (plan: Plan) => Promise<Reply>;
  /** Plans, applies, and waits for the end. */
  readonly carryOut: (wish: Wish) => Promise<Operation>;
  readonly ended: (id: string) => Promise<Operation>;
  readonly open: (path: string, headers?: Readonly<Record<string, string>>) => ClientRequest;
  readonly end: () => Promise<void>;
}

export interface SceneOptions extends Partial<Pick<ServeOptions, 'webDirectory' | 'password' | 'clock'>> {
  readonly kernel?: FakeKernelOptions;
  readonly functions?: readonly FakeFunction[];
  /** A machine that is no fake kernel; it cannot be changed. */
  readonly machine?: HostPort;
  readonly readOnly?: boolean;
  readonly isRoot?: boolean;
  readonly listen?: (directory: string) => ListenAddress;
  readonly stateDirectory?: string;
  /** Not signed in: the token of the link is still there. */
  readonly signedOut?: true;
  /** The fleet of the host; in none without. */
  readonly fleet?: FleetSource;
  readonly onBug?: (error: unknown) => void;
}

export async function openServer(options: SceneOptions = {}): Promise<ServerScene> {
  const directory = mkdtempSync(join(tmpdir(), 'hostdev-server-'));
  const libvirt = await startFakeLibvirt();
  libvirt.qemu.define(onZ('web', element('0x0007')));
  libvirt.qemu.start(libvirt.qemu.define(onPc('pc', 3)), false);
  const port = fakeKernel(options.functions ?? FUNCTIONS, options.kernel ?? {});
  const context: AppContext = {
    port: options.machine ?? port,
    isRoot: options.isRoot ?? true,
    readPciIds: async () => undefined,
    userCapabilityCache: '/nowhere/cache',
  };
  const stateDirectory = options.stateDirectory ?? join(directory, 'state');
  const host = {
    ...{ context: async () => context, stateDirectory, libvirtUri: `qemu+unix:///system?socket=${libvirt.socket}` },
    fleet: options.fleet ?? fleetSource(join(directory, 'fleet.conf')),
    ...{ name: 'test-host', version: '0.0.0', readOnly: options.readOnly ?? false },
  };
  const bugs: unknown[] = [];
  const server = await serve(host, {
    listen: options.listen?.(directory) ?? parseListenAddress('127.0.0.1:0'),
    user: 'root',
    webDirectory: options.webDirectory,
    password: options.password,
    clock: options.clock,
    onBug: options.onBug ?? ((error) => void bugs.push(error)),
  });
  const isUnix = server.link === undefined;
  const at = isUnix ? { socketPath: server.where } : { host: '127.0.0.1', port: Number(server.where.split(':').at(-1)) };
  const open = (path: string, headers: Readonly<Record<string, string>> = {}): ClientRequest => request({ ...at, path, headers, agent: false });
  const raw = (method: string, path: string, { headers = {}, body }: Sent = {}): Promise<Reply> =>
    new Promise((resolve, reject) => {
      const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
      const type = text === undefined ? {} : { 'Content-Type': 'application/json', 'Content-Length': String(Buffer.byteLength(text)) };
      const asked = request({ ...at, method, path, headers: { ...type, ...headers }, agent: false }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => void chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const answer = Buffer.concat(chunks).toString();
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text: answer, json: () => JSON.parse(answer) as never });
        });
      });
      asked.on('error', reject);
      asked.end(text);
    });
  let session: Readonly<Record<string, string>> = {};
  if (options.signedOut !== true) {
    const token = server.link?.split('#token=')[1];
    const signedIn = isUnix ? await raw('GET', '/api/v1/session') : await raw('POST', '/api/v1/session', { body: { token } });
    const cookie = signedIn.headers['set-cookie']?.[0]?.split(';')[0];
    session = { ...(cookie === undefined ? {} : { Cookie: cookie }), 'Hostdev-Tab': signedIn.json<{ tab: string }>().tab };
  }
  const ask: ServerScene['ask'] = (method, path, body, headers = {}) => raw(method, `/api/v1${path}`, { body, headers: { ...session, ...headers } });
  const plan = async (wish: Wish): Promise<Plan> => {
    const reply = await ask('POST', '/plans', wish);
    if (reply.status !== 201) throw new Error(`no plan: ${reply.text}`);
    return reply.json<Plan>();
  };
  const apply = ({ id, hash }: Plan): Promise<Reply> => ask('POST', `/plans/${id}/apply`, undefined, { 'If-Match': `"${hash}"` });
  const ended = async (id: string): Promise<Operation> => {
    for (;;) {
      const operation = (await ask('GET', `/operations/${id}`)).json<Operation>();
      if (operation.ended !== null) return operation;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  return {
    ...{ port, context, libvirt, directory, stateDirectory, server, raw, ask, plan, apply, ended },
    open: (path, headers) => open(path, { ...session, ...headers }),
    carryOut: async (wish) => {
      const reply = await apply(await plan(wish));
      if (reply.status !== 202) throw new Error(`not applied: ${reply.text}`);
      return ended(reply.json<Operation>().id);
    },
    end: async () => {
      await server.close();
      await libvirt.stop();
      rmSync(directory, { recursive: true, force: true });
      if (bugs.length > 0) throw bugs[0];
    },
  };
}
