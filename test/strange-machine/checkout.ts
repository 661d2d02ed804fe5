/** The project once more, in a path with blanks. */
import { cpSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

/** What the unit tests need of it; `dist` is there once it was built. */
const PARTS = [
  'src',
  'test',
  'lab',
  'packaging',
  'scripts',
  'docs',
  'dist',
  'README.md',
  'CHANGELOG.md',
  'package.json',
  'tsconfig.base.json',
  'tsconfig.json',
  'vitest.config.ts',
];

/** The packages are not copied: whoever runs the tests there puts them in their place. */
export function copyCheckout(to: string): void {
  mkdirSync(to, { recursive: true });
  for (const part of PARTS.filter((each) => existsSync(each))) cpSync(part, join(to, part), { recursive: true });
}
