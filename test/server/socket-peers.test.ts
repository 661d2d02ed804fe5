/** Whether what is said of who sits there is believed: on a unix socket that root alone reaches. */
import { chmodSync, chownSync, lstatSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readHistory } from '../../src/app/history.ts';
import { parseListenAddress } from '../../src/server/listen/address.ts';
import { fileOfSocket, isOfRootAlone } from '../../src/server/listen/root-alone.ts';
import { signInOfSocket } from '../../src/server/sign-in/sign-in.ts';
import { describeUnless } from '../skip.ts';
import { openServer } from './scene.ts';

const notRoot = process.getuid?.() === 0 ? '' : 'only root can give a file away';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'hostdev-peers-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

describe('who sits there, as a header says it', () => {
  const by = (said: string | undefined, isAlone = true): string => {
    const { callerOf } = signInOfSocket({ user: 'root (pid 7)', isOfRootAlone: () => isAlone });
    return callerOf({ headers: said === undefined ? {} : { 'hostdev-user': said } } as Parameters<typeof callerOf>[0]).by;
  };

  it.each([
    ['alice', 'alice'],
    ['EXAMPLE%5Calice', 'EXAMPLE\\alice'],
    ['%C3%A9lise%40example.org', 'élise@example.org'],
    ['build-1$', 'build-1$'],
  ])('%s is written down as %s', (said, name) => {
    expect(by(said)).toBe(`${name}, as the page says`);
  });

  it.each([undefined, '', 'a b', 'a%0Ab', 'a%1B[31m', '%', '%C3', 'root%20(pid%201)', 'a'.repeat(65), 'alice,mallory'])(
    '%j is no name, and is left out',
    (said) => {
      expect(by(said)).toBe('root (pid 7)');
    },
  );

  it('is left out where others than root may have said it', () => {
    expect(by('alice', false)).toBe('root (pid 7)');
  });
});

describeUnless(notRoot, "a socket's file", () => {
  it.each([
    ["root's alone", 0, 0o600, true],
    ["a group's too", 0, 0o660, false],
    ["everybody's to write", 0, 0o602, false],
    ["another user's", 65_534, 0o600, false],
  ])('%s', (_, uid, mode, expected) => {
    const file = join(directory, 'sock');
    writeFileSync(file, '');
    chmodSync(file, mode);
    chownSync(file, uid, 0);
    expect(isOfRootAlone(file)).toBe(expected);
  });

  it('is not what a symbolic link says of itself, nor what is not there', () => {
    symlinkSync('/proc/1/environ', join(directory, 'link'));
    expect([isOfRootAlone(join(directory, 'link')), isOfRootAlone(join(directory, 'none')), isOfRootAlone(undefined)]).toEqual([false, false, false]);
  });
});

it('the file of a socket that somebody else has opened is known', async () => {
  const [file, server] = [join(directory, 'a name with blanks'), createServer()];
  await new Promise<void>((resolve) => server.listen(file, resolve));
  const { fd } = (server as Server & { readonly _handle: { readonly fd: number } })._handle;
  expect(fileOfSocket({ kind: 'systemd', fd })).toBe(file);
  expect(fileOfSocket({ kind: 'unix', path: file })).toBe(file);
  await new Promise((resolve) => server.close(resolve));
  expect(fileOfSocket({ kind: 'systemd', fd: 0 })).toBeUndefined();
});

describeUnless(notRoot, 'the journal', () => {
  it('has the name for as long as root alone reaches the socket', async () => {
    const scene = await openServer({ listen: () => parseListenAddress(`unix:${join(directory, 'ui.sock')}`) });
    const prepare = async (address: string): Promise<void> => {
      const plan = await scene.plan({ verb: 'prepare', functions: [address] });
      const reply = await scene.ask('POST', `/plans/${plan.id}/apply`, undefined, { 'If-Match': `"${plan.hash}"`, 'Hostdev-User': 'alice' });
      await scene.ended(reply.json<{ id: string }>().id);
    };
    await prepare('0000:06:00.0');
    expect(lstatSync(scene.server.where).mode & 0o777).toBe(0o600);
    chmodSync(scene.server.where, 0o666);
    await prepare('0000:09:00.0');
    expect((await readHistory(scene.stateDirectory)).entries.map(({ by }) => by).toSorted()).toEqual([
      'alice, as the page says, over the page from the unix socket',
      'root, over the page from the unix socket',
    ]);
    await scene.end();
  });
});
