/** User name and password from libvirt's own file of them. Source: libvirt's page on client authentication. */
import { homedir } from 'node:os';
import { join } from 'node:path';
import { readBounded } from '../../files/read-bounded.ts';
import type { Credentials } from './authenticate.ts';

const LIMIT = 1024 * 1024;

/** For a host, or for any where the file has no line about it. */
export async function readAuthFile(host: string, env: NodeJS.ProcessEnv = process.env): Promise<Credentials | undefined> {
  const own = join(env['XDG_CONFIG_HOME'] ?? join(env['HOME'] ?? homedir(), '.config'), 'libvirt/auth.conf');
  for (const path of [env['LIBVIRT_AUTH_FILE'], own, '/etc/libvirt/auth.conf']) {
    if (path === undefined || path === '') continue;
    const bytes = await readBounded(path, LIMIT).catch(() => undefined);
    if (bytes !== undefined) return credentialsIn(bytes.toString('utf8'), host);
  }
  return undefined;
}

function credentialsIn(text: string, host: string): Credentials | undefined {
  const sections = readSections(text);
  const entry = sections[`auth-libvirt-${host}`] ?? sections['auth-libvirt-default'];
  const { username, password } = sections[`credentials-${entry?.['credentials'] ?? ''}`] ?? {};
  return username === undefined || password === undefined ? undefined : { user: username, password };
}

function readSections(text: string): Record<string, Record<string, string>> {
  const sections: Record<string, Record<string, string>> = {};
  let current: Record<string, string> = {};
  for (const line of text.split('\n').map((each) => each.trim())) {
    const name = /^\[(.+)\]$/.exec(line)?.[1];
    if (name !== undefined) current = sections[name] = {};
    else if (!line.startsWith('#') && line.includes('=')) current[line.slice(0, line.indexOf('=')).trim()] = line.slice(line.indexOf('=') + 1).trim();
  }
  return sections;
}
