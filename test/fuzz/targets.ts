/** Everything that hostdev reads and somebody else has written. */
import { changedDefinitions, definitions, pastedSources } from './domains.ts';
import type { FuzzTarget } from './fuzz.ts';
import { monitorState } from './guest-monitor.ts';
import { journalBytes, journalRecords } from './journals.ts';
import { files, keptRules, roots, snapshots, snapshotTexts, trees } from './machines.ts';
import { messages, monitors, pciInfo } from './qmp.ts';
import { connections, packets, xdr } from './rpc.ts';
import { modprobeTexts, ruleTexts } from './rules.ts';
import { wishes } from './wishes.ts';
import { xmlBytes, xmlTexts } from './xml.ts';

export const TARGETS: readonly FuzzTarget[] = [
  xmlTexts,
  xmlBytes,
  definitions,
  changedDefinitions,
  pastedSources,
  wishes,
  trees,
  roots,
  snapshots,
  snapshotTexts,
  files,
  journalBytes,
  journalRecords,
  ruleTexts,
  keptRules,
  modprobeTexts,
  xdr,
  packets,
  connections,
  messages,
  pciInfo,
  monitors,
  monitorState,
];
