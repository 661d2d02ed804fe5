/** What the page lists, held against what the command lists. */
import { expect } from 'vitest';
import { click, rowOf } from '../../browser/host-page.ts';
import { listedFunctions, type Looking } from './looking.ts';

/** Every function has a row with its driver, and each filter leaves the rows that the command would. */
export async function filtersRows({ host, page }: Looking): Promise<void> {
  const listed = await listedFunctions(host);
  const rows = page.locator('[role=row][data-kind=function]');
  const shown = async (): Promise<(string | null)[]> => rows.evaluateAll((all) => all.map((row) => row.getAttribute('data-key')));
  const expectRows = async (wanted: typeof listed): Promise<void> => {
    await expect.poll(async () => (await shown()).toSorted(), { timeout: 60_000 }).toEqual(wanted.map(({ hostAddress }) => hostAddress).toSorted());
  };
  await click(page, 'Table');
  await expectRows(listed);
  for (const { hostAddress, driver } of listed) expect(await rowOf(page, hostAddress).innerText()).toContain(driver ?? 'no driver');
  for (const [label, property] of [
    ['Verdict', 'verdict'],
    ['Class', 'classWord'],
  ] as const) {
    for (const value of new Set(listed.map((each) => each[property]))) {
      await page.getByRole('combobox', { name: new RegExp(`^${label}`) }).selectOption(value);
      await expectRows(listed.filter((each) => each[property] === value));
    }
    await click(page, 'Clear');
  }
  const [first] = listed;
  await page.getByLabel(/^Search/).fill(`${first?.driver ?? ''} ${first?.hostAddress}`.trim());
  await expectRows(listed.slice(0, 1));
  await click(page, 'Clear');
  await click(page, 'Tree');
}
