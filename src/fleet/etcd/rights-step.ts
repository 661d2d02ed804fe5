/** What is done to an etcd's users and roles, as data, and as the command lines that would do the same. */
import { shellWord } from '../../shell-word.ts';
import type { PERMISSION } from './protocol/auth.ts';

export interface RoleRight {
  /** Ends with a slash. */
  readonly prefix: string;
  readonly access: keyof typeof PERMISSION;
}

export type RightsStep =
  | { readonly kind: 'add role'; readonly role: string }
  | { readonly kind: 'grant right'; readonly role: string; readonly right: RoleRight }
  | { readonly kind: 'revoke right'; readonly role: string; readonly range: Range }
  | { readonly kind: 'add user'; readonly user: string }
  | { readonly kind: 'grant role'; readonly user: string; readonly role: string }
  | { readonly kind: 'revoke role'; readonly user: string; readonly role: string };

export interface Range {
  readonly key: string;
  readonly end: string;
}

/** The same as a command line, for people who want to do it themselves, or see what is done. */
export function formatRightsStep(step: RightsStep): string {
  const words = wordsOf(step);
  return `etcdctl ${words.map(shellWord).join(' ')}`;
}

function wordsOf(step: RightsStep): readonly string[] {
  switch (step.kind) {
    case 'add role':
      return ['role', 'add', step.role];
    case 'grant right':
      return ['role', 'grant-permission', '--prefix=true', step.role, step.right.access, step.right.prefix];
    case 'revoke right':
      return ['role', 'revoke-permission', step.role, step.range.key, ...(step.range.end === '' ? [] : [step.range.end])];
    case 'add user':
      return ['user', 'add', '--no-password', step.user];
    case 'grant role':
      return ['user', 'grant-role', step.user, step.role];
    case 'revoke role':
      return ['user', 'revoke-role', step.user, step.role];
  }
}
