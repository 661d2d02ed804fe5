/** Somebody who looks at the page of an emulated host, and at the host itself. */
import type { Page } from 'playwright-core';
import { itemsIn } from '../../../test/json/items.ts';
import type { LabHost } from '../../machine/running.ts';

export interface Looking {
  readonly host: LabHost;
  readonly page: Page;
}

export interface ListedFunction {
  readonly hostAddress: string;
  readonly driver: string | null;
  readonly verdict: string;
  readonly classWord: string;
  readonly evidence: readonly string[];
  readonly pchid: string | null;
}

export async function listedFunctions(host: LabHost): Promise<readonly ListedFunction[]> {
  return itemsIn<ListedFunction>(await host.says('list --json'));
}

/** As the kernel says it; empty where it has none. */
export async function driverOf(host: LabHost, address: string): Promise<string> {
  return (await host.sh(`basename "$(readlink /sys/bus/pci/devices/${address}/driver)"`)).trim();
}

/** What the journal has, to the byte. */
export function journalOf(host: LabHost): Promise<string> {
  return host.sh('cat /var/lib/hostdev/journal 2>/dev/null || true');
}

/** What libvirt has given a guest: of what runs, and of the definition. */
export async function heldBy(host: LabHost, guest: string): Promise<readonly string[]> {
  interface Row {
    readonly guest: string;
    readonly functions: readonly { readonly hostAddress: string; readonly live: boolean; readonly config: boolean }[];
  }
  const found = itemsIn<Row>(await host.says('guests --json')).find((row) => row.guest === guest);
  return (found?.functions ?? []).map(({ hostAddress, live, config }) => `${hostAddress} ${live ? 'live' : '-'} ${config ? 'config' : '-'}`);
}
