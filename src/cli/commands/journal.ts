import { listHistory, listTaken, recoverChanges } from '../../app/journal-views.ts';
import { type Io, printJson } from '../io.ts';
import { machineContext } from '../machine.ts';
import { formatTable } from '../table.ts';

interface JsonFlag {
  readonly json?: boolean;
}

export async function status(io: Io, flags: JsonFlag): Promise<number> {
  const taken = await listTaken(machineContext());
  if (flags.json === true) printJson(io, taken);
  else if (taken.length === 0) io.out('hostdev has taken no function since the last boot\n');
  else
    io.out(
      formatTable(
        ['ADDRESS', 'STATE', 'SINCE', 'BY', 'BEFORE', 'NOW'],
        taken.map((t) => [t.address, t.state, t.since, t.by, t.before ?? '-', t.now ?? '-']),
      ),
    );
  return taken.some((t) => t.state === 'interrupted') ? 1 : 0;
}

export async function history(io: Io, flags: JsonFlag): Promise<number> {
  const entries = await listHistory();
  if (flags.json === true) printJson(io, entries);
  else if (entries.length === 0) io.out('hostdev has changed nothing on this host yet\n');
  else {
    const rows = entries.map((e) => [e.time, e.verb, e.address, e.by, e.from ?? '-', e.to ?? '-', e.outcome, e.reason ?? '']);
    io.out(formatTable(['TIME', 'WHAT', 'ADDRESS', 'BY', 'FROM', 'TO', 'OUTCOME', 'WHY'], rows));
  }
  return 0;
}

const OUTCOMES = { new: 'it had been done', old: 'it was undone', gone: 'nothing is left of it', stuck: 'STUCK' } as const;

export async function recover(io: Io, flags: JsonFlag): Promise<number> {
  const done = await recoverChanges(machineContext());
  if (flags.json === true) printJson(io, done);
  else if (done.length === 0) io.out('nothing to recover\n');
  else
    for (const { verb, address, outcome, driver, reason } of done)
      io.out(`${verb} ${address}: ${OUTCOMES[outcome]}, with ${driver ?? 'no driver'}${reason === undefined ? '' : ` (${reason})`}\n`);
  return done.some(({ outcome }) => outcome === 'stuck') ? 1 : 0;
}
