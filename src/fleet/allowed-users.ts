/** `--allow`: who of those that have certificates may do what in a fleet. */
import { HostdevError } from '../errors.ts';
import type { AllowedUser } from './init-store.ts';
import { ensureFleetName } from './model/keys.ts';
import type { FleetRole } from './model/rights.ts';

const HINT =
  'ROLE=USER: host:kvm1=kvm1.example.org (on IBM Z host:kvm1:8561-02-12345=…, below a hypervisor there host:kvm1:s390x=…), claimer=nova, administrator=alice, reader=grafana';
/** Common names of certificates: X.520 has 64 letters for one. */
const USER = /^[!-+\--~]{1,64}$/;
const SERIAL = /^[0-9a-z-]{1,64}$/;

/** In the place of a serial number, where a host is of IBM Z, and its functions are of no machine that others share. */
const BELOW_HYPERVISOR = 's390x';

/** @throws {HostdevError} `usage`. */
export function parseAllowedUsers(text: string): AllowedUser[] {
  return text.split(',').map((part) => {
    const [, word = '', user = ''] = /^([^=]*)=(.*)$/.exec(part.trim()) ?? [];
    const role = roleNamed(word);
    if (role !== undefined && USER.test(user)) return { role, user };
    throw new HostdevError('usage', `"${part.slice(0, 80)}" does not say whom to allow what`, { hint: HINT });
  });
}

function roleNamed(word: string): FleetRole | undefined {
  if (word === 'claimer' || word === 'administrator' || word === 'reader') return { kind: word };
  const [kind, host = '', serial, ...more] = word.split(':');
  if (kind !== 'host' || more.length > 0 || (serial !== undefined && !SERIAL.test(serial))) return undefined;
  return { kind, host: ensureFleetName(host), ...(serial === undefined ? {} : { serial: serial === BELOW_HYPERVISOR ? null : serial }) };
}
