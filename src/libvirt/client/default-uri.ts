/** Which libvirt is meant when nobody says. */
import { homedir } from 'node:os';
import { join } from 'node:path';
import { readBounded } from '../../files/read-bounded.ts';

const LIMIT = 1024 * 1024;

/**
 * As libvirt chooses: the environment, the configuration of the user or the machine, then by who asks. Source: libvirt's page "Connection URIs".
 *
 * @example
 * ```ts
 * import { defaultUri } from 'hostdev/libvirt';
 * console.log(await defaultUri({ LIBVIRT_DEFAULT_URI: 'qemu+ssh://kvm1/system' })); // → qemu+ssh://kvm1/system
 * ```
 */
export async function defaultUri(env: NodeJS.ProcessEnv = process.env, isRoot = process.geteuid?.() === 0): Promise<string> {
  const given = env['LIBVIRT_DEFAULT_URI'];
  if (given !== undefined && given !== '') return given;
  const own = join(env['XDG_CONFIG_HOME'] ?? join(env['HOME'] ?? homedir(), '.config'), 'libvirt/libvirt.conf');
  const configured = await uriOf(isRoot ? '/etc/libvirt/libvirt.conf' : own);
  return configured ?? (isRoot ? 'qemu:///system' : 'qemu:///session');
}

async function uriOf(path: string): Promise<string | undefined> {
  const text = (await readBounded(path, LIMIT).catch(() => undefined))?.toString('utf8') ?? '';
  return /^\s*uri_default\s*=\s*["']([^"']+)["']/m.exec(text)?.[1];
}
