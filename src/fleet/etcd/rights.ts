/** Users, roles and rights of an etcd: what has to be done for some users to have theirs, as steps, and doing it. */
import { HostdevError } from '../../errors.ts';
import type { Answer } from './member.ts';
import type { Members } from './members.ts';
import { PERMISSION } from './protocol/auth.ts';
import { ROLE_ADD, ROLE_GET, ROLE_GRANT, ROLE_REVOKE, USER_ADD, USER_GET, USER_GRANT_ROLE, USER_REVOKE_ROLE } from './protocol/methods.ts';
import { endOfPrefix, keyBytes } from './transaction.ts';
import type { Range, RightsStep, RoleRight } from './rights-step.ts';

/** A user (the common name of a certificate), a role that it has, and what that may. Who has several is named several times. */
export interface UserWish {
  readonly user: string;
  readonly role: string;
  readonly rights: readonly RoleRight[];
}

interface Having {
  readonly access: number;
  readonly range: Range;
}

/** What is not yet as it is wished for; `ours` begins the names of roles of which a user has those that are wished for, and no others. */
export async function planRights(members: Members, wishes: readonly UserWish[], ours: string): Promise<readonly RightsStep[]> {
  const steps: RightsStep[] = [];
  for (const [role, rights] of new Map(wishes.map((each) => [each.role, each.rights])))
    steps.push(...stepsOfRole(role, rights, await rightsOfRole(members, role)));
  for (const user of new Set(wishes.map((each) => each.user))) {
    const roles = wishes.filter((each) => each.user === user).map(({ role }) => role);
    steps.push(...stepsOfUser({ user, roles: [...new Set(roles)] }, await rolesOfUser(members, user), ours));
  }
  return steps;
}

function* stepsOfRole(role: string, wanted: readonly RoleRight[], having: readonly Having[] | undefined): Generator<RightsStep> {
  if (having === undefined) yield { kind: 'add role', role };
  const left = new Map((having ?? []).map((each) => [rangeName(each.range), each]));
  for (const right of wanted) {
    const name = rangeName(rangeOf(right.prefix));
    if (left.get(name)?.access !== PERMISSION[right.access]) yield { kind: 'grant right', role, right };
    left.delete(name);
  }
  for (const { range } of left.values()) yield { kind: 'revoke right', role, range };
}

function* stepsOfUser(
  { user, roles }: { readonly user: string; readonly roles: readonly string[] },
  having: readonly string[] | undefined,
  ours: string,
): Generator<RightsStep> {
  if (having === undefined) yield { kind: 'add user', user };
  for (const role of having ?? []) if (!roles.includes(role) && role.startsWith(ours)) yield { kind: 'revoke role', user, role };
  for (const role of roles) if (having?.includes(role) !== true) yield { kind: 'grant role', user, role };
}

const rangeName = ({ key, end }: Range): string => JSON.stringify([key, end]);
const rangeOf = (prefix: string): Range => ({ key: prefix, end: new TextDecoder().decode(endOfPrefix(prefix)) });

async function rightsOfRole(members: Members, role: string): Promise<readonly Having[] | undefined> {
  const found = await unlessAbsent(members.askUntilAnswered(ROLE_GET, { role }));
  const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
  return found?.perm.map(({ permType, key, rangeEnd }) => ({ access: permType, range: { key: text(key), end: text(rangeEnd) } }));
}

async function rolesOfUser(members: Members, user: string): Promise<readonly string[] | undefined> {
  return (await unlessAbsent(members.askUntilAnswered(USER_GET, { name: user })))?.roles;
}

async function unlessAbsent<T>(asked: Promise<T>): Promise<T | undefined> {
  return asked.catch((error: HostdevError) => {
    if (error.code === 'fleet-refused' && error.message.includes('name not found')) return undefined;
    throw error;
  });
}

/** Times that what is left is looked for anew, where an answer was lost. */
const TRIES = 5;

/**
 * Brings users and roles to what is wished for; what is so already stays. Gives what was done.
 *
 * @throws HostdevError `fleet-denied` for anybody but root where rights are asked for, `fleet-unclear`
 */
export async function ensureRights(members: Members, wishes: readonly UserWish[], ours: string): Promise<readonly RightsStep[]> {
  const done: RightsStep[] = [];
  let why = '';
  for (let tried = 0; tried < TRIES; tried += 1) {
    why = '';
    for (const step of await planRights(members, wishes, ours)) {
      const answer = await take(members, step);
      if (answer.kind === 'refused') throw answer.error;
      done.push(step);
      if (answer.kind === 'answered') continue;
      why = answer.why;
      break;
    }
    if (why === '') return done;
  }
  throw new HostdevError('fleet-unclear', `whether the etcd's users have their rights is not known: ${why}`, {
    hint: 'run it again: what is done already stays',
  });
}

function take(members: Members, step: RightsStep): Promise<Answer<unknown>> {
  switch (step.kind) {
    case 'add role':
      return members.sendOnce(ROLE_ADD, { name: step.role });
    case 'grant right': {
      const { prefix, access } = step.right;
      return members.sendOnce(ROLE_GRANT, { name: step.role, perm: { permType: PERMISSION[access], key: keyBytes(prefix), rangeEnd: endOfPrefix(prefix) } });
    }
    case 'revoke right':
      return members.sendOnce(ROLE_REVOKE, { role: step.role, key: keyBytes(step.range.key), rangeEnd: keyBytes(step.range.end) });
    case 'add user':
      // Nobody signs in with a word: who asks is said by the certificate.
      return members.sendOnce(USER_ADD, { name: step.user, options: { noPassword: true } });
    case 'grant role':
      return members.sendOnce(USER_GRANT_ROLE, { user: step.user, role: step.role });
    case 'revoke role':
      return members.sendOnce(USER_REVOKE_ROLE, { name: step.user, role: step.role });
  }
}
