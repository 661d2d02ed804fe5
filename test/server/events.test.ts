/** The stream of events: whole state first, then what changes, and on from where a reader was. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { mismatch } from '../../src/server/api/accept.ts';
import { applyPatches, HEARTBEAT_MS, MESSAGE, type Message } from '../../src/server/api/events.ts';
import type { WholeState } from '../../src/server/api/state.ts';
import { fakeKernel } from '../../src/testing/fake-kernel.ts';
import { hostdev as element, onZ } from '../guests.ts';
import { openServer, type ServerScene } from './scene.ts';

let scene: ServerScene;
beforeEach(async () => {
  scene = await openServer();
});
afterEach(() => scene.end());

interface Reader {
  readonly messages: readonly Message[];
  readonly state: () => WholeState;
  readonly until: (is: (message: Message) => boolean) => Promise<Message>;
  readonly close: () => void;
}

/** Reads the stream line by line. */
async function follow(after?: number): Promise<Reader> {
  const messages: Message[] = [];
  let state: WholeState | undefined;
  const request = scene.open(`/api/v1/events${after === undefined ? '' : `?after=${after}`}`);
  request.on('response', (response) => {
    let rest = '';
    response.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const message = JSON.parse(line) as Message;
        messages.push(message);
        if (message.kind === 'state') state = message.state;
        if (message.kind === 'patch' && state !== undefined) state = applyPatches(state, message.patches);
      }
    });
  });
  request.on('error', () => undefined);
  request.end();
  const until: Reader['until'] = async (is) => {
    await expect.poll(() => messages.some(is), { interval: 10 }).toBe(true);
    return messages.find(is) as Message;
  };
  return { messages, until, state: () => state as WholeState, close: () => void request.destroy() };
}

const patchOf =
  (of: string) =>
  (message: Message): boolean =>
    message.kind === 'patch' && message.patches.some((patch) => patch.of === of);

describe('the stream of events', () => {
  it('begins with the whole state, and every line is as its schema says', async () => {
    const reader = await follow();
    const first = await reader.until(() => true);
    expect(first.kind).toBe('state');
    expect(reader.state().functions).toHaveLength(6);
    await scene.carryOut({ verb: 'prepare', functions: ['0000:06:00.0'] });
    await reader.until(patchOf('inForce'));
    for (const message of reader.messages) expect(mismatch(MESSAGE, message)).toBeUndefined();
    reader.close();
  });

  // How soon is measured where nothing else runs: by the bench, and in the laboratory.
  it('tells what somebody else changes on the host and in libvirt without being asked', async () => {
    const reader = await follow();
    await reader.until(({ kind }) => kind === 'state');
    await scene.port.write('/sys/bus/pci/devices/0000:06:00.0/driver/unbind', '0000:06:00.0');
    await reader.until(patchOf('functions'));
    expect(reader.state().functions.find(({ hostAddress }) => hostAddress === '0000:06:00.0')?.driver).toBeNull();
    scene.libvirt.qemu.start(scene.libvirt.qemu.define(onZ('new', element('0x0009'))), false);
    await reader.until(patchOf('guests'));
    expect(reader.state().guests.map(({ guest }) => guest)).toEqual(['new', 'pc', 'web']);
    reader.close();
  });

  it('has each step of an operation, and the patches lead to the state as it is read anew', async () => {
    const reader = await follow();
    await reader.until(({ kind }) => kind === 'state');
    const { id } = await scene.carryOut({ verb: 'attach', guest: 'pc', functions: ['0000:06:00.0'], scope: 'persistent' });
    await reader.until((message) => message.kind === 'patch' && message.patches.some((patch) => patch.of === 'operations' && patch.value?.ended !== null));
    const told = reader.messages
      .flatMap((message) => (message.kind === 'patch' ? message.patches : []))
      .flatMap((patch) => (patch.of === 'operations' ? [patch.value] : []));
    expect(told.every((operation) => operation?.id === id)).toBe(true);
    expect(told[0]?.state).toBe('running');
    expect(new Set(told.flatMap((operation) => operation?.changes.flatMap(({ steps }) => steps.map(({ state }) => state)) ?? []))).toEqual(
      new Set(['waiting', 'doing', 'done']),
    );
    const now = (await scene.ask('GET', '/state')).json<WholeState>();
    await expect.poll(() => reader.state().functions).toEqual(now.functions);
    expect(reader.state()).toEqual(now);
    reader.close();
  });

  it('goes on from where a reader was, and begins anew where that is not known', async () => {
    const reader = await follow();
    const { seq } = await reader.until(({ kind }) => kind === 'state');
    reader.close();
    await scene.carryOut({ verb: 'prepare', functions: ['0000:06:00.0'] });
    const again = await follow(seq);
    await again.until(patchOf('functions'));
    expect(again.messages.map(({ kind }) => kind)).not.toContain('state');
    again.close();
    const stranger = await follow(17);
    expect((await stranger.until(() => true)).kind).toBe('state');
    stranger.close();
  });

  it('says that the server is there while it looks at its host for the first time, however long that takes', async () => {
    await scene.end();
    let look = (): void => undefined;
    const looks = new Promise<void>((resolve) => {
      look = resolve;
    });
    const kernel = fakeKernel([{ address: '0000:06:00.0', driver: 'nvme', iommuGroup: 6 }]);
    const slow = { ...kernel, list: async (path: string) => looks.then(() => kernel.list(path)) };
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    try {
      scene = await openServer({ machine: slow });
      const reader = await follow();
      // The stream is open once it has answered; its beat begins then.
      for (let beats = 0; beats < 3; beats += 1) {
        await new Promise((resolve) => setTimeout(resolve, 50));
        vi.advanceTimersByTime(HEARTBEAT_MS);
      }
      vi.useRealTimers();
      await reader.until(({ kind }) => kind === 'heartbeat');
      expect(new Set(reader.messages.map(({ kind }) => kind))).toEqual(new Set(['heartbeat']));
      look();
      await reader.until(({ kind }) => kind === 'state');
      expect(reader.state().functions).toHaveLength(1);
      reader.close();
    } finally {
      vi.useRealTimers();
    }
  });
});
