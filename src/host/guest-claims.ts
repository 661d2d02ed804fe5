/** Reads what libvirt says its running guests hold: its own state files, readable by root only. */
import type { GuestClaims } from '../state/holders.ts';
import type { HostReader } from './port.ts';

/** One file a running guest; the domain stands inside libvirt's own element. */
const STATE = '/run/libvirt/qemu';

const STATE_LIMIT = 8 * 1024 * 1024;

export async function readGuestClaims(port: HostReader): Promise<GuestClaims> {
  const claims = new Map<string, string[]>();
  const files = ((await port.list(STATE)) ?? []).filter((name) => name.endsWith('.xml'));
  if (files.length === 0) return claims;
  // Where no guest runs, nobody has to read XML.
  const { functionsInStatus } = await import('../state/libvirt-status.ts');
  for (const file of files) {
    const text = new TextDecoder().decode(await port.read(`${STATE}/${file}`, STATE_LIMIT));
    const guest = file.slice(0, -'.xml'.length);
    for (const address of functionsInStatus(text)) claims.set(address, [...(claims.get(address) ?? []), guest]);
  }
  return claims;
}
