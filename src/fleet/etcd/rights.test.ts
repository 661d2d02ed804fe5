import { describe, expect, it } from 'vitest';
import { HostdevError } from '../../errors.ts';
import type { Answer } from './member.ts';
import type { Members } from './members.ts';
import type { Method } from './protocol/methods.ts';
import * as auth from './protocol/auth.ts';
import { ensureRights, planRights, type UserWish } from './rights.ts';
import { formatRightsStep } from './rights-step.ts';

interface Users {
  /** Role → `access key end`. */
  readonly roles: Map<string, Map<string, number>>;
  readonly users: Map<string, Set<string>>;
}

const text = (bytes: Uint8Array | undefined): string => new TextDecoder().decode(bytes);
const refused = (words: string): Answer<never> => ({ kind: 'refused', error: new HostdevError('fleet-refused', `etcd refuses: ${words}`) });

/** An etcd's users and roles; answers are lost as they are named, one after the other. */
function etcd(...lose: ('before' | 'after' | 'no')[]): Users & { readonly members: Members } {
  const roles: Users['roles'] = new Map();
  const users: Users['users'] = new Map();

  function change(path: string, request: never): Answer<unknown> {
    const done: Answer<unknown> = { kind: 'answered', response: {} };
    const { name, user, role, perm, key, rangeEnd } = request as Partial<{
      name: string;
      user: string;
      role: string;
      perm: never;
      key: Uint8Array;
      rangeEnd: Uint8Array;
    }>;
    const given = perm as Parameters<typeof auth.RoleGrantPermissionRequest.encode>[0]['perm'];
    if (path === 'RoleAdd') return roles.has(name ?? '') ? refused('role name already exists') : (roles.set(name ?? '', new Map()), done);
    if (path === 'UserAdd') return users.has(name ?? '') ? refused('user name already exists') : (users.set(name ?? '', new Set()), done);
    if (path === 'RoleGrantPermission') roles.get(name ?? '')?.set(`${text(given?.key)} ${text(given?.rangeEnd)}`, given?.permType ?? 0);
    else if (path === 'RoleRevokePermission') roles.get(role ?? '')?.delete(`${text(key)} ${text(rangeEnd)}`);
    else if (path === 'UserGrantRole') users.get(user ?? '')?.add(role ?? '');
    else if (path === 'UserRevokeRole') users.get(name ?? '')?.delete(role ?? '');
    else throw new Error(`${path} is not known`);
    return done;
  }

  function look(path: string, { name, role }: { readonly name?: string; readonly role?: string }): unknown {
    const found = path === 'UserGet' ? users.get(name ?? '') : roles.get(role ?? '');
    if (found === undefined) throw new HostdevError('fleet-refused', `etcd refuses: ${path === 'UserGet' ? 'user' : 'role'} name not found`);
    if (found instanceof Set) return { roles: [...found] };
    return {
      perm: [...found].map(([range, permType]) => ({
        permType,
        key: Buffer.from(range.split(' ')[0] ?? ''),
        rangeEnd: Buffer.from(range.split(' ')[1] ?? ''),
      })),
    };
  }

  const nameOf = (method: Method<never, unknown>): string => method.path.split('/').at(-1) ?? '';
  const members = {
    askUntilAnswered: async (method: Method<never, unknown>, request: never) => look(nameOf(method), request),
    sendOnce: async (method: Method<never, unknown>, request: never) => {
      const way = lose.shift() ?? 'no';
      if (way === 'before') return { kind: 'transient', why: 'lost' };
      const answer = change(nameOf(method), request);
      return way === 'after' ? { kind: 'transient', why: 'lost' } : answer;
    },
  } as unknown as Members;
  return { roles, users, members };
}

const read = { prefix: 'fleet/', access: 'read' } as const;
const HOST: UserWish = { user: 'kvm1', role: 'ours-host', rights: [read, { prefix: 'fleet/kvm1/', access: 'write' }] };
const CLAIMER: UserWish = { user: 'kvm1', role: 'ours-claimer', rights: [read, { prefix: 'fleet/claims/', access: 'write' }] };
const READER: UserWish = { user: 'graphs of all', role: 'ours-reader', rights: [read] };

const words = async (members: Members, ...wishes: UserWish[]): Promise<string[]> => (await planRights(members, wishes, 'ours-')).map(formatRightsStep);

describe('rights of an etcd’s users', () => {
  it('are planned from nothing, and nothing is left when they are given', async () => {
    const fleet = etcd();
    expect(await words(fleet.members, HOST, READER)).toEqual([
      'etcdctl role add ours-host',
      'etcdctl role grant-permission --prefix=true ours-host read fleet/',
      'etcdctl role grant-permission --prefix=true ours-host write fleet/kvm1/',
      'etcdctl role add ours-reader',
      'etcdctl role grant-permission --prefix=true ours-reader read fleet/',
      'etcdctl user add --no-password kvm1',
      'etcdctl user grant-role kvm1 ours-host',
      "etcdctl user add --no-password 'graphs of all'",
      "etcdctl user grant-role 'graphs of all' ours-reader",
    ]);
    expect(fleet.users.size).toBe(0);
    await ensureRights(fleet.members, [HOST, READER], 'ours-');
    expect(await words(fleet.members, HOST, READER)).toEqual([]);
    expect(fleet.users).toEqual(
      new Map([
        ['kvm1', new Set(['ours-host'])],
        ['graphs of all', new Set(['ours-reader'])],
      ]),
    );
  });

  it('of one certificate may be those of several roles', async () => {
    const fleet = etcd();
    await ensureRights(fleet.members, [HOST, CLAIMER], 'ours-');
    expect(fleet.users.get('kvm1')).toEqual(new Set(['ours-host', 'ours-claimer']));
    expect(await words(fleet.members, HOST, CLAIMER)).toEqual([]);
    expect(await words(fleet.members, HOST)).toEqual(['etcdctl user revoke-role kvm1 ours-claimer']);
  });

  it('that are more, less or others than wished for become what is wished for; roles that are not ours stay', async () => {
    const fleet = etcd();
    await ensureRights(fleet.members, [HOST], 'ours-');
    fleet.roles.get('ours-host')?.set('fleet/ fleet0', auth.PERMISSION.readwrite);
    fleet.roles.get('ours-host')?.set('elsewhere ', auth.PERMISSION.write);
    fleet.roles.get('ours-host')?.delete('fleet/kvm1/ fleet/kvm10');
    fleet.users.set('kvm1', new Set(['theirs', 'ours-administrator']));
    expect((await ensureRights(fleet.members, [HOST], 'ours-')).map(formatRightsStep)).toEqual([
      'etcdctl role grant-permission --prefix=true ours-host read fleet/',
      'etcdctl role grant-permission --prefix=true ours-host write fleet/kvm1/',
      'etcdctl role revoke-permission ours-host elsewhere',
      'etcdctl user revoke-role kvm1 ours-administrator',
      'etcdctl user grant-role kvm1 ours-host',
    ]);
    expect(fleet.users.get('kvm1')).toEqual(new Set(['theirs', 'ours-host']));
  });

  it.each<readonly ('before' | 'after' | 'no')[]>([['after'], ['before'], ['no', 'after', 'before', 'no', 'after'], ['after', 'after', 'after', 'after']])(
    'are given although answers are lost: %s, %s, %s',
    async (...lose) => {
      const fleet = etcd(...lose);
      await ensureRights(fleet.members, [HOST, READER], 'ours-');
      expect(await words(fleet.members, HOST, READER)).toEqual([]);
    },
  );

  it('stay unclear where no answer comes at all', async () => {
    const fleet = etcd(...Array.from({ length: 20 }, () => 'before' as const));
    await expect(ensureRights(fleet.members, [HOST], 'ours-')).rejects.toMatchObject({ code: 'fleet-unclear' });
  });
});
