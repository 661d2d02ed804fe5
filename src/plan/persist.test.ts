import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Fingerprint } from '../state/fingerprint.ts';
import { addressOfRuleFile, FUNCTIONS_FILE, MODPROBE_FILE, ruleFile, TAKE_SCRIPT_FILE } from '../state/persist/paths.ts';
import type { RuleFacts, RuleSubject } from '../state/persist/rule-facts.ts';
import { parseRule } from '../state/persist/rule-text.ts';
import { planPersist, ruleSteps, type RuleWish } from './persist.ts';
import { sharedFilesAreRight } from './persist/shared-files.ts';
import type { Step } from './step.ts';

const ADDRESSES = ['0000:02:00.0', '0002:00:00.0', '10000:e1:00.0'] as const;

/** Three functions of different kinds, each with a driver of its own. */
function subject(address: string): RuleSubject {
  const fingerprint: Fingerprint = {
    vendor: '0x8086',
    device: `0x${address.slice(-7, -5)}00`,
    subsystemVendor: null,
    subsystemDevice: null,
    fid: null,
    serial: null,
    mac: null,
    place: address,
  };
  return { address, fingerprint, modules: [`driver${address.slice(0, 4)}`], others: new Map() };
}

const factsOf = (files: ReadonlyMap<string, string>): RuleFacts => ({
  rules: [...files].flatMap(([file, text]) => {
    const address = addressOfRuleFile(file);
    return address === undefined ? [] : { file, address, text, parsed: parseRule(text) };
  }),
  tools: ['dracut', 'mkinitcpio'],
  foreignInstalls: new Set(),
  shared: files,
  hasUdev: true,
});

function carriedOut(files: ReadonlyMap<string, string>, steps: readonly Step[]): Map<string, string> {
  const after = new Map(files);
  for (const step of steps) {
    if (step.kind !== 'file') continue;
    if (step.text === null) after.delete(step.path);
    else after.set(step.path, step.text);
  }
  return after;
}

const WISH = fc.constantFrom<RuleWish>(
  { driver: 'vfio-pci', vfs: null },
  { driver: null, vfs: null },
  { driver: null, vfs: { count: 2, hostDrivers: false, settings: {} } },
);
const WISHES = fc.array(fc.record({ address: fc.constantFrom(...ADDRESSES), wish: WISH }), { maxLength: 8 });

describe('the plan of keeping functions across boots', () => {
  it('makes the shared files right, is undone to the byte, and leaves nothing when all is removed', () => {
    fc.assert(
      fc.property(WISHES, (wishes) => {
        let files = new Map<string, string>();
        for (const { address, wish } of wishes) {
          const change = planPersist(factsOf(files), subject(address), wish);
          const after = carriedOut(files, change.steps);
          expect(sharedFilesAreRight(factsOf(after))).toBe(true);
          expect(after.get(ruleFile(address)) ?? null).toBe(change.wanted.rule);
          expect(carriedOut(after, ruleSteps(factsOf(after), address, change.before))).toEqual(files);
          expect(planPersist(factsOf(after), subject(address), wish).steps).toEqual([]);
          files = after;
        }
        for (const address of ADDRESSES) files = carriedOut(files, planPersist(factsOf(files), subject(address), { driver: null, vfs: null }).steps);
        expect([...files.keys()]).toEqual([]);
      }),
    );
  });

  it('writes each function to the file that is read before drivers are loaded, and holds its drivers back', () => {
    const files = carriedOut(new Map(), planPersist(factsOf(new Map()), subject(ADDRESSES[2]), { driver: 'vfio-pci' }).steps);
    expect(files.get(FUNCTIONS_FILE)).toMatch(/^10000:e1:00\.0 0x8086 0xe100 - - - - - vfio-pci$/m);
    expect(files.get(MODPROBE_FILE)).toMatch(/^install driver1000 \/bin\/sh \/etc\/udev\/hostdev-take early; /m);
    expect(files.has(TAKE_SCRIPT_FILE)).toBe(true);
  });

  it('names the commands that bring it into the initial RAM disk, and has udev read its rules again', () => {
    const { steps, todo } = planPersist(factsOf(new Map()), subject(ADDRESSES[0]), { driver: 'vfio-pci' });
    expect(todo.map((line) => line.split('  #')[0])).toEqual(['dracut --force', 'mkinitcpio -P']);
    expect(steps.at(-1)).toMatchObject({ kind: 'run', program: 'udevadm' });
  });

  it('leaves the shared files alone while a newer hostdev has a rule, also when an interrupted change is undone', () => {
    const newer = new Map([[ruleFile(ADDRESSES[0]), '# hostdev {"version":2}\n']]);
    expect(ruleSteps(factsOf(newer), ADDRESSES[1], { rule: null, shared: 'right' })).toEqual([]);
    expect(() => planPersist(factsOf(newer), subject(ADDRESSES[1]), { driver: 'vfio-pci' })).toThrow(
      expect.objectContaining({ code: 'persist-newer' }) as Error,
    );
  });
});
