/** Opening a link in the browser of whoever sits there. */
import { spawn } from 'node:child_process';
import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Opens a link that has a secret in it. Words of a command line are everybody's to read (proc(5)), so the browser gets a file of the user's own that
 * leads there.
 *
 * @returns what takes the file away again.
 */
export async function openBrowser(link: string, env: NodeJS.ProcessEnv = process.env): Promise<() => Promise<void>> {
  const directory = await mkdtemp(join(tmpdir(), 'hostdev-ui-'));
  const file = join(directory, 'open.html');
  await writeFile(file, `<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0; url=${link}"><a href="${link}">hostdev</a>\n`, {
    mode: 0o600,
  });
  const [user, uid, gid] = [env['SUDO_USER'], Number(env['SUDO_UID']), Number(env['SUDO_GID'])];
  const isBehindSudo = process.geteuid?.() === 0 && user !== undefined && Number.isInteger(uid) && Number.isInteger(gid);
  if (isBehindSudo) for (const path of [directory, file]) await chown(path, uid, gid);
  // The desktop is the user's, not root's.
  const [program, ...words] = isBehindSudo ? ['runuser', '-u', user, '--', 'xdg-open', file] : ['xdg-open', file];
  const child = spawn(program as string, words, { stdio: 'ignore', detached: true });
  // Without a desktop the link is printed all the same.
  child.on('error', () => undefined);
  child.unref();
  return () => rm(directory, { recursive: true, force: true });
}
