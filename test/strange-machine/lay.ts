/** A machine that has everything set against the tests, as directories: its files, its user's, and a checkout in a path with blanks. */
import { chmodSync, mkdirSync, mkdtempSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { copyCheckout } from './checkout.ts';
import { strangeEnvironment } from './environment.ts';
import { layFiles } from './files.ts';

export interface StrangeMachine {
  /** The tree of the machine. */
  readonly root: string;
  /** Everything below belongs to its user. */
  readonly own: string;
  readonly checkout: string;
  readonly env: Readonly<Record<string, string>>;
}

export function layMachine(): StrangeMachine {
  const directory = mkdtempSync(join(tmpdir(), 'm-'));
  const [root, own] = [join(directory, 'root'), join(directory, 'own')];
  const [home, checkout, temporary] = [join(own, 'home'), join(own, 'a path with blanks'), join(own, 't m p')];
  layFiles(root, home);
  mkdirSync(join(own, 'somewhere else'));
  symlinkSync('somewhere else', temporary);
  copyCheckout(checkout);
  // Its user comes through here.
  for (const each of [tmpdir(), directory]) chmodSync(each, 0o711);
  return { root, own, checkout, env: strangeEnvironment(root, home, temporary) };
}
