/** `hostdev ui` as it is typed: what it prints, where it listens, and how it ends. */
import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { main } from '../../src/cli/main.ts';
import { openBrowser } from '../../src/cli/open-browser.ts';
import { bareMachine } from '../bare-machine.ts';
import { captureIo, hostdev } from '../capture.ts';
import { describeUnless } from '../skip.ts';

const directory = (): string => mkdtempSync(join(tmpdir(), 'hostdev-ui-test-'));

/** Runs the command until it has printed something, asks the server, and ends it as Ctrl-C does. */
async function running(words: readonly string[], ask: (printed: string) => Promise<void>): Promise<number> {
  const { io, stdout, stderr } = captureIo('', bareMachine([{ address: '0000:06:00.0', driver: 'nvme', iommuGroup: 6 }]));
  const signalled = new AbortController();
  const status = main(words, { ...io, catchSignals: () => signalled.signal });
  await Promise.race([expect.poll(stdout).not.toBe(''), status]);
  if (stdout() === '') throw new Error(stderr());
  await ask(stdout().trim());
  signalled.abort();
  return status;
}

describe('hostdev ui', () => {
  it('prints a link that signs in, shows this machine, and ends by Ctrl-C', async () => {
    const status = await running(['ui'], async (link) => {
      const { origin, hash } = new URL(link);
      const token = hash.replace('#token=', '');
      const signedIn = await fetch(`${origin}/api/v1/session`, {
        method: 'POST',
        body: JSON.stringify({ token }),
        headers: { 'Content-Type': 'application/json' },
      });
      expect(signedIn.status).toBe(201);
      expect(await signedIn.json()).toMatchObject({ readOnly: false, by: expect.stringMatching(/\(pid \d+\)$/) });
      const cookie = signedIn.headers.get('set-cookie')?.split(';')[0] ?? '';
      const functions = (await (await fetch(`${origin}/api/v1/functions`, { headers: { Cookie: cookie } })).json()) as { items: { hostAddress: string }[] };
      expect(functions.items.map(({ hostAddress }) => hostAddress)).toEqual(['0000:06:00.0']);
    });
    expect(status).toBe(0);
  });

  it('listens on a unix socket, and says where', async () => {
    const path = join(directory(), 'ui.sock');
    expect(await running(['ui', '--listen', `unix:${path}`, '--read-only'], async (printed) => expect(printed).toBe(`listening on ${path}`))).toBe(0);
  });

  it.each([
    ['--listen 0.0.0.0:0', 2, 'listen-unsafe'],
    ['--listen nowhere', 2, 'usage'],
    ['--listen unix:/nowhere/ui.sock', 1, 'listen-impossible'],
    ['--listen unix:/nowhere/ui.sock --open', 2, 'option-conflict'],
    ['--tls-cert /nowhere/cert', 2, 'option-conflict'],
    ['--password-file /nowhere/password', 2, 'file-not-found'],
    ['--tls-cert /nowhere/cert --tls-key /nowhere/key', 2, 'file-not-found'],
    ['--tls-cert /dev/zero --tls-key /dev/zero', 1, 'file-unreadable'],
  ])('%s is refused', async (words, status, code) => {
    const done = await hostdev(['ui', ...words.split(' ')]);
    expect([done.status, done.stderr]).toEqual([status, expect.stringContaining(`[${code}]`)]);
    expect(done.stderr).not.toMatch(/ENOENT|EISDIR|internal/);
  });

  it.each([
    ['a directory', (path: string) => mkdirSync(path, { mode: 0o700 }), 'file-not-found', /is a directory, not a file/],
    ['longer than any password', (path: string) => writeFileSync(path, 'x'.repeat(100_000), { mode: 0o600 }), 'listen-unsafe', /has more than 1024 letters/],
    ['a pipe that nobody writes into', (path: string) => execFileSync('mkfifo', ['-m', '600', path]), 'file-unreadable', /it is a pipe/],
  ])('a password file that is %s is refused', async (_, make, code, message) => {
    const path = join(directory(), 'password');
    make(path);
    const done = await hostdev(['ui', '--password-file', path]);
    expect(done.stderr).toContain(`[${code}]`);
    expect(done.stderr).toMatch(message);
  });

  it('takes no password that others may read, and none that is short', async () => {
    const file = join(directory(), 'password');
    writeFileSync(file, 'a long password indeed\n', { mode: 0o644 });
    expect((await hostdev(['ui', '--password-file', file])).stderr).toMatch(/can be read by others/);
    // It may be any file of the system: nobody is told to take its readers away.
    expect((await hostdev(['ui', '--password-file', '/etc/passwd'])).stderr).toMatch(
      /\/etc\/passwd can be read by others .*\n.*in a file of its own, made with mode 0600/,
    );
    writeFileSync(file, 'short\n');
    chmodSync(file, 0o600);
    expect((await hostdev(['ui', '--password-file', file])).stderr).toMatch(/has 5 letters/);
  });

  it.each([
    ['several lines', 'a long password indeed\nand a remark\n', /has more than one line, and nobody could type it/],
    ['an empty line behind it', 'a long password indeed\n\n', /has more than one line/],
    ['what is no text', Uint8Array.from([...new TextEncoder().encode('a long password ind'), 0xe9, 0xe8, 0x0a]), /is not text in UTF-8/],
  ])('takes no password file that has %s', async (_, bytes, message) => {
    const file = join(directory(), 'password');
    writeFileSync(file, bytes, { mode: 0o600 });
    const done = await hostdev(['ui', '--password-file', file]);
    expect([done.status, done.stderr]).toEqual([2, expect.stringMatching(message)]);
    expect(done.stderr).toContain('[listen-unsafe]');
  });

  it('gives the browser a file of the user alone, since everybody reads the words of a command line', async () => {
    const bin = directory();
    const said = join(bin, 'said');
    writeFileSync(
      join(bin, 'xdg-open'),
      `#!/bin/sh\necho "$1 $(stat -c %a "$1") $(stat -c %a "$(dirname "$1")")" > ${said}.new\ncp "$1" ${said}.html\nmv ${said}.new ${said}\n`,
      { mode: 0o755 },
    );
    const path = process.env['PATH'];
    process.env['PATH'] = `${bin}:${path}`;
    try {
      const close = await openBrowser('http://127.0.0.1:1/#token=secret', {});
      const { readFileSync, existsSync } = await import('node:fs');
      await expect.poll(() => existsSync(said)).toBe(true);
      const [file = '', mode, above] = readFileSync(said, 'utf8').trim().split(' ');
      expect([mode, above, file.includes('secret')]).toEqual(['600', '700', false]);
      expect(readFileSync(`${said}.html`, 'utf8')).toContain('http://127.0.0.1:1/#token=secret');
      await close();
      expect(existsSync(file)).toBe(false);
    } finally {
      process.env['PATH'] = path;
    }
  });
});

describeUnless(process.getuid?.() === 0 ? '' : { excused: 'only root can give a file away' }, 'a password file of somebody else', () => {
  it('is refused: who owns it can read it', async () => {
    const path = join(directory(), 'password');
    writeFileSync(path, 'a horse, a battery, a staple', { mode: 0o600 });
    chownSync(path, 65_534, 65_534);
    expect(await hostdev(['ui', '--password-file', path])).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/belongs to somebody else \[listen-unsafe\]/) as string,
    });
  });
});
