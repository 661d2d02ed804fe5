/** The plan of keeping a function across boots, or of keeping it no more: which files are written for a wish. */
import { HostdevError } from '../errors.ts';
import { fingerprintDifferences, sameKind } from '../state/fingerprint.ts';
import { ruleFile } from '../state/persist/paths.ts';
import type { PersistentRule, PersistentVfs } from '../state/persist/persistent-rule.ts';
import { type ReplacedFile, type RuleFacts, type RuleOnDisk, rulesAfter, type RuleSubject } from '../state/persist/rule-facts.ts';
import { formatRule, parseRule } from '../state/persist/rule-text.ts';
import { initramfsHooks } from './persist/initramfs.ts';
import { sharedFileSteps } from './persist/shared-files.ts';
import type { Change } from './change.ts';
import type { Step } from './step.ts';

/** What the rule of an address is to say from now on; what is not named stays. */
export interface RuleWish {
  readonly driver?: string | null;
  readonly vfs?: PersistentVfs | null;
}

/** Facts of a rule as the journal keeps them: its text, and whether the files that all rules share are right. */
interface RuleState extends Readonly<Record<string, string | null>> {
  readonly rule: string | null;
  readonly shared: string;
}

/** A change of the files that keep a function across boots. */
export interface RuleChange extends Change {
  /** Commands that are left to the administrator: building an initial RAM disk takes minutes, and may be wanted later. */
  readonly todo: readonly string[];
}

/** A function, and what its rule is to say. */
export interface RuleOrder {
  readonly subject: RuleSubject;
  readonly wish: RuleWish;
}

/**
 * The changes of several rules, each planned on what the ones before it write: all of them share files. Some may have no steps.
 *
 * @throws {HostdevError} see {@link planPersist}.
 */
export function planRules(facts: RuleFacts, orders: readonly RuleOrder[]): RuleChange[] {
  let now = facts;
  return orders.map(({ subject, wish }) => {
    const change = planPersist(now, subject, wish);
    now = rulesAfter(now, filesOf(change.steps));
    return change;
  });
}

/**
 * What has to be written for a wish. Without a wish left the rule goes away, and with the last rule the files for the
 * initial RAM disk.
 *
 * @throws {HostdevError} `persist-exists` when the rule that is there is for another card, `persist-newer` when one is of a newer hostdev.
 */
export function planPersist(facts: RuleFacts, subject: RuleSubject, wish: RuleWish): RuleChange {
  const { address } = subject;
  const there = facts.rules.find(({ file }) => file === ruleFile(address));
  if (there === undefined && (wish.driver ?? null) === null && (wish.vfs ?? null) === null) return unchanged(address);
  refuseNewer(facts);
  const isRemoval = wish.driver === null && wish.vfs === null;
  const old = isRemoval || there === undefined ? undefined : readableRule(there);
  const rule = isRemoval ? null : newRule(subject, old, wish);
  // Whatever the shared files said before, undoing makes them right as well.
  const before: RuleState = { rule: there?.text ?? null, shared: 'right' };
  const wanted: RuleState = { rule: rule === null ? null : formatRule(rule), shared: 'right' };
  const steps = ruleSteps(facts, address, wanted);
  const todo = steps.length === 0 ? [] : [...rebuildCommands(facts), ...(rule === null ? [] : cautions(rule, subject))];
  const undo = steps.length === 0 ? [] : ruleSteps(rulesAfter(facts, filesOf(steps)), address, before);
  return { verb: rule === null ? 'unpersist' : 'persist', subject: address, before, wanted, steps, undo, todo };
}

/**
 * Brings a rule back to a text that it had; gives also what the next one is planned on, since all of them share files.
 *
 * @throws {HostdevError} `persist-newer`.
 */
export function planRuleText(facts: RuleFacts, address: string, text: string | null): { readonly change: RuleChange; readonly after: RuleFacts } {
  refuseNewer(facts);
  const before: RuleState = { rule: facts.rules.find(({ file }) => file === ruleFile(address))?.text ?? null, shared: 'right' };
  const wanted: RuleState = { rule: text, shared: 'right' };
  const steps = ruleSteps(facts, address, wanted);
  const after = rulesAfter(facts, filesOf(steps));
  const [undo, todo] = steps.length === 0 ? [[], []] : [ruleSteps(after, address, before), rebuildCommands(facts)];
  return { change: { verb: text === null ? 'unpersist' : 'persist', subject: address, before, wanted, steps, undo, todo }, after };
}

function unchanged(subject: string): RuleChange {
  const none: RuleState = { rule: null, shared: 'right' };
  return { verb: 'unpersist', subject, before: none, wanted: none, steps: [], undo: [], todo: [] };
}

/** What makes the rule of an address say what it has to, and the shared files what all rules say then. */
export function ruleSteps(facts: RuleFacts, address: string, wanted: Readonly<Record<string, string | null>>): Step[] {
  const own = ruleFile(address);
  const others = facts.rules.filter(({ file }) => file !== own);
  const text = wanted['rule'] ?? null;
  const rules = [...others.map(({ parsed }) => parsed), ...(text === null ? [] : [parseRule(text)])].flatMap((parsed) =>
    parsed.kind === 'rule' ? parsed.rule : [],
  );
  const steps = sharedFileSteps(facts, others, rules);
  if (text !== (facts.rules.find(({ file }) => file === own)?.text ?? null))
    steps.push({ kind: 'file', path: own, text, why: text === null ? 'not any more at the next boots' : 'the rule for the next boots' });
  return steps.length > 0 && facts.hasUdev ? [...steps, RELOAD] : steps;
}

function filesOf(steps: readonly Step[]): ReplacedFile[] {
  return steps.filter((step) => step.kind === 'file');
}

const RELOAD: Step = { kind: 'run', program: 'udevadm', args: ['control', '--reload'], why: 'udev reads its rules again' };

/** Files that all rules share would be made without what the newer one needs of them. */
function refuseNewer({ rules }: RuleFacts): void {
  for (const { file, address, parsed } of rules) {
    if (parsed.kind !== 'newer') continue;
    throw new HostdevError('persist-newer', `${file} is of a newer hostdev (version ${parsed.version} of such files), so no rule is changed`, {
      subject: address,
      hint: 'use the hostdev that wrote it, or take the file away by hand',
    });
  }
}

/** The rule of a file; what somebody else wrote into it is not overwritten. */
function readableRule({ file, address, parsed }: RuleOnDisk): PersistentRule {
  if (parsed.kind === 'rule' && !parsed.edited) return parsed.rule;
  const what =
    parsed.kind === 'rule' ? 'was edited by somebody' : parsed.kind === 'refused' ? `cannot be read (${parsed.reason})` : 'is damaged, or not of hostdev';
  throw new HostdevError('persist-exists', `${file} ${what}`, {
    subject: address,
    hint: `keep what it says somewhere; 'hostdev persistent remove ${address}' takes it away`,
  });
}

function newRule({ address, fingerprint, modules }: RuleSubject, old: PersistentRule | undefined, wish: RuleWish): PersistentRule | null {
  const driver = wish.driver === undefined ? (old?.driver ?? null) : wish.driver;
  const vfs = wish.vfs === undefined ? (old?.vfs ?? null) : wish.vfs;
  if (driver === null && vfs === null) return null;
  if (driver !== null && vfs !== null) {
    throw new HostdevError(
      'persist-exists',
      `${address} cannot be kept for guests and keep virtual functions: a function has those only with its host driver`,
      {
        subject: address,
        hint: `'hostdev persistent remove ${address}' takes away what is kept now`,
      },
    );
  }
  if (fingerprint === undefined) throw new HostdevError('function-vanished', `${address} is not there any more`, { subject: address });
  const differs = old === undefined ? [] : fingerprintDifferences(old.fingerprint, fingerprint);
  if (differs.length > 0) {
    throw new HostdevError('persist-exists', `the rule for ${address} is for another card: ${differs.join('; ')}`, {
      subject: address,
      hint: `'hostdev persistent remove ${address}' takes the old rule away`,
    });
  }
  // A MAC address is only seen while a host driver shows it; what was seen once is kept.
  return { address, fingerprint: { ...fingerprint, mac: fingerprint.mac ?? old?.fingerprint.mac ?? null }, modules, driver, vfs };
}

function rebuildCommands({ tools }: RuleFacts): string[] {
  return initramfsHooks(tools).map(({ command, tool }) => `${command}  # so that ${tool} has it in the initial RAM disk`);
}

/** Without a serial number two cards of one kind can only be told apart by where they are. */
function cautions({ address, fingerprint: kept }: PersistentRule, { others }: RuleSubject): string[] {
  if (kept.serial !== null || kept.fid !== null) return [];
  const twins = [...others].filter(([name, other]) => name !== address && sameKind(other, kept)).map(([name]) => name);
  if (twins.length === 0) return [];
  return [
    `hostdev persistent  # whenever cards were added or moved: ${twins.join(', ')} ${twins.length === 1 ? 'is' : 'are'} of the same kind, without serial number`,
  ];
}
