/**
 * One process of a race: it asks for functions of a host that another process plays, and tells how that ended. The
 * host is the fake kernel in the parent, read and written over the channel between the two.
 */
import { prepareFunctions } from '../../src/app/prepare.ts';
import { releaseFunctions } from '../../src/app/release.ts';
import { HostdevError } from '../../src/errors.ts';
import { attributesThrough, type HostPort } from '../../src/host/port.ts';
import { parsePciAddress } from '../../src/pci/notation.ts';

/** What the parent sends: an answer of the host, or a command. */
type Message =
  | { readonly kind: 'answer'; readonly id: number; readonly value?: unknown; readonly error?: { readonly code: string; readonly message: string } }
  | { readonly kind: 'go'; readonly verb: 'prepare' | 'release'; readonly addresses: readonly string[]; readonly stateDirectory: string };

const waiting = new Map<number, (message: Extract<Message, { kind: 'answer' }>) => void>();
let next = 0;

/** What changes during a race; everything else is asked for once. */
const CHANGING = /\/(driver|driver_override)$|^\/sys\/bus\/pci\/devices\/[^/]+$/;

const known = new Map<string, Promise<unknown>>();

function look(method: string, path: string, ...more: unknown[]): Promise<unknown> {
  if (CHANGING.test(path)) return ask(method, path, ...more);
  const key = `${method} ${path}`;
  const answer = known.get(key) ?? ask(method, path, ...more);
  known.set(key, answer);
  return answer;
}

function ask(method: string, ...args: unknown[]): Promise<unknown> {
  const id = next++;
  return new Promise((resolve, reject) => {
    waiting.set(id, ({ value, error }) => {
      waiting.delete(id);
      if (error === undefined) resolve(value);
      else reject(Object.assign(new Error(error.message), { code: error.code }));
    });
    process.send?.({ kind: 'ask', id, method, args });
  });
}

async function read(path: string, limit?: number): Promise<Uint8Array | undefined> {
  const text = (await look('read', path, limit)) as string | undefined;
  return text === undefined ? undefined : new Uint8Array(Buffer.from(text, 'base64'));
}

const port = {
  live: true,
  byteOrder: 'little',
  refused: new Map(),
  sessionAddress: undefined,
  read,
  attributes: attributesThrough(read),
  list: (path: string) => look('list', path),
  readlink: (path: string) => look('readlink', path),
  write: (path: string, text: string) => ask('write', path, text),
  addresses: async () => new Map(),
  claimState: async () => 'free',
  replaceFile: (path: string, text: string | undefined) => ask('replaceFile', path, text),
  run: (program: string, args: readonly string[]) => ask('run', program, args),
  loadModule: (name: string) => ask('loadModule', name),
} as HostPort;

process.on('message', (message: Message) => {
  if (message.kind === 'answer') waiting.get(message.id)?.(message);
  else void compete(message);
});

async function compete({ verb, addresses, stateDirectory }: Extract<Message, { kind: 'go' }>): Promise<void> {
  const context = { port, isRoot: true, readPciIds: async () => undefined };
  try {
    const act = verb === 'prepare' ? prepareFunctions : releaseFunctions;
    const changes = await act(context, addresses.map(parsePciAddress), { dryRun: false, stateDirectory });
    process.send?.({ kind: 'ended', changes: changes.map(({ address, changed, taken }) => ({ address, changed, taken })) });
  } catch (error) {
    const { code, message } = error instanceof HostdevError ? error : { code: 'bug', message: String((error as Error).stack) };
    process.send?.({ kind: 'ended', code, message });
  }
}
