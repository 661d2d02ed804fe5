/** Whoever comes later has the larger token: in the order of the store's answers, and in the journals of hosts. */
import type { HistoryEvent, OnHost } from '../../history/event.ts';
import { type Call, isDone } from '../calls.ts';
import type { Conviction } from '../recorded.ts';
import { isOnHost } from '../stay.ts';
import type { Judge } from '../trial.ts';

export const judgeTokens: Judge = ({ calls, events }) => [...inTheStore(calls), ...onHosts(events)];

/** What was asked for behind an answer happens at a larger revision than what was answered. */
function inTheStore(calls: readonly Call[]): Conviction[] {
  const done = calls.filter(isDone);
  const answers = done.flatMap(({ answered }) => (answered === undefined ? [] : [answered])).sort((a, b) => (a.at < b.at ? -1 : 1));
  const convictions: Conviction[] = [];
  let at = 0;
  let largest: HistoryEvent | undefined;
  let revision = -1n;
  for (const { asked, answered } of [...done].sort((a, b) => (a.asked.at < b.asked.at ? -1 : 1))) {
    for (let next = answers[at]; next !== undefined && next.at < asked.at; next = answers[(at += 1)]) {
      if (next.revision > revision) [largest, revision] = [next, next.revision];
    }
    if (answered === undefined || largest === undefined || answered.revision > revision) continue;
    const name = asked.written[0]?.function ?? asked.removed[0]?.function ?? 'requests';
    convictions.push({ rule: 'token went back', function: name, evidence: [largest, asked, answered] });
  }
  return convictions;
}

function onHosts(events: readonly HistoryEvent[]): Conviction[] {
  const newest = new Map<string, HistoryEvent & OnHost>();
  return events.flatMap((event): Conviction[] => {
    if (!isOnHost(event) || (event.kind !== 'attaching' && event.kind !== 'attached')) return [];
    const before = newest.get(event.function);
    if (before !== undefined && before.token > event.token) return [{ rule: 'token went back', function: event.function, evidence: [before, event] }];
    newest.set(event.function, event);
    return [];
  });
}
