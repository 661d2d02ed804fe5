/** One function of a guest for another. */
import { expect } from 'vitest';
import { carryOut, click, leave, rowOf } from '../../browser/host-page.ts';
import { driverOf, heldBy, type Looking } from './looking.ts';

export interface Swap {
  readonly guest: string;
  readonly old: string;
  readonly next: string;
  /** The host's own, of either. */
  readonly driver: string;
}

/** Swaps what a guest that runs was given, from the row of the one that goes. Libvirt and the kernel have both where they belong, and the filter finds it. */
export async function swapsInGuest({ host, page }: Looking, { guest, old, next, driver }: Swap): Promise<void> {
  const rows = page.locator('[role=row][data-kind=function]');
  const filter = page.getByRole('combobox', { name: /^Guest/ });
  await click(page, 'Table');
  await filter.selectOption(guest);
  await expect.poll(() => rows.evaluateAll((all) => all.map((row) => row.getAttribute('data-key'))), { timeout: 60_000 }).toEqual([old]);
  await rowOf(page, old).click();
  await click(page, `Swap in ${guest}…`);
  await page.getByRole('group', { name: 'Gives instead' }).getByText(next).first().click();
  await carryOut(page, `Swap ${old} for ${next} in ${guest}`);
  expect(await heldBy(host, guest)).toEqual([`${next} live -`]);
  expect([await driverOf(host, old), await driverOf(host, next)]).toEqual([driver, 'vfio-pci']);
  await leave(page);
  await expect.poll(() => rows.evaluateAll((all) => all.map((row) => row.getAttribute('data-key'))), { timeout: 60_000 }).toEqual([next]);
  await click(page, 'Clear');
  await click(page, 'Tree');
}
