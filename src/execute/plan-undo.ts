/** Changes that undo others, planned by the kinds that carry them out, roll them back and recover them. */
import { readNodeDevice } from '../host/inventory.ts';
import { readRuleFacts } from '../host/persist/rules.ts';
import type { HostPort } from '../host/port.ts';
import { formatPciAddress } from '../pci/address.ts';
import { parsePciAddress } from '../pci/notation.ts';
import { type Change, functionsOf } from '../plan/change.ts';
import { planRuleText } from '../plan/persist.ts';
import { leavingGuest } from '../plan/leaving-guest.ts';
import { FUNCTIONS_GONE } from '../plan/slot.ts';
import { isGuestVerb, reverse, type State, topicOf, type Transition } from '../plan/transition.ts';
import type { WayBack } from '../plan/way-back.ts';
import { isVfioDriver } from '../state/node-device.ts';
import type { RuleFacts } from '../state/persist/rule-facts.ts';
import { type ChangeKind, isReached } from './change.ts';
import { kindOf } from './kinds.ts';
import { isAsLeft, overtaken } from './overtaken.ts';
import type { ExecutionTarget } from './target.ts';

/** A change that undoes another one, and what it leaves to the administrator. */
interface PlannedUndo {
  readonly changes: readonly Change[];
  readonly todo: readonly string[];
}

/**
 * Plans the way back of each change from what its subject is now; one that is as it was before, or not there any more, needs nothing. Each is seen as
 * those before it leave things.
 *
 * @throws {HostdevError} `undo-overtaken` where somebody has changed again what is to be undone.
 */
export async function planUndo(target: ExecutionTarget, ways: readonly WayBack[]): Promise<PlannedUndo> {
  const changes: Change[] = [];
  const left = new Map<string, State>();
  const leaving = new Set<string>();
  const rules = rulePlanner(target.port);
  for (const way of ways) {
    const { verb, subject } = way.back;
    const topic = topicOf(way.back);
    const change = verb === 'persist' || verb === 'unpersist' ? await rules.plan(way) : await planOne(target, way, left.get(topic));
    if (change === undefined) continue;
    left.set(topic, { ...change.before, ...change.wanted });
    changes.push(verb === 'release' && leaving.has(subject) ? { ...change, afterGuest: true } : change);
    for (const name of leavingGuest(change)) leaving.add(name);
  }
  return { changes, todo: rules.todo() };
}

async function planOne(target: ExecutionTarget, { back, left }: WayBack, seen: State | undefined): Promise<Change | undefined> {
  const { port } = target;
  const kind = kindOf(target, back.verb);
  const now = seen ?? (await kind.read(port, back));
  if (now === undefined) return undefined;
  const way = await withFacts(port, kind, ofOurs(back, now));
  if (isReached(kind, now, way.wanted)) return undefined;
  if (!isAsLeft(kind, way, { now, left })) throw overtaken(way, now);
  const before = { ...way.before, ...now };
  const steps = await kind.steps(port, way, now, way.wanted);
  return steps.length === 0 ? undefined : { ...way, before, steps, undo: await kind.steps(port, reverse(way), way.wanted, before) };
}

interface RulePlanner {
  readonly plan: (way: WayBack) => Promise<Change | undefined>;
  readonly todo: () => readonly string[];
}

/** Rules share files: each is planned on what the ones before it write. */
function rulePlanner(port: HostPort): RulePlanner {
  const todo = new Set<string>();
  let facts: RuleFacts | undefined;
  return {
    plan: async ({ back, left }) => {
      facts ??= await readRuleFacts(port);
      const text = back.wanted['rule'] ?? null;
      const { change, after } = planRuleText(facts, back.subject, text);
      if (change.before['rule'] === text) return undefined;
      if (change.before['rule'] !== (left['rule'] ?? null)) throw overtaken(back, { rule: change.before['rule'] ?? null });
      facts = after;
      for (const line of change.todo) todo.add(line);
      return change;
    },
    todo: () => [...todo],
  };
}

/** What a change left as it was is whose it is by now, and stays. */
function ofOurs(back: Transition, now: State): Transition {
  if (!isGuestVerb(back.verb)) return back;
  const kept = (['live', 'config'] as const).filter((part) => back.before[part] === back.wanted[part]);
  const parts = Object.fromEntries(kept.map((part) => [part, now[part] ?? null]));
  return { ...back, before: { ...back.before, ...parts }, wanted: { ...back.wanted, ...parts } };
}

/** What has to be known when it is made, and was not when its opposite was: which functions go away with it, from which driver libvirt takes one. */
async function withFacts(port: HostPort, kind: ChangeKind, way: Transition): Promise<Transition> {
  const { verb, subject, before, wanted } = way;
  if (verb === 'vf create' || verb === 'vf remove') {
    const going = before['count'] === wanted['count'] ? [] : await kind.touches(port, way);
    return going.length === 0 ? way : { ...way, before: { ...before, [FUNCTIONS_GONE]: going.map(formatPciAddress).join(' ') } };
  }
  const isTakenByLibvirt = verb === 'attach' && before['managed'] === 'yes' && wanted['live'] === 'yes' && before['live'] !== 'yes';
  const [name = ''] = functionsOf({ verb, subject, before });
  if (!isTakenByLibvirt || before['pools'] !== undefined) return way;
  const driver = (await readNodeDevice(port, parsePciAddress(name)))?.driver;
  return driver === undefined || isVfioDriver(driver) ? way : { ...way, before: { ...before, driver } };
}
