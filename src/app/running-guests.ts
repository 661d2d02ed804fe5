/** What libvirt says its running guests hold: its own state files, readable by root only. */
import { readDomain } from '../domain/domain.ts';
import { readHostdevs } from '../domain/hostdev.ts';
import type { GuestClaims } from '../host/usage/judge.ts';
import type { HostReader } from '../host/port.ts';
import { formatPciAddress } from '../pci/address.ts';

/** One file a running guest; the domain stands inside libvirt's own element. */
const STATE = '/run/libvirt/qemu';

const STATE_LIMIT = 8 * 1024 * 1024;

export async function readGuestClaims(port: HostReader): Promise<GuestClaims> {
  const claims = new Map<string, string[]>();
  for (const file of ((await port.list(STATE)) ?? []).filter((name) => name.endsWith('.xml'))) {
    const text = new TextDecoder().decode(await port.read(`${STATE}/${file}`, STATE_LIMIT));
    const guest = file.slice(0, -'.xml'.length);
    for (const address of addressesIn(text)) claims.set(address, [...(claims.get(address) ?? []), guest]);
  }
  return claims;
}

function addressesIn(text: string): string[] {
  const begin = text.indexOf('<domain ');
  const end = text.lastIndexOf('</domain>');
  if (begin === -1 || end === -1) return [];
  try {
    const hostdevs = readHostdevs(readDomain(text.slice(begin, end + '</domain>'.length)));
    return hostdevs.flatMap(({ source }) => (source === undefined ? [] : [formatPciAddress(source)]));
  } catch {
    // Half a file, or one of a libvirt that writes it differently: the open VFIO group still tells.
    return [];
  }
}
