/** A rule of the boot as a row: ours, and those of others. */
import type { WholeState } from '../../../server/api/state.ts';
import type { CardRow } from '../shell/card-table.tsx';

export function keptRow(rule: WholeState['persistent'][number]): CardRow {
  const drift = rule.drift.join('; ');
  if (rule.kind === 'foreign rule')
    return { key: `${rule.by} ${rule.what} ${rule.file}`, cells: [rule.what, rule.driver, `${rule.by} (${rule.file})`, 'not ours', drift] };
  const vfs = rule.vfs === null ? '' : `, ${rule.vfs.numVfs} virtual functions`;
  return { key: rule.file, cells: [`${rule.hostAddress}${vfs}`, rule.driver ?? '', `hostdev (${rule.file})`, rule.state, drift] };
}
