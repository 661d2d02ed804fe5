/** What is wrong with what others keep: whom else it takes, and whom it does not. */
import { formatPciAddress } from '../../pci/address.ts';
import { isVfioDriver } from '../node-device.ts';
import type { ForeignRule } from './foreign-rules.ts';
import { matchesPciIds, parsePciIds } from './id-list.ts';
import { type JudgedFunction, whyNotToTake } from './judged.ts';

/** In words; nothing when every function that it names has its driver, and the host can do without. */
export function foreignDrift(rule: ForeignRule, functions: readonly JudgedFunction[]): string[] {
  if (rule.by === 'driverctl') return addressDrift(rule, functions);
  const ids = parsePciIds(rule.what);
  if (ids === undefined) return ['vfio-pci cannot read it: VENDOR:DEVICE in hexadecimal'];
  const matching = functions.filter(({ device }) => matchesPciIds(ids, device));
  // Nobody takes notice of it now, but somebody may mend it and lose a disk.
  if (rule.void !== null) return [rule.void, ...matching.flatMap((each) => dangers(rule, each))];
  if (matching.length === 0) return ['no function of this host has these ids'];
  return matching.flatMap((each) => functionDrift(rule, each, formatPciAddress(each.device.address)));
}

function addressDrift(rule: ForeignRule, functions: readonly JudgedFunction[]): string[] {
  const found = functions.find(({ device }) => formatPciAddress(device.address) === rule.what);
  return found === undefined ? ['there is no function at that address'] : functionDrift(rule, found, 'it');
}

/** driverctl writes `none` for a function that no driver is to have. */
const NO_DRIVER = 'none';

function functionDrift(rule: ForeignRule, judged: JudgedFunction, name: string): string[] {
  const { driver } = judged.device;
  const wanted = rule.driver === NO_DRIVER ? undefined : rule.driver;
  const differs = driver === wanted ? [] : [`${name} is with ${driver ?? 'no driver'}, not with ${wanted ?? 'any'}`];
  return [...differs, ...dangers(rule, judged)];
}

function dangers({ driver, by }: ForeignRule, judged: JudgedFunction): string[] {
  const why = isVfioDriver(driver) ? whyNotToTake(judged) : undefined;
  if (why === undefined) return [];
  return [by === 'driverctl' ? `it wants what ${why}` : `it matches ${formatPciAddress(judged.device.address)}, which ${why}`];
}
