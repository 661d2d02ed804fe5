/** What somebody else changes while the page is open. */
import { rowOf } from '../../browser/host-page.ts';
import type { Looking } from './looking.ts';

/** virsh takes a function from its driver and gives it back; milliseconds from the end of each until the row has the driver. */
export async function seesWhatVirshDoes(
  { host, page }: Looking,
  { address, driver }: { readonly address: string; readonly driver: string },
): Promise<number[]> {
  const device = `pci_${address.replaceAll(/[:.]/g, '_')}`;
  const delays: number[] = [];
  for (const [verb, next] of [
    ['nodedev-detach', 'vfio-pci'],
    ['nodedev-reattach', driver],
  ] as const) {
    const shown = rowOf(page, address)
      .getByText(next, { exact: true })
      .waitFor()
      .then(() => Date.now());
    await host.sh(`virsh -q ${verb} ${device}`);
    const changed = Date.now();
    delays.push(Math.max(0, (await shown) - changed));
  }
  return delays;
}

/** @example inSeconds([340, 1200]) → '0.3 and 1.2 s' */
export function inSeconds(delays: readonly number[]): string {
  return `${delays.map((ms) => (ms / 1000).toFixed(1)).join(' and ')} s`;
}
