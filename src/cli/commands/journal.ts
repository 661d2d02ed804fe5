import { inWords, listHistory, listInForce, recoverChanges } from '../../app/journal-views.ts';
import { changeOptions } from '../change.ts';
import type { Options } from '../command/table.ts';
import { type Io, printJson } from '../io.ts';
import { machineContext } from '../machine.ts';
import { formatTable } from '../table.ts';

export async function status(io: Io, flags: Options<'status'>): Promise<number> {
  const all = await listInForce(await machineContext(io.machine), io.machine.stateDirectory);
  if (flags.json === true) printJson(io, all);
  else if (all.length === 0) io.out('nothing that hostdev changed is in force\n');
  else {
    const rows = all.map((each) => [each.subject, each.verb, each.state, each.since, each.by, each.before, each.now]);
    io.out(formatTable(['SUBJECT', 'WHAT', 'STATE', 'SINCE', 'BY', 'BEFORE', 'NOW'], rows));
  }
  return all.some(({ state }) => state === 'interrupted') ? 1 : 0;
}

export async function history(io: Io, flags: Options<'history'>): Promise<number> {
  const entries = await listHistory(io.machine.stateDirectory);
  if (flags.json === true) printJson(io, entries);
  else if (entries.length === 0) io.out('hostdev has changed nothing on this host yet\n');
  else {
    const rows = entries.map((e) => [e.time, e.verb, e.subject, e.by, e.from, e.to ?? '-', e.outcome, e.reason ?? '']);
    io.out(formatTable(['TIME', 'WHAT', 'SUBJECT', 'BY', 'FROM', 'TO', 'OUTCOME', 'WHY'], rows));
  }
  return 0;
}

const OUTCOMES = { new: 'it had been done', old: 'it was undone', gone: 'nothing is left of it', stuck: 'STUCK' } as const;

export async function recover(io: Io, flags: Options<'recover'>): Promise<number> {
  const done = await recoverChanges(await machineContext(io.machine), io.machine.stateDirectory, changeOptions(io, flags));
  if (flags.json === true) printJson(io, done);
  else if (done.length === 0) io.out('nothing to recover\n');
  else
    for (const { verb, subject, outcome, now, reason } of done)
      io.out(`${verb} ${subject}: ${OUTCOMES[outcome]}; it has ${inWords(verb, now)}${reason === undefined ? '' : ` (${reason})`}\n`);
  return done.some(({ outcome }) => outcome === 'stuck') ? 1 : 0;
}
